/**
 * What is known about the command an error belongs to. Every field is left
 * out where it is not known: a configuration error has no node.
 *
 * @publicApi
 */
export interface ErrorContext {
  /** The command's name, for example `SET` or `SCRIPT LOAD`; never its arguments. */
  command?: string | undefined;
  /** The node that was asked, as `host:port`. */
  node?: string | undefined;
  /** The hash slot of the command's keys. */
  slot?: number | undefined;
  /** How often the command was handed to a connection. */
  attempts?: number | undefined;
  /** Milliseconds from the call to the error. */
  elapsedMs?: number | undefined;
  /** The error underneath. */
  cause?: unknown;
}

/** Marks the errors of this package, also the one that is an `AggregateError` first. @internal */
export const errorBrand: unique symbol = Symbol.for('nest-redis-cluster.error');

/**
 * The base of every error this package throws, also of `FanOutError`, which is
 * an `AggregateError` besides.
 *
 * No message of this package's own shows argument values: they may be secrets.
 * The text of a server (`ReplyError`) is passed on as it is.
 *
 * @publicApi
 */
export abstract class RedisClusterError extends Error {
  /** Makes `error instanceof RedisClusterError` true also for `FanOutError`. @internal */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return this === RedisClusterError
      ? typeof value === 'object' && value !== null && errorBrand in value
      : Function.prototype[Symbol.hasInstance].call(this, value);
  }

  /** @internal */
  get [errorBrand](): true {
    return true;
  }
  /** A stable identifier of the class, such as `OUTCOME_UNKNOWN`. */
  abstract readonly code: string;
  /** The command's name, for example `SET`. */
  readonly command: string | undefined;
  /** The node that was asked, as `host:port`. */
  readonly node: string | undefined;
  /** The hash slot of the command's keys. */
  readonly slot: number | undefined;
  /** How often the command was handed to a connection. */
  readonly attempts: number | undefined;
  /** Milliseconds from the call to the error. */
  readonly elapsedMs: number | undefined;

  constructor(message: string, context: ErrorContext = {}) {
    super(
      message,
      context.cause === undefined ? undefined : { cause: context.cause },
    );
    this.command = context.command;
    this.node = context.node;
    this.slot = context.slot;
    this.attempts = context.attempts;
    this.elapsedMs = context.elapsedMs;
    Object.defineProperty(this, 'name', {
      value: new.target.name,
      configurable: true,
      enumerable: false,
      writable: true,
    });
  }
}
