import { RedisClusterError } from './redis-cluster-error.js';

/**
 * A connection to a node could not be made, was refused, or was lost while
 * nothing of the command had been executed.
 *
 * @publicApi
 */
export class ConnectionError extends RedisClusterError {
  readonly code = 'CONNECTION';
}
