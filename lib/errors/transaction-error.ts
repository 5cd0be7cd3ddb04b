import { errorBrand, type ErrorContext } from './redis-cluster-error.js';

/** How one command of a transaction ended. @publicApi */
export interface TransactionResult {
  /** The command's name. */
  readonly command: string;
  /** The reply, where it succeeded. */
  readonly reply?: unknown;
  /** The server's error, otherwise. */
  readonly error?: Error;
}

/**
 * A transaction was executed, and some of its commands failed. **The others
 * were applied**: servers undo nothing. `results` has how each command ended,
 * `errors` the errors alone.
 *
 * @publicApi
 */
export class TransactionError extends AggregateError {
  /** @internal */
  get [errorBrand](): true {
    return true;
  }
  /** A stable identifier of the class. */
  readonly code = 'TRANSACTION';
  /** The name of the first command that failed. */
  readonly command: string | undefined;
  /** The node that executed it, as `host:port`. */
  readonly node: string | undefined;
  /** The slot of its keys. */
  readonly slot: number | undefined;
  /** How often it was handed to a connection. */
  readonly attempts: number | undefined;
  /** Milliseconds from the call to the error. */
  readonly elapsedMs: number | undefined;
  // no property: a log that shows an error would show every reply
  readonly #results: readonly TransactionResult[];

  constructor(
    message: string,
    results: readonly TransactionResult[],
    context: ErrorContext = {},
  ) {
    const errors = results.flatMap(({ error }) =>
      error === undefined ? [] : [error],
    );
    super(errors, message, { cause: context.cause ?? errors[0] });
    this.command = context.command;
    this.node = context.node;
    this.slot = context.slot;
    this.attempts = context.attempts;
    this.elapsedMs = context.elapsedMs;
    this.#results = results;
    Object.defineProperty(this, 'name', {
      value: 'TransactionError',
      configurable: true,
      enumerable: false,
      writable: true,
    });
  }

  /** How each command ended, in the order of the calls. */
  get results(): readonly TransactionResult[] {
    return this.#results;
  }
}
