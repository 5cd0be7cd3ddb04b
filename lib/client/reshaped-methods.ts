import type { RankedScore } from '../commands/replies/score-replies.js';
import type { TypedCommands } from '../commands/typed-commands.js';
import type { ReplyOptions } from '../options/reply-options.js';

/** What strings are under some {@link ReplyOptions}. */
export type TextOf<Shape> = Shape extends { strings: 'buffers' }
  ? Buffer
  : string;

/** Numbers that are no integers of the server's: they stay numbers. */
type Measures =
  'zscore' | 'zmscore' | 'zincrby' | 'geodist' | 'vemb' | 'vsim' | 'geopos';

type SetReplies = 'smembers' | 'sinter' | 'sunion' | 'sdiff' | 'spop';
type MapReplies = 'hgetall' | 'configGet';

type WithIntegers<Name, Reply, Shape> = Shape extends { integers: 'bigint' }
  ? Name extends Measures
    ? Reply
    : Reply extends number
      ? bigint
      : Reply extends readonly number[]
        ? bigint[]
        : Reply extends RankedScore
          ? { readonly rank: bigint; readonly score: number }
          : Reply
  : Reply;

type WithMaps<Name, Reply, Shape> = Shape extends { maps: 'map' }
  ? Name extends MapReplies
    ? Reply extends Record<string, infer Item>
      ? Map<TextOf<Shape>, Item>
      : Reply
    : Reply
  : Reply;

type WithSets<Name, Reply, Shape> = Shape extends { sets: 'set' }
  ? Name extends SetReplies
    ? Reply extends readonly (infer Member)[]
      ? Set<Member>
      : Reply
    : Reply
  : Reply;

type Reshaped<Name, Reply, Shape> = WithSets<
  Name,
  WithMaps<Name, WithIntegers<Name, Reply, Shape>, Shape>,
  Shape
>;

/** Of up to three overloads each keeps its own reply. */
export type ReshapedMethod<Name, Method, Shape> = Method extends {
  (...args: infer First): Promise<infer FirstReply>;
  (...args: infer Second): Promise<infer SecondReply>;
  (...args: infer Third): Promise<infer ThirdReply>;
}
  ? {
      (...args: First): Promise<Reshaped<Name, FirstReply, Shape>>;
      (...args: Second): Promise<Reshaped<Name, SecondReply, Shape>>;
      (...args: Third): Promise<Reshaped<Name, ThirdReply, Shape>>;
    }
  : never;

/** The methods of one place or of the cluster. */
export type ReshapedMethods<
  Shape extends ReplyOptions,
  At extends 'cluster' | 'node',
> = {
  readonly [Name in keyof TypedCommands<TextOf<Shape>, At>]: ReshapedMethod<
    Name,
    TypedCommands<TextOf<Shape>, At>[Name],
    Shape
  >;
};
