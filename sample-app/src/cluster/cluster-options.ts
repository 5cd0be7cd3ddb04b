import type { RedisClusterModuleOptions } from 'nest-redis-cluster';

/** Reads `REDIS_CLUSTER_NODES`: addresses or URLs of nodes, separated by commas. */
export function clusterOptions(
  environment: NodeJS.ProcessEnv,
): RedisClusterModuleOptions {
  const nodes = (environment['REDIS_CLUSTER_NODES'] ?? '')
    .split(',')
    .map((node) => node.trim())
    .filter((node) => node !== '');
  if (nodes.length === 0) {
    throw new Error(
      'REDIS_CLUSTER_NODES is not set. Give it nodes of a cluster, such as ' +
        'redis://127.0.0.1:7000,redis://127.0.0.1:7001, or run npm start, which starts a cluster of its own',
    );
  }
  return {
    nodes,
    // a page that watches failovers wants to see them soon
    topologyRefreshMs: 5_000,
    health: { timeoutMs: 500, intervalMs: 1_000, maxLagSeconds: 3 },
  };
}
