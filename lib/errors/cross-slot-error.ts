import { RedisClusterError, type ErrorContext } from './redis-cluster-error.js';

/**
 * The keys of one command lie in several slots and the command may not be
 * split. Nothing was sent.
 *
 * @publicApi
 */
export class CrossSlotError extends RedisClusterError {
  readonly code = 'CROSS_SLOT';
  /** The keys, in the order of the call. */
  readonly keys: readonly (string | Buffer)[];
  /** The slot of each key, in the same order. */
  readonly slots: readonly number[];

  constructor(
    message: string,
    keys: readonly (string | Buffer)[],
    slots: readonly number[],
    context?: ErrorContext,
  ) {
    super(message, context);
    this.keys = keys;
    this.slots = slots;
  }
}
