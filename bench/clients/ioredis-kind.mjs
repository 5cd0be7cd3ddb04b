import { pipelineByNode } from './by-node.mjs';
import { replicaReader } from './replica-reader.mjs';

/** A cluster of ioredis, or of what began as its copy and has its methods. */
export async function connectLikeIoredis(Cluster, nodes, options = {}) {
  const cluster = new Cluster(nodes, { ...options, lazyConnect: true });
  await cluster.connect();

  // its pipelines are refused when their slots are of several nodes; keys of a
  // node in one pipeline is the fastest that can be written around it
  const byNode = (keys, add) =>
    pipelineByNode(
      keys,
      (slot) => cluster.slots[slot][0],
      async (_, own) => {
        const pipeline = cluster.pipeline();
        for (const key of own) add(pipeline, key);
        return (await pipeline.exec()).map(([error, reply]) => {
          if (error) throw error;
          return reply;
        });
      },
    );
  const getPipeline = (keys) =>
    byNode(keys, (pipeline, key) => pipeline.get(key));

  const replicas = replicaReader(async () => {
    const reader = new Cluster(nodes, {
      ...options,
      scaleReads: 'slave',
      lazyConnect: true,
    });
    await reader.connect();
    return reader;
  });

  return {
    get: (key) => cluster.get(key),
    getBuffer: (key) => cluster.getBuffer(key),
    getReplica: (key) => replicas.get(key),
    set: (key, value) => cluster.set(key, value),
    incr: (key) => cluster.incr(key),
    hGetAll: (key) => cluster.hgetall(key),
    zRange: (key) => cluster.zrange(key, 0, -1),
    // its MGET is refused for keys of several slots
    mGet: getPipeline,
    mSet: (keys, value) =>
      byNode(keys, (pipeline, key) => pipeline.set(key, value)),
    getPipeline,
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
    // it asks one node only
    dbSize: async () => {
      const sizes = await Promise.all(
        cluster.nodes('master').map((node) => node.dbsize()),
      );
      return sizes.reduce((sum, own) => sum + own, 0);
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
    close: async () => {
      await replicas.closeWith((reader) => reader.quit());
      await cluster.quit();
    },
  };
}
