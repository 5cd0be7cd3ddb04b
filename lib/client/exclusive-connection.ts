import { EXECUTE } from '../commands/command-host.js';
import type { Argument, CommandSpec, Key } from '../commands/command-spec.js';
import { Commands } from './commands.js';
import type {
  QueuedCommands,
  RepliesOf,
  WantedReplies,
} from './queued-commands.js';
import {
  runTransaction,
  type TransactionGround,
  type TransactionOptions,
} from './transaction.js';
import type { SettledRepliesOf } from './settled-replies.js';
import { traced } from '../execution/tracing/command-trace.js';

/**
 * Commands on one connection that nobody else uses, until the function that
 * `withConnection` gave it to has settled. They are executed in the order of
 * the calls, on one node: a redirect is not followed, it is the answer.
 *
 * @publicApi
 */
export class ExclusiveConnection<
  Text extends string | Buffer = string,
> extends Commands<Text, 'node'> {
  /** @internal */
  constructor(private readonly ground: Required<TransactionGround>) {
    super();
  }

  /** The node it leads to, as `host:port`. */
  get node(): string {
    return this.ground.session.node.label;
  }

  /**
   * WATCH: the next `transaction` on this connection is executed only if none
   * of these keys has changed by then. `client.watch` does that with retries.
   */
  async watch(...keys: readonly Key[]): Promise<void> {
    await this.call('WATCH', ...keys);
  }

  /** UNWATCH: forgets the watched keys. */
  async unwatch(): Promise<void> {
    await this.call('UNWATCH');
  }

  /**
   * WAIT: how many replicas have what this connection wrote.
   *
   * @param replicas for how many it waits
   * @param timeoutMs for how long, in milliseconds; 0 without end
   */
  wait(replicas: number, timeoutMs: number): Promise<number> {
    return this.call('WAIT', replicas, timeoutMs);
  }

  /**
   * WAITAOF (server 7.2 and newer): how many servers have fsynced what this
   * connection wrote: itself (0 or 1) and replicas.
   *
   * @param local 1 to wait for the node itself
   * @param replicas for how many replicas it waits
   * @param timeoutMs for how long, in milliseconds; 0 without end
   */
  waitaof(
    local: 0 | 1,
    replicas: number,
    timeoutMs: number,
  ): Promise<[local: number, replicas: number]> {
    return this.call('WAITAOF', local, replicas, timeoutMs);
  }

  /**
   * As `transaction` of the client, on this connection.
   *
   * @returns the results; null when a key that was watched had changed
   */
  transaction<Wanted extends WantedReplies>(
    callback: (transaction: QueuedCommands<Text>) => Wanted,
    options: TransactionOptions & { readonly settle: true },
  ): Promise<SettledRepliesOf<Wanted> | null>;
  transaction<Wanted extends WantedReplies>(
    callback: (transaction: QueuedCommands<Text>) => Wanted,
    options?: TransactionOptions,
  ): Promise<RepliesOf<Wanted> | null>;
  transaction(
    callback: (transaction: QueuedCommands<Text>) => WantedReplies,
    options?: TransactionOptions,
  ): Promise<any> {
    return runTransaction(this.ground, callback, options);
  }

  /** @internal */
  [EXECUTE](spec: CommandSpec, args: Argument[]): Promise<any> {
    const { executor, session, settings } = this.ground;
    return traced(spec.name, () =>
      executor.executeIn(session, spec, args, settings),
    );
  }
}
