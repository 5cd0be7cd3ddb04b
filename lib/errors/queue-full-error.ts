import { RedisClusterError } from './redis-cluster-error.js';

/**
 * The queue of one node has reached its limit. Nothing of the command was sent.
 *
 * @publicApi
 */
export class QueueFullError extends RedisClusterError {
  readonly code = 'QUEUE_FULL';
}
