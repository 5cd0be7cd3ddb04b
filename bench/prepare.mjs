import { KEYS, VALUE } from './keys.mjs';
import { ask, encode, openNode, serves } from './raw-node.mjs';

/** Writes every key, each to its primary. */
export async function prepareKeys(shards) {
  await Promise.all(
    shards.map(async (shard) => {
      const keys = KEYS.filter((key) => serves(shard, key));
      const socket = await openNode(shard.primary);
      await new Promise((resolve, reject) => {
        let missing = keys.length * '+OK\r\n'.length;
        socket.on('data', (chunk) => {
          if (chunk[0] === 0x2d) reject(new Error(String(chunk)));
          missing -= chunk.length;
          if (missing === 0) resolve();
        });
        socket.once('error', reject);
        socket.write(keys.map((key) => encode('SET', key, VALUE)).join(''));
      });
      socket.destroy();
    }),
  );
}

/** The version of the servers, as `redis 7.0.15` or `valkey 9.1.2`. */
export async function serverVersion({ primary }) {
  const info = await ask(primary, 'INFO', 'server');
  const field = (name) => info.match(new RegExp(`^${name}:(.*?)\\r`, 'm'))?.[1];
  const valkey = field('valkey_version');
  return valkey ? `valkey ${valkey}` : `redis ${field('redis_version')}`;
}
