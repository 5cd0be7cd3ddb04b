import { errorBrand, type ErrorContext } from './redis-cluster-error.js';

/**
 * What one node, or one part of a split, did.
 *
 * @publicApi
 */
export interface FanOutPart {
  /** The node, as `host:port`; undefined when none could be chosen. */
  readonly node: string | undefined;
  /** For a split: the keys of this part, in the order of the call. */
  readonly keys?: readonly (string | Buffer)[];
  /** For a split: the slot of this part. */
  readonly slot?: number;
  /** The reply, where the part succeeded. */
  readonly reply?: unknown;
  /** The error, where it failed. */
  readonly error?: Error;
  /** `applied`: the node said so; `failed`: it was not executed; `unknown`: sent, no reply. */
  readonly outcome: 'applied' | 'failed' | 'unknown';
}

/**
 * A command that went to several nodes failed on some of them, or their
 * replies did not agree. Holds what every node said; for a split, which keys
 * were applied, failed, or are unknown.
 *
 * @publicApi
 */
export class FanOutError extends AggregateError {
  /** @internal */
  get [errorBrand](): true {
    return true;
  }
  /** A stable identifier of the class. */
  readonly code = 'FAN_OUT';
  /** The command's name. */
  readonly command: string | undefined;
  /** Undefined: several nodes were asked; see {@link parts}. */
  readonly node: string | undefined;
  /** Undefined, as {@link node}. */
  readonly slot: number | undefined;
  /** Attempts of all parts together. */
  readonly attempts: number | undefined;
  /** Milliseconds from the call to the error. */
  readonly elapsedMs: number | undefined;
  /** What each node or part did. */
  readonly parts: readonly FanOutPart[];

  constructor(
    message: string,
    parts: readonly FanOutPart[],
    context: ErrorContext = {},
  ) {
    const errors = parts.flatMap((part) =>
      part.error === undefined ? [] : [part.error],
    );
    super(errors, message, { cause: context.cause ?? errors[0] });
    this.command = context.command;
    this.node = context.node;
    this.slot = context.slot;
    this.attempts = context.attempts;
    this.elapsedMs = context.elapsedMs;
    this.parts = parts;
    Object.defineProperty(this, 'name', {
      value: 'FanOutError',
      configurable: true,
      enumerable: false,
      writable: true,
    });
  }

  /** The replies of the nodes that succeeded, keyed `host:port`. */
  get replies(): Record<string, unknown> {
    return this.byNode((part) => (part.error ? undefined : part.reply));
  }

  /** The errors of the nodes that failed, keyed `host:port`. */
  get errorsByNode(): Record<string, Error> {
    return this.byNode((part) => part.error) as Record<string, Error>;
  }

  /** For a split: the keys that were applied, failed, or are unknown. */
  get keys(): Record<FanOutPart['outcome'], (string | Buffer)[]> {
    const keys: Record<FanOutPart['outcome'], (string | Buffer)[]> = {
      applied: [],
      failed: [],
      unknown: [],
    };
    for (const part of this.parts) {
      keys[part.outcome].push(...(part.keys ?? []));
    }
    return keys;
  }

  private byNode(pick: (part: FanOutPart) => unknown): Record<string, unknown> {
    const byNode = Object.create(null) as Record<string, unknown>;
    for (const part of this.parts) {
      const picked = pick(part);
      if (picked !== undefined) byNode[part.node ?? 'unknown'] = picked;
    }
    return byNode;
  }
}
