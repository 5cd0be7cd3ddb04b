import { RedisClusterError } from './redis-cluster-error.js';

/**
 * A write was handed to a node and the reply never came: it may have been
 * executed or not. It is never repeated silently; the caller decides (or says
 * once, by `retryUnknownWrites`, that repeating is harmless).
 *
 * @publicApi
 */
export class OutcomeUnknownError extends RedisClusterError {
  readonly code = 'OUTCOME_UNKNOWN';
}
