import type { TypedCommands } from '../commands/typed-commands.js';
import type { ReplyOptions } from '../options/reply-options.js';
import type { NodeGroup } from '../execution/fan-outs/place.js';
import type { NodeTarget } from './at.js';
import type { ClusterCommands } from './cluster-commands.js';
import type { Commands } from './commands.js';
import type { NodeGroupCommands, OnEachNode } from './node-group-commands.js';
import type { ReshapedBatches } from './reshaped-batches.js';
import type {
  ReshapedMethod,
  ReshapedMethods,
  TextOf,
} from './reshaped-methods.js';

/** The methods of a group of nodes. */
type ReshapedGroupCommands<Shape extends ReplyOptions> = {
  readonly [Name in keyof TypedCommands<TextOf<Shape>, 'node'>]: OnEachNode<
    ReshapedMethod<Name, TypedCommands<TextOf<Shape>, 'node'>[Name], Shape>
  >;
} & Pick<NodeGroupCommands, 'call'>;

/** What a view has beside its commands: `explain` and all that is added to it. */
type OtherMembers<Text extends string | Buffer> = Pick<
  ClusterCommands<Text>,
  Exclude<
    keyof ClusterCommands<Text>,
    keyof TypedCommands<Text> | keyof ReshapedBatches<object> | 'at'
  >
>;

/**
 * The commands with replies as `with({ replies: { ... } })` asked for them; also
 * in the places that `at` names.
 *
 * @typeParam Shape the options that were asked for
 * @publicApi
 */
export type ReshapedCommands<Shape extends ReplyOptions> = ReshapedMethods<
  Shape,
  'cluster'
> &
  OtherMembers<TextOf<Shape>> &
  ReshapedBatches<Shape> & {
    /** See `RedisClusterClient.at`. */
    at(
      target: NodeTarget,
    ): ReshapedMethods<Shape, 'node'> & Pick<Commands, 'call'>;
    /** See `RedisClusterClient.at`. */
    at(group: NodeGroup): ReshapedGroupCommands<Shape>;
  };
