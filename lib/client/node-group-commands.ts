import type { Argument } from '../commands/command-spec.js';
import type { TypedCommands } from '../commands/typed-commands.js';
import type { NodeReplies } from '../execution/fan-outs/place.js';
import type { UnknownCommand } from './commands.js';

/** A method whose reply is one of many nodes; of up to three overloads each keeps its own. */
export type OnEachNode<Method> = Method extends {
  (...args: infer First): Promise<infer FirstReply>;
  (...args: infer Second): Promise<infer SecondReply>;
  (...args: infer Third): Promise<infer ThirdReply>;
}
  ? {
      (...args: First): Promise<NodeReplies<FirstReply>>;
      (...args: Second): Promise<NodeReplies<SecondReply>>;
      (...args: Third): Promise<NodeReplies<ThirdReply>>;
    }
  : never;

/**
 * Commands that run on each node of a group, whatever their policy, and give
 * an object with the reply or the error of each; see `RedisClusterClient.at`.
 *
 * They reject only where no node could be asked: for arguments or commands
 * that are refused, when the client is closed, and when no topology is known
 * in time.
 *
 * @publicApi
 */
export type NodeGroupCommands<Text extends string | Buffer = string> = {
  readonly [Name in keyof TypedCommands<Text, 'node'>]: OnEachNode<
    TypedCommands<Text, 'node'>[Name]
  >;
} & {
  /** Calls any command by its words, as `call` of the client does. */
  call(...words: (Argument | UnknownCommand)[]): Promise<NodeReplies<any>>;
};
