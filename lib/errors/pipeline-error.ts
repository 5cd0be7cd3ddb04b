import { errorBrand, type ErrorContext } from './redis-cluster-error.js';

/** How one command of a pipeline ended. @publicApi */
export interface PipelineResult {
  /** The command's name. */
  readonly command: string;
  /**
   * `applied`: it was executed; `failed`: it was refused, or not executed, or
   * only reads; `unknown`: it was sent and had no reply, so it may have been
   * executed; `partial`: of its parts, at several nodes or slots, some were
   * applied and some failed: `error` is the `FanOutError` that tells which.
   */
  readonly outcome: 'applied' | 'failed' | 'unknown' | 'partial';
  /** The reply, where it was applied. */
  readonly reply?: unknown;
  /** The error, otherwise. */
  readonly error?: Error;
}

/**
 * Some commands of a pipeline failed. The others did not: {@link results} has
 * how each ended, and `errors` the errors alone.
 *
 * @publicApi
 */
export class PipelineError extends AggregateError {
  /** @internal */
  get [errorBrand](): true {
    return true;
  }
  /** A stable identifier of the class. */
  readonly code = 'PIPELINE';
  /** The name of the first command that failed. */
  readonly command: string | undefined;
  /** Undefined: several nodes were asked. */
  readonly node: string | undefined;
  /** Undefined, as {@link node}. */
  readonly slot: number | undefined;
  /** Undefined: each command has its own. */
  readonly attempts: number | undefined;
  /** Milliseconds from the call to the error. */
  readonly elapsedMs: number | undefined;
  // no property: a log that shows an error would show every reply
  readonly #results: readonly PipelineResult[];

  constructor(
    message: string,
    results: readonly PipelineResult[],
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
      value: 'PipelineError',
      configurable: true,
      enumerable: false,
      writable: true,
    });
  }

  /** How each command ended, in the order of the calls. */
  get results(): readonly PipelineResult[] {
    return this.#results;
  }

  /** The places of the commands that were applied, failed, are unknown, or were applied in part. */
  get positions(): Record<PipelineResult['outcome'], number[]> {
    const positions: Record<PipelineResult['outcome'], number[]> = {
      applied: [],
      failed: [],
      unknown: [],
      partial: [],
    };
    this.#results.forEach(({ outcome }, position) => {
      positions[outcome].push(position);
    });
    return positions;
  }
}
