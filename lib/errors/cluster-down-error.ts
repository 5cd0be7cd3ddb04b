import { RedisClusterError } from './redis-cluster-error.js';

/**
 * The cluster as a whole does not serve: `CLUSTERDOWN` until the budget ended,
 * or no seed could be reached. The `cause` holds what each seed said.
 *
 * @publicApi
 */
export class ClusterDownError extends RedisClusterError {
  readonly code = 'CLUSTER_DOWN';
}
