import type { Key } from '../commands/command-spec.js';
import type { TypedCommands } from '../commands/typed-commands.js';
import type { ReplyOptions } from '../options/reply-options.js';
import type { NodeTarget } from './at.js';
import type { Commands } from './commands.js';
import type { ExclusiveConnection } from './exclusive-connection.js';
import type { PipelineOptions } from './pipeline.js';
import type {
  NamedReplies,
  Queued,
  QueuedCommands,
  RepliesOf,
  WantedReplies,
} from './queued-commands.js';
import type {
  ReshapedMethod,
  ReshapedMethods,
  TextOf,
} from './reshaped-methods.js';
import type { SettledRepliesOf } from './settled-replies.js';
import type { TransactionOptions } from './transaction.js';
import type { WatchOptions } from './watch.js';

/**
 * The commands as a pipeline or transaction queues them, with replies as
 * `with({ replies: { ... } })` asked for them.
 *
 * @publicApi
 */
export type ReshapedQueuedCommands<Shape extends ReplyOptions> = {
  readonly [Name in Exclude<keyof TypedCommands, NamedReplies>]: Queued<
    ReshapedMethod<Name, TypedCommands<TextOf<Shape>>[Name], Shape>
  >;
} & Pick<QueuedCommands<TextOf<Shape>>, NamedReplies | 'call'>;

type Queueing<Shape extends ReplyOptions, Wanted> = (
  queue: ReshapedQueuedCommands<Shape>,
) => Wanted;

/** Runs what a callback queues, under some options. */
interface Batch<Shape extends ReplyOptions, Options> {
  <Wanted extends WantedReplies>(
    callback: Queueing<Shape, Wanted>,
    options: Options & { readonly settle: true },
  ): Promise<SettledRepliesOf<Wanted>>;
  <Wanted extends WantedReplies>(
    callback: Queueing<Shape, Wanted>,
    options?: Options,
  ): Promise<RepliesOf<Wanted>>;
}

/** Those of `Host` that are no commands. */
type Besides<Host> = Pick<
  Host,
  Exclude<keyof Host, keyof TypedCommands<string, 'node'> | 'transaction'>
>;

type ReshapedConnection<Shape extends ReplyOptions> = ReshapedMethods<
  Shape,
  'node'
> &
  Besides<ExclusiveConnection<TextOf<Shape>>> & {
    /** See `ExclusiveConnection.transaction`. */
    transaction<Wanted extends WantedReplies>(
      callback: Queueing<Shape, Wanted>,
      options: TransactionOptions & { readonly settle: true },
    ): Promise<SettledRepliesOf<Wanted> | null>;
    transaction<Wanted extends WantedReplies>(
      callback: Queueing<Shape, Wanted>,
      options?: TransactionOptions,
    ): Promise<RepliesOf<Wanted> | null>;
  };

type ReshapedWatched<Shape extends ReplyOptions> = ReshapedMethods<
  Shape,
  'node'
> &
  Pick<Commands, 'call'> & {
    /** See `WatchedCommands.transaction`. */
    readonly transaction: Batch<Shape, Pick<TransactionOptions, 'settle'>>;
  };

/**
 * What runs several commands, with replies as `with({ replies: { ... } })`
 * asked for them.
 *
 * @publicApi
 */
export interface ReshapedBatches<Shape extends ReplyOptions> {
  /** See `RedisClusterClient.pipeline`. */
  readonly pipeline: Batch<Shape, PipelineOptions>;
  /** See `RedisClusterClient.transaction`. */
  readonly transaction: Batch<Shape, TransactionOptions>;
  /** See `RedisClusterClient.watch`; null where no attempt came through. */
  watch<T>(
    keys: Key | readonly Key[],
    work: (watched: ReshapedWatched<Shape>) => T | Promise<T>,
    options: WatchOptions & { readonly onAbort: 'null' },
  ): Promise<T | null>;
  /** The same, where the end of all attempts is an error. */
  watch<T>(
    keys: Key | readonly Key[],
    work: (watched: ReshapedWatched<Shape>) => T | Promise<T>,
    options?: WatchOptions & { readonly onAbort?: 'throw' },
  ): Promise<T>;
  /** See `RedisClusterClient.withConnection`. */
  withConnection<T>(
    target: NodeTarget,
    work: (connection: ReshapedConnection<Shape>) => T | Promise<T>,
  ): Promise<T>;
}
