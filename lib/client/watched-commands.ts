import { EXECUTE } from '../commands/command-host.js';
import {
  CommandFlag,
  type Argument,
  type CommandSpec,
  type Key,
} from '../commands/command-spec.js';
import { commandSpec } from '../commands/command-table.js';
import { ConfigurationError } from '../errors/configuration-error.js';
import { ConnectionError } from '../errors/connection-error.js';
import { ReplyError } from '../errors/reply-error.js';
import { TransactionAbortedError } from '../errors/transaction-aborted-error.js';
import type { Executor } from '../execution/executor.js';
import { Commands } from './commands.js';
import type {
  QueuedCommands,
  RepliesOf,
  WantedReplies,
} from './queued-commands.js';
import type { SettledRepliesOf } from './settled-replies.js';
import {
  runTransaction,
  type TransactionGround,
  type TransactionOptions,
} from './transaction.js';
import { traced } from '../execution/tracing/command-trace.js';

/** Refusals by which nothing was executed, and another attempt may be. */
const ABORTS = new Set([
  'ASK',
  'CLUSTERDOWN',
  'LOADING',
  'MASTERDOWN',
  'MOVED',
  'READONLY',
  'TRYAGAIN',
  'UNBLOCKED',
]);

/**
 * Reads of keys that are watched, and the transaction that depends on them;
 * see `RedisClusterClient.watch`.
 *
 * @publicApi
 */
export class WatchedCommands<
  Text extends string | Buffer = string,
> extends Commands<Text, 'node'> {
  /** Why nothing was executed, and the work can be done again. @internal */
  aborted: Error | undefined;
  private executed = false;

  /** @internal */
  constructor(
    private readonly ground: Required<TransactionGround>,
    private readonly watchedKeys: readonly (string | Buffer)[],
  ) {
    super();
  }

  /**
   * Runs commands as one transaction, if no watched key has changed by then.
   * Else it rejects, nothing was executed, and `watch` does its work again.
   *
   * @throws as `transaction` of the client
   */
  transaction<Wanted extends WantedReplies>(
    callback: (transaction: QueuedCommands<Text>) => Wanted,
    options: Pick<TransactionOptions, 'settle'> & { readonly settle: true },
  ): Promise<SettledRepliesOf<Wanted>>;
  transaction<Wanted extends WantedReplies>(
    callback: (transaction: QueuedCommands<Text>) => Wanted,
    options?: Pick<TransactionOptions, 'settle'>,
  ): Promise<RepliesOf<Wanted>>;
  async transaction(
    callback: (transaction: QueuedCommands<Text>) => WantedReplies,
    options?: Pick<TransactionOptions, 'settle'>,
  ): Promise<any> {
    if (this.executed) {
      throw new ConfigurationError(
        'watch: there is one transaction; with it the watch is over',
      );
    }
    this.executed = true;
    const replies = await this.noted(
      runTransaction(this.ground, callback, options),
    );
    if (replies !== null) return replies;
    this.aborted = new TransactionAbortedError(
      'The transaction was not executed: a watched key had changed',
      this.watchedKeys,
      { command: 'EXEC', node: this.ground.session.node.label },
    );
    throw this.aborted;
  }

  /** @internal */
  [EXECUTE](spec: CommandSpec, args: Argument[]): Promise<any> {
    const { executor, session, settings } = this.ground;
    if ((spec.flags & CommandFlag.ReadOnly) === 0) {
      return Promise.reject(
        new ConfigurationError(
          `${spec.name}: it may write, and would be executed at once, in every attempt; queue it in the transaction`,
          { command: spec.name },
        ),
      );
    }
    return traced(spec.name, () =>
      this.noted(executor.executeIn(session, spec, args, settings)),
    );
  }

  /** WATCH itself. @internal */
  async begin(keys: readonly Key[]): Promise<void> {
    const { executor, session, settings } = this.ground;
    await this.noted(
      executor.executeIn(session, commandSpec('WATCH'), [...keys], settings),
    );
  }

  private async noted<T>(reply: Promise<T>): Promise<T> {
    try {
      return await reply;
    } catch (error) {
      const { session } = this.ground;
      if (
        error instanceof ConnectionError ||
        (error instanceof ReplyError && ABORTS.has(error.prefix))
      ) {
        this.aborted = error;
      }
      if (error instanceof ReplyError && session.lease.failure === undefined) {
        this.redirect = this.ground.executor.learnRedirect(error, session);
      }
      throw error;
    }
  }

  /** Where the node said that the keys are. @internal */
  redirect: ReturnType<Executor['learnRedirect']>;
}
