import { encodeWords } from '../protocol/encoded-words.js';
import { withReplicaRead } from './command-facts.js';
import {
  CommandFlag,
  type CommandSource,
  type CommandSpec,
} from './command-spec.js';

/**
 * The specification of a command whose keys are where the indexes say, for this
 * one call.
 *
 * @param words the command's words
 * @param indexes the places of its keys among the arguments behind the words
 */
export function specWithKeysAt(
  words: readonly string[],
  indexes: readonly number[],
  flags: number,
  source: CommandSource,
): CommandSpec {
  const keySpecs = keySpecsAt(words.length, indexes);
  return {
    name: words.join(' ').toUpperCase(),
    words,
    wire: encodeWords(words),
    arity: -words.length,
    flags: withReplicaRead(flags, keySpecs),
    keySpecs,
    firstKey: indexes[0] ?? -1,
    singleKey: indexes.length <= 1,
    plain: indexes.length === 1 && (flags & CommandFlag.Blocking) === 0,
    requestPolicy: 'default',
    responsePolicy: 'default',
    withOneArgument: undefined,
    wholeWith: undefined,
    source,
    reply: undefined,
    refused: undefined,
    oneNode: false,
    binaryReply: false,
    script: undefined,
    library: undefined,
  };
}

/** One specification per key, at its place. */
export function keySpecsAt(
  wordCount: number,
  indexes: readonly number[],
): CommandSpec['keySpecs'] {
  return indexes.map((index) => ({
    beginSearch: { type: 'index', index: index + wordCount },
    findKeys: { type: 'range', lastKey: 0, keyStep: 1, limit: 0 },
    flags: [],
  }));
}

/**
 * A command that is in no table and comes without its keys: the servers have
 * to be asked. Until then it may write, and goes only where a node is named.
 */
export function unknownSpec(name: string): CommandSpec {
  return {
    ...specWithKeysAt([name], [], CommandFlag.Write, 'unknown'),
    plain: false,
  };
}
