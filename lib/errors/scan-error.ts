import { RedisClusterError, type ErrorContext } from './redis-cluster-error.js';

/**
 * A scan of the whole cluster could not go on. What it handed out is true;
 * what is missing can be fetched from {@link cursor} on, by this process or
 * another. The `cause` is what stood in the way.
 *
 * @publicApi
 */
export class ScanError extends RedisClusterError {
  readonly code = 'SCAN';

  constructor(
    message: string,
    /** Where to go on: `client.scanIterator({ cursor, ... })`. */
    readonly cursor: string,
    context: ErrorContext = {},
  ) {
    super(message, context);
  }
}
