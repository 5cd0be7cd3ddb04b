import { RedisClusterError } from './redis-cluster-error.js';

/**
 * The client is closing or closed.
 *
 * @publicApi
 */
export class ClosedError extends RedisClusterError {
  readonly code = 'CLOSED';
}
