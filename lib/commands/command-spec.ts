import type { Argument } from '../protocol/argument.js';
import type { EncodedWords } from '../protocol/encoded-words.js';

export type { Argument };

/** A key as callers give it. Numbers become their decimal text. @publicApi */
export type Key = string | Buffer | number;

/** A value as callers give it. Numbers and bigints become their decimal text. @publicApi */
export type Value = string | Buffer | number | bigint;

/** Where a command goes (`request_policy` of the command tips). @publicApi */
export type RequestPolicy =
  | 'default'
  | 'all_nodes'
  | 'all_shards'
  | 'multi_shard'
  | 'special'
  /** ours: to the owner of the slot that the first argument names (CLUSTER COUNTKEYSINSLOT) */
  | 'slot_argument';

/** How the replies of several nodes become one (`response_policy`). @publicApi */
export type ResponsePolicy =
  | 'default'
  | 'one_succeeded'
  | 'all_succeeded'
  | 'agg_logical_and'
  | 'agg_logical_or'
  | 'agg_min'
  | 'agg_max'
  | 'agg_sum'
  | 'special'
  /** ours: the union of the nodes' arrays, each element once (KEYS) */
  | 'union'
  /** ours: the common reply if all agree, else an error that shows each (SCRIPT LOAD) */
  | 'all_agree';

/**
 * Where a command's routing comes from: the curated overrides and refusals, the
 * live COMMAND of the servers, the built-in table, the caller (`{ keys }`); or
 * nowhere yet.
 *
 * @publicApi
 */
export type CommandSource =
  'curated' | 'server' | 'table' | 'caller' | 'unknown';

/**
 * One key specification, as COMMAND INFO gives it (see
 * https://redis.io/docs/latest/develop/reference/key-specs/). Positions count
 * from the command's first word = 0, exactly as the server counts.
 */
export interface KeySpec {
  readonly beginSearch:
    | { readonly type: 'index'; readonly index: number }
    | {
        readonly type: 'keyword';
        readonly keyword: string;
        readonly startFrom: number;
      }
    | { readonly type: 'unknown' };
  readonly findKeys:
    | {
        readonly type: 'range';
        readonly lastKey: number;
        readonly keyStep: number;
        readonly limit: number;
      }
    | {
        readonly type: 'keynum';
        readonly keyNumIndex: number;
        readonly firstKey: number;
        readonly keyStep: number;
      }
    | { readonly type: 'unknown' };
  /** `RW`, `RO`, `OW`, `RM`, `access`, `insert`, `update`, `delete`, `not_key`, `incomplete`, `variable_flags` ... */
  readonly flags: readonly string[];
}

/** Command flags the engine looks at, as bits of {@link CommandSpec.flags}. */
export const CommandFlag = {
  /** Changes data: enlisted in replication scopes, never repeated when its outcome is unknown. */
  Write: 1,
  /** Reads only, or only tells something of its node: may be repeated. */
  ReadOnly: 2,
  /** May block the connection: rides an exclusive one. */
  Blocking: 4,
  /** May write although it is not flagged as a write (EVAL, FCALL, PUBLISH). */
  MayReplicate: 8,
  /** May run a script, so an error of it may hide executed writes. */
  Script: 16,
  /** Its keys can move: COMMAND GETKEYS would be needed to know them all. */
  MovableKeys: 32,
  /** Reads its keys, and a replica answers it as its primary would: a matter of the command's facts as a whole. */
  ReplicaRead: 64,
} as const;

/** The text of a script and the name that servers know it by. */
export interface ScriptText {
  readonly text: string;
  /** The SHA1 of the text, in lower-case hexadecimal digits. */
  readonly sha: string;
}

/** A library of functions, as servers load it. */
export interface LibraryText {
  readonly name: string;
  readonly code: string;
}

/** Everything the engine has to know about one command (a row of the command table). */
export interface CommandSpec {
  /** The full upper-case name: `GET`, `SCRIPT LOAD`. */
  readonly name: string;
  /** The name's words as they stand on the wire: `['SCRIPT', 'LOAD']`. */
  readonly words: readonly string[];
  /** The same, encoded once. */
  readonly wire: EncodedWords;
  /** The server's arity: words included; negative = at least. */
  readonly arity: number;
  /** Bits of {@link CommandFlag}. */
  readonly flags: number;
  readonly keySpecs: readonly KeySpec[];
  /**
   * The index of the only or first key among the arguments *behind* the words,
   * when it is always at that fixed place; -1 when there is no key or the place
   * depends on the arguments.
   */
  readonly firstKey: number;
  /** True when at most one key can occur, so that no cross-slot check is needed. */
  readonly singleKey: boolean;
  /**
   * True for the plain case, in which the hot path asks nothing else: exactly
   * one key at {@link firstKey}, default policies, not blocking, not refused.
   */
  readonly plain: boolean;
  readonly requestPolicy: RequestPolicy;
  readonly responsePolicy: ResponsePolicy;
  /** The response policy of its form with a single argument, where that replies otherwise. */
  readonly withOneArgument: ResponsePolicy | undefined;
  /** Options (in upper case) that make all or nothing of the command, so that it is not split. */
  readonly wholeWith: readonly string[] | undefined;
  readonly source: CommandSource;
  /**
   * Turns the server's reply (RESP2 or RESP3 form) into the documented one.
   * Undefined where both protocols give the documented form already.
   */
  readonly reply: ReplyTransform | undefined;
  /** Why the command is refused on a shared connection and what to use instead; undefined if it is not. */
  readonly refused: string | undefined;
  /** True when it is refused only because no node is named; on a named node it runs. */
  readonly oneNode: boolean;
  /** True when its reply is no text (DUMP), so that it is a Buffer whatever the caller asked for. */
  readonly binaryReply: boolean;
  /**
   * For an EVALSHA or EVALSHA_RO that brings its text along: who runs it loads
   * the script where a node answers NOSCRIPT. The first argument is its `sha`.
   */
  readonly script?: ScriptText | undefined;
  /**
   * For an FCALL or FCALL_RO that brings its library along: who runs it loads
   * the library, unless one of its name is there, where a node does not know the
   * function.
   */
  readonly library?: LibraryText | undefined;
}

/** See {@link CommandSpec.reply}. `args` are the arguments behind the command's words. */
export type ReplyTransform = (
  reply: unknown,
  args: readonly Argument[],
) => unknown;
