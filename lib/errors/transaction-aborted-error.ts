import { RedisClusterError, type ErrorContext } from './redis-cluster-error.js';

/**
 * A transaction on watched keys was not executed, in any of its attempts: the
 * keys had changed each time, or the watch was lost (`cause` says how).
 *
 * @publicApi
 */
export class TransactionAbortedError extends RedisClusterError {
  readonly code = 'TRANSACTION_ABORTED';
  /** The watched keys. */
  readonly keys: readonly (string | Buffer)[];

  constructor(
    message: string,
    keys: readonly (string | Buffer)[],
    context?: ErrorContext,
  ) {
    super(message, context);
    this.keys = keys;
  }
}
