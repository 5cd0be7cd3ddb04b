import { encodeWords } from '../protocol/encoded-words.js';
import { COMMAND_ROWS, KEY_SPECS } from './command-table.generated.js';
import {
  CommandFlag,
  type Argument,
  type CommandSpec,
  type KeySpec,
  type RequestPolicy,
  type ResponsePolicy,
} from './command-spec.js';
import { overrideOf } from './overrides.js';
import { actsOnOneNode, refusalOf } from './refused-commands.js';
import { replyTransforms } from './replies/reply-transforms.js';

/** A command found in the table, with the arguments behind its words. */
export interface FoundCommand {
  readonly spec: CommandSpec;
  readonly args: Argument[];
}

const REQUEST_POLICIES: Record<string, RequestPolicy> = {
  '.': 'default',
  m: 'multi_shard',
  s: 'all_shards',
  n: 'all_nodes',
  x: 'special',
};

const RESPONSE_POLICIES: Record<string, ResponsePolicy> = {
  '.': 'default',
  o: 'one_succeeded',
  s: 'all_succeeded',
  a: 'agg_logical_and',
  r: 'agg_logical_or',
  '-': 'agg_min',
  '+': 'agg_max',
  '=': 'agg_sum',
  x: 'special',
};

// Rows are split once, when the first command is looked up, and parsed one by
// one when they are asked for: importing the package pays for none of them.
let rows: Map<string, string> | undefined;
const containers = new Set<string>();
const specs = new Map<string, CommandSpec>();
const keySpecs: KeySpec[] = [];

function tableRows(): Map<string, string> {
  if (rows !== undefined) return rows;
  rows = new Map();
  for (const row of COMMAND_ROWS.trim().split('\n')) {
    const name = row.slice(0, row.indexOf('|'));
    rows.set(name, row);
    const space = name.indexOf(' ');
    if (space > 0) containers.add(name.slice(0, space));
  }
  return rows;
}

/**
 * Finds the command that `words` begin with, whatever their case.
 *
 * A container command (`SCRIPT`) takes its second word along (`SCRIPT LOAD`).
 *
 * @param words the command as it is to stand on the wire
 * @returns the command and the arguments behind its words; undefined for a
 *   command or subcommand that no known server has
 */
export function findCommand(
  words: readonly Argument[],
): FoundCommand | undefined {
  const first = words[0];
  if (first === undefined) return undefined;
  const name = nameOf(first);
  const table = tableRows();
  const second = words[1];
  if (second !== undefined && containers.has(name)) {
    const full = `${name} ${nameOf(second)}`;
    return table.has(full)
      ? { spec: commandSpec(full), args: words.slice(2) }
      : undefined;
  }
  // no name has a space of its own: `call('SCRIPT LOAD')` is no command
  return table.has(name) && !name.includes(' ')
    ? { spec: commandSpec(name), args: words.slice(1) }
    : undefined;
}

function nameOf(word: Argument): string {
  return typeof word === 'string'
    ? word.toUpperCase()
    : Buffer.isBuffer(word)
      ? word.toString('latin1').toUpperCase()
      : String(word);
}

/**
 * @param name the full name, in upper case: `GET`, `SCRIPT LOAD`
 * @throws RangeError for a name that is not in the table
 */
export function commandSpec(name: string): CommandSpec {
  const known = specs.get(name);
  if (known !== undefined) return known;
  const row = tableRows().get(name);
  if (row === undefined) {
    throw new RangeError(`No command ${name} in the command table`);
  }
  const spec = parseRow(row);
  specs.set(name, spec);
  return spec;
}

/** The full names of all commands and subcommands of the table, sorted. */
export function commandNames(): string[] {
  return [...tableRows().keys()];
}

function parseRow(row: string): CommandSpec {
  const [name = '', arity, bits, specIndexes = '', policy = '..'] =
    row.split('|');
  const words = name.split(' ');
  const override = overrideOf(name);
  const flags = Number(bits) | (override?.flags ?? 0);
  const parsed =
    override?.keySpecs?.map(parseKeySpec) ??
    specIndexes
      .split(',')
      .filter((index) => index !== '')
      .map((index) => keySpecAt(Number(index)));
  const wordCount = words.length;
  const firstKey =
    override?.firstKey ?? firstKeyOf(parsed, Number(arity), flags, wordCount);
  const singleKey = isSingleKey(parsed);
  const requestPolicy =
    override?.request ?? REQUEST_POLICIES[policy.charAt(0)] ?? 'default';
  const responsePolicy =
    override?.response ?? RESPONSE_POLICIES[policy.charAt(1)] ?? 'default';
  const refused = refusalOf(name);
  return {
    name,
    words,
    wire: encodeWords(words),
    arity: Number(arity),
    flags,
    keySpecs: parsed,
    firstKey,
    singleKey,
    plain:
      firstKey >= 0 &&
      singleKey &&
      requestPolicy === 'default' &&
      (flags & CommandFlag.Blocking) === 0 &&
      refused === undefined,
    requestPolicy,
    responsePolicy,
    reply: replyTransforms[name],
    refused,
    oneNode: actsOnOneNode(name),
    binaryReply: override?.binaryReply ?? false,
  };
}

function keySpecAt(index: number): KeySpec {
  return (keySpecs[index] ??= parseKeySpec(KEY_SPECS[index] ?? '/?/?'));
}

function parseKeySpec(text: string): KeySpec {
  const [flags = '', begin = '?', find = '?'] = text.split('/');
  return {
    beginSearch: parseBeginSearch(begin),
    findKeys: parseFindKeys(find),
    flags: flags.split('+'),
  };
}

function parseBeginSearch(text: string): KeySpec['beginSearch'] {
  if (text.startsWith('i')) {
    return { type: 'index', index: Number(text.slice(1)) };
  }
  if (text.startsWith('k')) {
    const [keyword = '', startFrom] = text.slice(1).split(':');
    return { type: 'keyword', keyword, startFrom: Number(startFrom) };
  }
  return { type: 'unknown' };
}

function parseFindKeys(text: string): KeySpec['findKeys'] {
  const [first = 0, second = 0, third = 0] = text
    .slice(1)
    .split(',')
    .map(Number);
  if (text.startsWith('r')) {
    return { type: 'range', lastKey: first, keyStep: second, limit: third };
  }
  if (text.startsWith('n')) {
    return {
      type: 'keynum',
      keyNumIndex: first,
      firstKey: second,
      keyStep: third,
    };
  }
  return { type: 'unknown' };
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
