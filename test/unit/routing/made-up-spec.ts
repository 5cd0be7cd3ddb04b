import type {
  CommandSpec,
  KeySpec,
} from '../../../lib/commands/command-spec.js';
import { encodeWords } from '../../../lib/protocol/encoded-words.js';

/** A command of no server, as live tips of a module could describe it. */
export function madeUpSpec(
  facts: Partial<CommandSpec> & { findKeys?: KeySpec['findKeys'] },
): CommandSpec {
  const { findKeys, ...others } = facts;
  const name = facts.name ?? 'MOD.CMD';
  return {
    name,
    words: [name],
    wire: encodeWords([name]),
    arity: -2,
    flags: 0,
    keySpecs:
      findKeys === undefined
        ? []
        : [{ beginSearch: { type: 'index', index: 1 }, findKeys, flags: [] }],
    firstKey: -1,
    singleKey: false,
    plain: false,
    requestPolicy: 'multi_shard',
    responsePolicy: 'default',
    withOneArgument: undefined,
    wholeWith: undefined,
    source: 'server',
    reply: undefined,
    refused: undefined,
    oneNode: false,
    binaryReply: false,
    ...others,
  };
}
