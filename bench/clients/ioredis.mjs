import { createRequire } from 'node:module';
import { Cluster } from 'ioredis';
import { pipelineByNode } from './by-node.mjs';

export const version = createRequire(import.meta.url)(
  'ioredis/package.json',
).version;

/** @param options of the cluster; the defaults are what most applications run */
export async function connect(nodes, options = {}) {
  const cluster = new Cluster(nodes, { ...options, lazyConnect: true });
  await cluster.connect();
  return {
    get: (key) => cluster.get(key),
    set: (key, value) => cluster.set(key, value),
    // one pipeline is one write on the connection of the key's node: WAIT
    // comes behind its SET whatever the other callers send
    setReplicated: async (key, value, replicas, timeoutMs) => {
      const [[setError], [waitError, acknowledged]] = await cluster
        .pipeline()
        .set(key, value)
        .wait(replicas, timeoutMs)
        .exec();
      const error = setError ?? waitError;
      if (error) throw error;
      if (acknowledged < replicas) throw new Error('too few replicas');
    },
    // it has no scan of the cluster: a stream a master, all at once
    scan: {
      async pages(count) {
        const found = await Promise.all(
          cluster.nodes('master').map(async (node) => {
            let own = 0;
            for await (const keys of node.scanStream({ count })) {
              own += keys.length;
            }
            return own;
          }),
        );
        return found.reduce((sum, own) => sum + own, 0);
      },
    },
    // its pipelines are refused when their slots are of several nodes
    getPipeline: (keys) =>
      pipelineByNode(
        keys,
        (slot) => cluster.slots[slot][0],
        async (_, own) => {
          const pipeline = cluster.pipeline();
          for (const key of own) pipeline.get(key);
          return (await pipeline.exec()).map(([error, reply]) => {
            if (error) throw error;
            return reply;
          });
        },
      ),
    close: () => cluster.quit(),
  };
}
