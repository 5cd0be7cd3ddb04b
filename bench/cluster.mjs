import { step } from '../tools/setup/step.mjs';

/**
 * The cluster to measure on: the nodes that were named, else 3 primaries with
 * a replica each, started for this run.
 */
export async function openCluster(nodes) {
  if (nodes.length > 0) return { nodes, stop: async () => {} };
  const { LocalRedisCluster } = await import('../dist/testing/index.js');
  const cluster = await step('Starting a cluster of 3 + 3 servers', () =>
    LocalRedisCluster.start({ primaries: 3, replicas: 1 }),
  );
  return { nodes: cluster.seeds, stop: () => cluster.stop() };
}
