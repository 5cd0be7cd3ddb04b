import { createRequire } from 'node:module';
import calculateSlot from 'cluster-key-slot';
import { createCluster, RESP_TYPES } from 'redis';
import { pipelineByNode } from './by-node.mjs';
import { replicaReader } from './replica-reader.mjs';

export const version = createRequire(import.meta.url)(
  'redis/package.json',
).version;

export async function connect(nodes) {
  // it writes what one turn of the event loop brings in one go by itself; the
  // other options that touch speed (client-side cache, reads from replicas)
  // change what is measured
  const cluster = createCluster({ rootNodes: nodes.map((url) => ({ url })) });
  cluster.on('error', (error) => console.error('node-redis:', error));
  await cluster.connect();
  const buffers = cluster.withTypeMapping({
    [RESP_TYPES.BLOB_STRING]: Buffer,
  });
  const replicas = replicaReader(async () => {
    const reader = createCluster({
      rootNodes: nodes.map((url) => ({ url })),
      useReplicas: true,
    });
    reader.on('error', (error) => console.error('node-redis:', error));
    await reader.connect();
    return reader;
  });
  return {
    get: (key) => cluster.get(key),
    getBuffer: (key) => buffers.get(key),
    getReplica: (key) => replicas.get(key),
    set: (key, value) => cluster.set(key, value),
    incr: (key) => cluster.incr(key),
    hGetAll: (key) => cluster.hGetAll(key),
    zRange: (key) => cluster.zRange(key, 0, -1),
    // it splits them itself
    mGet: (keys) => cluster.mGet(keys),
    mSet: (keys, value) => cluster.mSet(keys.map((key) => [key, value])),
    // both commands in one turn on the one client of the key's primary: WAIT
    // comes right behind its SET
    setReplicated: async (key, value, replicas, timeoutMs) => {
      const primary = cluster.slots[calculateSlot(key)].master;
      const node = await cluster.nodeClient(primary);
      const [, acknowledged] = await Promise.all([
        node.set(key, value),
        node.wait(replicas, timeoutMs),
      ]);
      if (acknowledged < replicas) throw new Error('too few replicas');
    },
    // it asks one node only
    dbSize: async () => {
      const sizes = await Promise.all(
        cluster.masters.map(async (master) =>
          (await cluster.nodeClient(master)).dbSize(),
        ),
      );
      return sizes.reduce((sum, own) => sum + own, 0);
    },
    // it has no scan of the cluster: one master after the other, as in its guides
    scan: {
      async pages(count) {
        let found = 0;
        for (const master of cluster.masters) {
          const node = await cluster.nodeClient(master);
          for await (const keys of node.scanIterator(
            count && { COUNT: count },
          )) {
            found += keys.length;
          }
        }
        return found;
      },
    },
    getPipeline: (keys) =>
      pipelineByNode(
        keys,
        (slot) => cluster.slots[slot].master,
        async (primary, own) => {
          const pipeline = (await cluster.nodeClient(primary)).multi();
          for (const key of own) pipeline.get(key);
          return pipeline.execAsPipeline();
        },
      ),
    close: async () => {
      await replicas.closeWith((reader) => reader.close());
      await cluster.close();
    },
  };
}
