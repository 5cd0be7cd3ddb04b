import { encodeWords } from '../protocol/encoded-words.js';
import {
  CommandFlag,
  type CommandSource,
  type CommandSpec,
  type KeySpec,
  type RequestPolicy,
  type ResponsePolicy,
} from './command-spec.js';
import { parseKeySpec } from './key-spec-text.js';
import { overrideOf } from './overrides.js';
import { onlyReports } from './reporting-commands.js';
import { actsOnOneNode, refusalOf } from './refused-commands.js';
import { replyTransforms } from './replies/reply-transforms.js';

/** What a server says of a command, in its COMMAND reply now or in the table made from it. */
export interface CommandFacts {
  /** The full upper-case name: `GET`, `SCRIPT LOAD`. */
  readonly name: string;
  readonly arity: number;
  /** Bits of {@link CommandFlag}. */
  readonly flags: number;
  readonly keySpecs: readonly KeySpec[];
  /** Undefined where it gives no such tip. */
  readonly request: RequestPolicy | undefined;
  readonly response: ResponsePolicy | undefined;
}

/**
 * Lays the curated facts over those of a server.
 *
 * @param origin where the facts come from
 */
export function specOf(
  facts: CommandFacts,
  origin: 'table' | 'server',
): CommandSpec {
  const { name, arity } = facts;
  const words = name.split(' ');
  const override = overrideOf(name);
  const keySpecs = override?.keySpecs?.map(parseKeySpec) ?? facts.keySpecs;
  const baseFlags =
    facts.flags |
    (override?.flags ?? 0) |
    (onlyReports(name) ? CommandFlag.ReadOnly : 0);
  const firstKey =
    override?.firstKey ?? firstKeyOf(keySpecs, arity, baseFlags, words.length);
  const singleKey = isSingleKey(keySpecs);
  const requestPolicy = override?.request ?? facts.request ?? 'default';
  const flags =
    override?.primaryOnly !== true &&
    (requestPolicy === 'default' || requestPolicy === 'multi_shard')
      ? withReplicaRead(baseFlags, keySpecs)
      : baseFlags & ~CommandFlag.ReplicaRead;
  const refused = refusalOf(name);
  const curated =
    refused !== undefined ||
    override?.request !== undefined ||
    override?.keySpecs !== undefined ||
    override?.response !== undefined;
  const source: CommandSource = curated ? 'curated' : origin;
  return {
    name,
    words,
    wire: encodeWords(words),
    arity,
    flags,
    keySpecs,
    firstKey,
    singleKey,
    plain:
      firstKey >= 0 &&
      singleKey &&
      requestPolicy === 'default' &&
      (flags & CommandFlag.Blocking) === 0 &&
      refused === undefined,
    requestPolicy,
    responsePolicy: override?.response ?? facts.response ?? 'default',
    withOneArgument: override?.withOneArgument,
    wholeWith: override?.wholeWith,
    source,
    reply: replyTransforms[name],
    refused,
    oneNode: actsOnOneNode(name),
    binaryReply: override?.binaryReply ?? false,
    script: undefined,
    library: undefined,
  };
}

/** What a key is flagged with that the command may change; `variable_flags` leaves it open. */
const CHANGING: ReadonlySet<string> = new Set([
  'RW',
  'OW',
  'RM',
  'insert',
  'update',
  'delete',
  'variable_flags',
]);

/** The flags, with {@link CommandFlag.ReplicaRead} where nothing says that the command does more than read its keys. */
export function withReplicaRead(
  flags: number,
  keySpecs: readonly KeySpec[],
): number {
  const { ReadOnly, Write, MayReplicate, ReplicaRead } = CommandFlag;
  return (flags & (ReadOnly | Write | MayReplicate)) === ReadOnly &&
    keySpecs.length > 0 &&
    !keySpecs.some((spec) => spec.flags.some((flag) => CHANGING.has(flag)))
    ? flags | ReplicaRead
    : flags & ~ReplicaRead;
}

/**
 * Where the first key always is, behind the words. `not_key` counts too: it
 * marks what is routed like a key without being one (the channel of SPUBLISH).
 */
function firstKeyOf(
  parsed: readonly KeySpec[],
  arity: number,
  flags: number,
  wordCount: number,
): number {
  const first = parsed[0];
  if (first?.beginSearch.type !== 'index') return -1;
  const { index } = first.beginSearch;
  // an argument that may be missing is at no fixed place
  if (index >= Math.abs(arity)) return -1;
  if (first.findKeys.type === 'range') return index - wordCount;
  if (first.findKeys.type !== 'keynum') return -1;
  // EVAL and FCALL may name no key at all: numkeys 0
  if ((flags & CommandFlag.Script) !== 0) return -1;
  return index + first.findKeys.firstKey - wordCount;
}

function isSingleKey(parsed: readonly KeySpec[]): boolean {
  if (parsed.length === 0) return true;
  const only = parsed[0];
  return (
    parsed.length === 1 &&
    only?.findKeys.type === 'range' &&
    only.findKeys.lastKey === 0 &&
    !only.flags.includes('incomplete')
  );
}
