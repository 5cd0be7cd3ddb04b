import { createRequire } from 'node:module';
import { createClient } from 'redis';
import { KEYS } from '../keys.mjs';
import { readShards, serves } from '../raw-node.mjs';

/**
 * What a cluster client is to be no slower than: node-redis with one node
 * alone, and keys that are all there. Nothing is hashed, grouped or put back
 * in order.
 */
export const version = createRequire(import.meta.url)(
  'redis/package.json',
).version;

export async function connect(nodes) {
  const [shard] = await readShards(nodes[0]);
  const { host, port } = shard.primary;
  const client = createClient({ socket: { host, port } });
  client.on('error', (error) => console.error('node-redis:', error));
  await client.connect();
  const own = KEYS.filter((key) => serves(shard, key));
  return {
    getPipeline(keys) {
      const pipeline = client.multi();
      const first = Number(keys[0].slice(-6));
      for (let nth = 0; nth < keys.length; nth++) {
        pipeline.get(own[(first + nth) % own.length]);
      }
      return pipeline.execAsPipeline();
    },
    close: () => client.close(),
  };
}
