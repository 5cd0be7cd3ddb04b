import { RedisClusterError } from './redis-cluster-error.js';

/**
 * A read that goes to replicas alone (`readFrom: 'replica'`) met a shard that
 * has none, or none that the cluster has not given up.
 *
 * @publicApi
 */
export class NoReplicaError extends RedisClusterError {
  readonly code = 'NO_REPLICA';
}
