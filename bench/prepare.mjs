import { AGGREGATES, ELEMENTS, keyOf, KEYS, VALUE, VALUES } from './keys.mjs';
import { ask, encode, openNode, serves } from './raw-node.mjs';

/** Writes what the workloads read, each key to its primary. */
export async function prepareKeys(shards, workloads = []) {
  const writes = [...everyWrite(workloads)];
  await Promise.all(
    shards.map(async (shard) => {
      const own = writes.filter(([, key]) => serves(shard, key));
      const socket = await openNode(shard.primary);
      const replies = new Promise((resolve, reject) => {
        let missing = own.length;
        // one line a reply, +OK or :100
        socket.on('data', (chunk) => {
          if (chunk.includes(0x2d)) reject(new Error(String(chunk)));
          for (const byte of chunk) if (byte === 0x0a) missing -= 1;
          if (missing === 0) resolve();
        });
        socket.once('error', reject);
      });
      for (const command of own) {
        if (!socket.write(encode(...command))) {
          await new Promise((resolve) => socket.once('drain', resolve));
        }
      }
      await replies;
      socket.destroy();
    }),
  );
}

function* everyWrite(workloads) {
  for (const key of KEYS) yield ['SET', key, VALUE];
  for (const [kind, { value, keys }] of Object.entries(VALUES)) {
    if (!workloads.some((name) => name.endsWith(`et${kind}`))) continue;
    for (let nth = 0; nth < keys; nth++) yield ['SET', keyOf(kind, nth), value];
  }
  const elements = Array.from({ length: ELEMENTS }, (_, nth) => nth);
  const fields = elements.flatMap((nth) => [`field:${nth}`, `value:${nth}`]);
  const members = elements.flatMap((nth) => [nth, `member:${nth}`]);
  for (let nth = 0; nth < AGGREGATES; nth++) {
    yield ['HSET', keyOf('hash', nth), ...fields];
    yield ['ZADD', keyOf('zset', nth), ...members];
  }
}

/** The version of the servers, as `redis 7.0.15` or `valkey 9.1.2`. */
export async function serverVersion({ primary }) {
  const info = await ask(primary, 'INFO', 'server');
  const field = (name) => info.match(new RegExp(`^${name}:(.*?)\\r`, 'm'))?.[1];
  const valkey = field('valkey_version');
  return valkey ? `valkey ${valkey}` : `redis ${field('redis_version')}`;
}
