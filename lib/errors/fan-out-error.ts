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
  /**
   * `applied`: the node said so; `failed`: it was not executed, or only reads;
   * `unknown`: it was sent and had no reply, so it may have been executed.
   */
  readonly outcome: 'applied' | 'failed' | 'unknown';
}

/** What {@link FanOutError.retry} may do. @publicApi */
export interface FanOutRetryOptions {
  /**
   * Also re-sends the parts whose outcome is unknown: the caller's word that
   * applying them twice is harmless.
   *
   * @default false
   */
  readonly unknown?: boolean;
  /** The whole time of the retry, in milliseconds. @default that of the call */
  readonly timeoutMs?: number;
  /** Ends the retry when it is aborted; the call's own signal is not asked again. */
  readonly signal?: AbortSignal;
}

/** What became of the parts beside what each of them says. @internal */
export interface FanOutRemains {
  /** See {@link FanOutError.partialReply}. */
  readonly partialReply?: unknown;
  /** See {@link FanOutError.replies}; those of the parts, where this is not given. */
  readonly replies?: Record<string, unknown>;
  /** Sends again what was not applied. */
  readonly retry?: (options: FanOutRetryOptions) => Promise<unknown>;
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
  // no properties: a log that shows an error would show all values twice
  readonly #remains: FanOutRemains;

  constructor(
    message: string,
    parts: readonly FanOutPart[],
    context: ErrorContext = {},
    remains: FanOutRemains = {},
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
    this.#remains = remains;
    Object.defineProperty(this, 'name', {
      value: 'FanOutError',
      configurable: true,
      enumerable: false,
      writable: true,
    });
  }

  /**
   * The parts that were applied, merged like the reply of the whole: the sum
   * over the slots that were reached, the union over the nodes that answered.
   * Values by key (MGET) stand at the places of their keys in the call, with
   * `undefined` for each key that is not known; null is a key that does not
   * exist. Undefined when nothing was applied, or when the replies do not agree.
   */
  get partialReply(): unknown {
    return this.#remains.partialReply;
  }

  /**
   * Sends again what was not applied, and only that, and merges it with what
   * was: the `failed` parts, the `unknown` ones only where `unknown: true`
   * says that applying them twice is harmless. A part that only reads is never
   * `unknown`. Parts of a split, and those of a fan-out that went to a primary,
   * go to whoever serves their slot by now.
   *
   * @param options.unknown also re-sends parts whose outcome is unknown
   * @param options.timeoutMs the time of the retry, in milliseconds
   * @param options.signal ends the retry when it is aborted
   * @returns the reply of the whole command
   * @throws {FanOutError} (a new one, which can be retried in turn) when parts
   *   still are not applied; at once, when there is none that may be sent again
   */
  retry<Reply = unknown>(options: FanOutRetryOptions = {}): Promise<Reply> {
    const { retry } = this.#remains;
    // made by hand: there is nothing to send
    if (retry === undefined) return Promise.reject(this);
    return retry(options) as Promise<Reply>;
  }

  /**
   * The replies of the nodes that succeeded, keyed `host:port`. For a split,
   * where a node may have several parts: those of them that it applied, merged
   * like the reply of the whole, values by key in the order of its own keys.
   */
  get replies(): Record<string, unknown> {
    return (
      this.#remains.replies ??
      this.byNode((part) => (part.error ? undefined : part.reply))
    );
  }

  /**
   * The errors of the nodes that failed, keyed `host:port`. Of several parts of
   * a split that failed on one node it is the first one's; {@link parts} and
   * `errors` have all.
   */
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
      // one by one: more arguments than the stack holds would be one call
      for (const key of part.keys ?? []) keys[part.outcome].push(key);
    }
    return keys;
  }

  /** For a split: the slots that were applied, failed, or are unknown. */
  get slots(): Record<FanOutPart['outcome'], number[]> {
    const slots: Record<FanOutPart['outcome'], number[]> = {
      applied: [],
      failed: [],
      unknown: [],
    };
    for (const { outcome, slot } of this.parts) {
      if (slot !== undefined) slots[outcome].push(slot);
    }
    return slots;
  }

  private byNode(pick: (part: FanOutPart) => unknown): Record<string, unknown> {
    const byNode = Object.create(null) as Record<string, unknown>;
    for (const part of this.parts) {
      const picked = pick(part);
      if (picked !== undefined) byNode[part.node ?? 'unknown'] ??= picked;
    }
    return byNode;
  }
}
