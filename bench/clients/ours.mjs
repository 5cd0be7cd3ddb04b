import { readFileSync } from 'node:fs';
import { RedisClusterClient } from '../../dist/index.js';

const manifest = new URL('../../package.json', import.meta.url);
export const version = JSON.parse(readFileSync(manifest, 'utf8')).version;

export async function connect(nodes) {
  const client = new RedisClusterClient({ nodes });
  await client.connect();
  const buffers = client.with({ replies: 'buffers' });
  const replicas = client.with({ readFrom: 'replica' });
  return {
    get: (key) => client.get(key),
    getBuffer: (key) => buffers.get(key),
    getReplica: (key) => replicas.get(key),
    set: (key, value) => client.set(key, value),
    incr: (key) => client.incr(key),
    hGetAll: (key) => client.hgetall(key),
    zRange: (key) => client.zrange(key, 0, -1),
    mGet: (keys) => client.mget(keys),
    mSet: (keys, value) => client.mset(keys.map((key) => [key, value])),
    setReplicated: (key, value, replicas, timeoutMs) =>
      client.ensureReplication(replicas, timeoutMs, () =>
        client.set(key, value),
      ),
    dbSize: () => client.dbsize(),
    scope: (replicas, timeoutMs, work) =>
      client.ensureReplication(replicas, timeoutMs, work),
    scan: {
      async pages(count) {
        let found = 0;
        for await (const keys of client.scanIterator({ count }).pages()) {
          found += keys.length;
        }
        return found;
      },
      async keys(count) {
        let found = 0;
        for await (const key of client.scanIterator({ count })) {
          found += key === '' ? 0 : 1;
        }
        return found;
      },
    },
    getPipeline: (keys) =>
      client.pipeline((p) => {
        for (const key of keys) p.get(key);
      }),
    close: () => client.close(),
  };
}
