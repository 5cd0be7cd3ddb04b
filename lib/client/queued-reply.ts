import type { Argument, CommandSpec } from '../commands/command-spec.js';
import { ConfigurationError } from '../errors/configuration-error.js';

/**
 * The reply of a command that is queued in a pipeline or transaction, and not
 * sent yet: it stands for its place among the results.
 *
 * It is no promise, and nothing can be waited for before the callback that
 * queues has returned: `await` is a type error, and rejects where types are
 * not checked.
 *
 * @typeParam Reply what the result at its place will be
 * @publicApi
 */
export class QueuedReply<Reply = unknown> {
  // not internal: stripped from the declarations, nothing could be inferred from it
  /** What the result will be; exists only as a type. */
  declare protected readonly reply: Reply;

  /** @internal */
  constructor(
    /** @internal */
    readonly spec: CommandSpec,
    /** The arguments behind the command's words. @internal */
    readonly args: Argument[],
    /** Its place among the commands queued. @internal */
    readonly position: number,
  ) {}

  /**
   * Refuses to be awaited. One parameter, of a type that nothing fits: so
   * that `await` does not compile, and no linter takes it for a promise.
   */
  // oxlint-disable-next-line unicorn/no-thenable -- without it `await` would give this very object, silently
  then(notAPromise: never): never;
  // oxlint-disable-next-line unicorn/no-thenable -- the same
  then(_: unknown, reject?: (error: Error) => void): void {
    const error = new ConfigurationError(
      `${this.spec.name} is only queued: its reply cannot be awaited inside the callback. ` +
        'Return it, and its result comes with those of the whole',
      { command: this.spec.name },
    );
    if (reject === undefined) throw error;
    reject(error);
  }
}
