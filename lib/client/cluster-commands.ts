import { EXECUTE } from '../commands/command-host.js';
import type { FieldValue } from '../commands/replies/hash-replies.js';
import type { ScoredMember } from '../commands/replies/score-replies.js';
import type { Argument, CommandSpec, Key } from '../commands/command-spec.js';
import type { CallSettings } from '../execution/calls/call-settings.js';
import type { CommandPlan } from '../execution/command-plan.js';
import type { Executor } from '../execution/executor.js';
import type { NodeGroup } from '../execution/fan-outs/place.js';
import { commandsAt, type NodeTarget } from './at.js';
import { Commands, type UnknownCommand } from './commands.js';
import { explainWords } from './explain-words.js';
import type { ExclusiveConnection } from './exclusive-connection.js';
import type { SettledRepliesOf } from './settled-replies.js';
import { runTransaction, type TransactionOptions } from './transaction.js';
import { runWatch, type WatchOptions } from './watch.js';
import type { WatchedCommands } from './watched-commands.js';
import { runWithConnection } from './with-connection.js';
import {
  TypedFunctionLibrary,
  type FunctionLibraryOptions,
  type FunctionOptions,
} from './function-library.js';
import {
  scanHash,
  scanSet,
  scanSortedSet,
  type ElementScanOptions,
  type HashScanOptions,
} from './element-scan.js';
import { KeyScan, type KeyScanOptions } from './key-scan.js';
import type { NodeCommands } from './node-commands.js';
import type { NodeGroupCommands } from './node-group-commands.js';
import { runPipeline, type PipelineOptions } from './pipeline.js';
import type {
  QueuedCommands,
  RepliesOf,
  WantedReplies,
} from './queued-commands.js';
import { Script, type ScriptOptions } from './script.js';
import { isTraced, traced } from '../execution/tracing/command-trace.js';

/**
 * What runs on the whole cluster, under one set of call settings: the client
 * itself, and each view of it that `with` gives.
 *
 * @publicApi
 */
export abstract class ClusterCommands<
  Text extends string | Buffer = string,
> extends Commands<Text> {
  /** @internal */
  protected abstract readonly executor: Executor;
  /** @internal */
  protected abstract readonly settings: CallSettings;

  /**
   * Commands in one place, whatever their policy: `PING` at the owner of a key,
   * `INFO` of one replica.
   *
   * At a key or slot it is the primary that serves it: a call follows redirects
   * and failovers as routed ones do, and is refused when it has keys in other
   * slots. At a node it is that node and no other: a redirect is not followed,
   * it is the answer. A replica answers reads of its primary's keys (they may
   * be older), on a connection of their own.
   *
   * @param target `{ key }`, `{ slot }`, or `{ node: 'host:port' }`
   * @throws {ConfigurationError} for a target that makes no sense; (the call)
   *   for a node that is not in the topology
   * @throws {CrossSlotError} (the call) when its keys are not in the slot
   */
  at(target: NodeTarget): NodeCommands<Text>;
  /**
   * Commands on each node of a group, whatever their policy. A reply is an
   * object with the reply or the error of each node, by `host:port`; an error
   * of a node, even of all, rejects nothing. A node that cannot be reached is
   * an error at once, one that is silent when the time of the call is over.
   *
   * @param group `'primaries'`, `'replicas'`, or `'nodes'` (both)
   * @example
   * ```ts
   * for (const [node, size] of Object.entries(await client.at('nodes').dbsize())) {
   *   console.log(node, size instanceof Error ? size.message : size);
   * }
   * ```
   */
  at(group: NodeGroup): NodeGroupCommands<Text>;
  at(
    target: NodeTarget | NodeGroup,
  ): NodeCommands<Text> | NodeGroupCommands<Text> {
    return commandsAt(this.executor, this.settings, target);
  }

  /**
   * A Lua script that is called like a method, with keys and a reply of its
   * own types. It runs by its SHA1 on the shard of its keys, and is loaded where
   * it is missing; nothing has to be loaded beforehand.
   *
   * @param options the source, the number of keys, whether it only reads, and
   *   what makes the reply
   * @throws {ConfigurationError} for options that make no sense
   *
   * @example
   * ```ts
   * const take = client.script({
   *   lua: `
   *     local left = tonumber(redis.call('GET', KEYS[1]) or 0) - ARGV[1]
   *     if left < 0 then return -1 end
   *     redis.call('SET', KEYS[1], left)
   *     return left`,
   *   numberOfKeys: 1,
   *   reply: Number,
   * });
   * const left = await take.run('stock:apples', 3);
   * ```
   */
  script<Reply = unknown, const Count extends number = number>(
    options: ScriptOptions<Reply, Count>,
  ): Script<Reply, Count> {
    return new Script<Reply, Count>(this, options);
  }

  /**
   * A library of functions (Redis 7.0 and later) that are called like methods,
   * with keys and replies of their own types. `load()` puts it on all primaries.
   *
   * @param options the source, its functions, and what becomes of other versions
   * @throws {ConfigurationError} for options that make no sense
   *
   * @example
   * ```ts
   * const stock = client.functionLibrary({
   *   code: `#!lua name=stock
   *     redis.register_function('take', function(keys, args)
   *       return redis.call('DECRBY', keys[1], args[1])
   *     end)`,
   *   version: 1,
   *   functions: { take: { numberOfKeys: 1, reply: Number } },
   * });
   * await stock.load();
   * const left = await stock.call('take', 'stock:apples', 3);
   * ```
   */
  functionLibrary<
    const Functions extends Readonly<Record<string, FunctionOptions>>,
  >(
    options: FunctionLibraryOptions<Functions>,
  ): TypedFunctionLibrary<Functions> {
    return new TypedFunctionLibrary<Functions>(this, options);
  }

  /** @internal */
  get callTimeoutMs(): number {
    return this.settings.timeoutMs;
  }

  /**
   * Tells where a command would go now, in what parts, and how its replies
   * would become one. Sends nothing and throws nothing: what `call` would
   * refuse has the reason in `refused`.
   *
   * @param words as for `call`
   *
   * @example
   * ```ts
   * const { target, parts, source } = client.explain('DEL', 'a', 'b');
   * ```
   */
  explain(...words: (Argument | UnknownCommand)[]): CommandPlan {
    return explainWords(this.executor, words, this.settings);
  }

  /**
   * Scans the keys of the whole cluster, several nodes at a time.
   *
   * Every key that exists from the beginning of the scan to its end is given
   * at least once, whatever fails over or moves meanwhile; a key can come more
   * than once. Pages are fetched a little ahead and no further, so memory
   * stays bounded however slow the reader is. Nothing is sent before the first
   * key is asked for, and nothing is left behind when a loop is left early.
   *
   * @param options what to look for, and how; `timeoutMs` of {@link CommandView}
   *   settings is that of one page, and how long a lost node is waited for
   * @returns an iterator of keys, which also has `pages()`, `keys$`, `pages$`
   *   and the `cursor` with which another process can go on
   * @throws {ConfigurationError} for options that make no sense, and for the
   *   cursor of another scan
   *
   * @example
   * ```ts
   * for await (const key of client.scanIterator({ match: 'user:*' })) {
   *   console.log(key);
   * }
   * ```
   */
  scanIterator(options: KeyScanOptions = {}): KeyScan<Text> {
    return new KeyScan(this.executor, this.settings, options);
  }

  /**
   * Reads the fields of a hash, however large, a step at a time. Each field
   * that is there from the beginning to the end is given at least once; when
   * its node fails over or its slot moves, the scan begins again by itself.
   *
   * @throws {ConfigurationError} for options that make no sense
   *
   * @example
   * ```ts
   * for await (const { field, value } of client.hscanIterator('hash')) {
   *   console.log(field, value);
   * }
   * ```
   */
  hscanIterator(
    key: Key,
    options: HashScanOptions & { noValues: true },
  ): AsyncGenerator<Text, undefined>;
  hscanIterator(
    key: Key,
    options?: HashScanOptions & { noValues?: false },
  ): AsyncGenerator<FieldValue<Text>, undefined>;
  hscanIterator(
    key: Key,
    options: HashScanOptions = {},
  ): AsyncGenerator<any, undefined> {
    return scanHash<Text>(this.executor, this.settings, key, options);
  }

  /** Reads the members of a set, as {@link hscanIterator} does the fields of a hash. */
  sscanIterator(
    key: Key,
    options: ElementScanOptions = {},
  ): AsyncGenerator<Text, undefined> {
    return scanSet(this.executor, this.settings, key, options);
  }

  /** Reads the members of a sorted set with their scores, as {@link hscanIterator} does the fields of a hash. */
  zscanIterator(
    key: Key,
    options: ElementScanOptions = {},
  ): AsyncGenerator<ScoredMember<Text>, undefined> {
    return scanSortedSet(this.executor, this.settings, key, options);
  }

  /**
   * Runs many commands together: each goes to its node, all nodes at once, and
   * the results come in the order of the calls. The commands on each key are
   * executed in that order, also when some of them are redirected or sent
   * again. It is no transaction: commands of others run in between, and one
   * that fails hinders no other.
   *
   * Splits work as they do elsewhere. A fan-out (`flushall`, `dbsize`) waits
   * for everything before it, and everything behind waits for it. Commands that
   * may block are refused. The time of a call is the time of the whole.
   *
   * @param callback queues the commands, and returns those replies that are
   *   wanted as an array; nothing for all. Must not be asynchronous
   * @param options.settle gives each result as `Promise.allSettled` does
   * @returns the results; `[]` where nothing was queued
   * @throws {PipelineError} when a command failed; holds how each one ended
   * @throws {ConfigurationError} (or `CrossSlotError`) naming the place of a
   *   command that cannot be run as asked; nothing was sent
   *
   * @example
   * ```ts
   * const [name, visits] = await client.pipeline((p) => [p.get('name'), p.incr('visits')]);
   * ```
   */
  pipeline<Wanted extends WantedReplies>(
    callback: (pipeline: QueuedCommands<Text>) => Wanted,
    options?: PipelineOptions & { readonly settle?: false },
  ): Promise<RepliesOf<Wanted>>;
  /**
   * The same, with the result of each command as `Promise.allSettled` gives
   * it. Rejects only when nothing was sent.
   */
  pipeline<Wanted extends WantedReplies>(
    callback: (pipeline: QueuedCommands<Text>) => Wanted,
    options: PipelineOptions & { readonly settle: true },
  ): Promise<SettledRepliesOf<Wanted>>;
  pipeline(
    callback: (pipeline: QueuedCommands<Text>) => WantedReplies,
    options?: PipelineOptions,
  ): Promise<any> {
    return runPipeline(this.executor, this.settings, callback, options);
  }

  /**
   * Runs commands as one transaction (MULTI, EXEC): all of them, with no command
   * of others in between, or none. Their keys must share a slot.
   *
   * A redirect or passing refusal sends the whole again, since nothing of it
   * was executed; it rides the shared connection, in one write. Servers undo
   * nothing: where a command fails when it is executed, the others are applied.
   * Commands that may block or go to several nodes are refused. It goes to a
   * primary, also where it only reads.
   *
   * @param callback queues the commands, and returns those replies that are
   *   wanted as an array; nothing for all. Must not be asynchronous
   * @param options.key the primary of this key executes it, where no command has one
   * @param options.slot the same by slot
   * @param options.settle gives each result as `Promise.allSettled` does
   * @returns the results; `[]` where nothing was queued, and nothing is sent
   * @throws {TransactionError} when a command failed as it was executed
   * @throws {CrossSlotError} when the keys are in several slots; nothing was sent
   * @throws {ConfigurationError} for a command that makes no sense in it, and
   *   where no key tells where it goes; nothing was sent
   * @throws {OutcomeUnknownError} when it was sent and EXEC had no reply
   *
   * @example
   * ```ts
   * const [stock, order] = await client.transaction((t) => [
   *   t.decr('{shop}stock'),
   *   t.rpush('{shop}orders', 'order 1'),
   * ]);
   * ```
   */
  transaction<Wanted extends WantedReplies>(
    callback: (transaction: QueuedCommands<Text>) => Wanted,
    options: TransactionOptions & { readonly settle: true },
  ): Promise<SettledRepliesOf<Wanted>>;
  transaction<Wanted extends WantedReplies>(
    callback: (transaction: QueuedCommands<Text>) => Wanted,
    options?: TransactionOptions,
  ): Promise<RepliesOf<Wanted>>;
  transaction(
    callback: (transaction: QueuedCommands<Text>) => WantedReplies,
    options?: TransactionOptions,
  ): Promise<any> {
    const { executor, settings } = this;
    return runTransaction({ executor, settings }, callback, options);
  }

  /**
   * Optimistic locking: watches keys of one slot, and does work that reads them
   * and ends with a transaction, which is executed only if none of them has
   * changed by then. Else nothing was executed, and the work is done again, as
   * it is when the watch was lost by a failover, a moved slot or a lost
   * connection. It has a connection of its own, so no other caller can end the
   * watch.
   *
   * @param keys one or more keys, in one slot
   * @param work may be called several times; what it gives is the result
   * @param options.maxAttempts how often it is called at most. @default 10
   * @param options.onAbort `'null'`: the result is null where no attempt came
   *   through. @default 'throw'
   * @throws {TransactionAbortedError} when no attempt came through; nothing was executed
   * @throws {OutcomeUnknownError} when EXEC was sent and had no reply
   * @throws {LeaseExpiredError} when the work left the connection idle for `exclusiveLeaseMs`
   * @throws whatever the work throws
   *
   * @example
   * ```ts
   * const [left] = await client.watch('{shop}stock', async (watched) => {
   *   const stock = Number(await watched.get('{shop}stock'));
   *   if (stock < 3) throw new Error('sold out');
   *   return watched.transaction((t) => [t.set('{shop}stock', stock - 3)]);
   * });
   * ```
   */
  watch<T>(
    keys: Key | readonly Key[],
    work: (watched: WatchedCommands<Text>) => T | Promise<T>,
    options: WatchOptions & { readonly onAbort: 'null' },
  ): Promise<T | null>;
  watch<T>(
    keys: Key | readonly Key[],
    work: (watched: WatchedCommands<Text>) => T | Promise<T>,
    options?: WatchOptions & { readonly onAbort?: 'throw' },
  ): Promise<T>;
  watch<T>(
    keys: Key | readonly Key[],
    work: (watched: WatchedCommands<Text>) => T | Promise<T>,
    options?: WatchOptions,
  ): Promise<T | null> {
    return runWatch(this.executor, this.settings, keys, work, options);
  }

  /**
   * Gives work a connection to one node that nobody else uses until the work
   * has settled: for what means nothing on a shared one (WAIT, WATCH), or would
   * hold others up. Redirects are not followed there: they are the answer.
   *
   * @param target `{ key }` or `{ slot }`: the primary that serves it now;
   *   `{ node: 'host:port' }`: that node
   * @param work gets the connection; when it has settled, the connection is
   *   given back, and commands on it are refused
   * @returns what the work returns
   * @throws {LeaseExpiredError} when the connection lay idle for `exclusiveLeaseMs`
   * @throws {TimeoutError} when none was free in the time of a call
   * @throws {QueueFullError} when too many wait for one
   * @throws whatever the work throws
   *
   * @example
   * ```ts
   * const copies = await client.withConnection({ key: 'cart' }, async (connection) => {
   *   await connection.set('cart', 'full');
   *   return connection.wait(1, 100);
   * });
   * ```
   */
  withConnection<T>(
    target: NodeTarget,
    work: (connection: ExclusiveConnection<Text>) => T | Promise<T>,
  ): Promise<T> {
    return runWithConnection(this.executor, this.settings, target, work);
  }

  /** @internal */
  [EXECUTE](spec: CommandSpec, args: Argument[]): Promise<any> {
    return isTraced()
      ? traced(spec.name, () =>
          this.executor.execute(spec, args, this.settings),
        )
      : this.executor.execute(spec, args, this.settings);
  }
}
