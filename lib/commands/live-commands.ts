import { replyRecord } from '../protocol/reply-record.js';
import { specOf, type CommandFacts } from './command-facts.js';
import {
  CommandFlag,
  type CommandSpec,
  type KeySpec,
  type RequestPolicy,
  type ResponsePolicy,
} from './command-spec.js';

const REQUEST_POLICIES: ReadonlySet<string> = new Set<RequestPolicy>([
  'all_nodes',
  'all_shards',
  'multi_shard',
  'special',
]);

const RESPONSE_POLICIES: ReadonlySet<string> = new Set<ResponsePolicy>([
  'one_succeeded',
  'all_succeeded',
  'agg_logical_and',
  'agg_logical_or',
  'agg_min',
  'agg_max',
  'agg_sum',
  'special',
]);

const FLAG_BITS: Readonly<Record<string, number>> = Object.assign(
  Object.create(null) as object,
  {
    write: CommandFlag.Write,
    readonly: CommandFlag.ReadOnly,
    blocking: CommandFlag.Blocking,
    movablekeys: CommandFlag.MovableKeys,
  },
);

/**
 * Reads a reply of COMMAND or COMMAND INFO, in its RESP2 or RESP3 form: the
 * commands and their subcommands, under their full upper-case names. What the
 * server does not know (null) is left out; unknown tips and flags are ignored,
 * as https://redis.io/docs/latest/develop/reference/command-tips/ asks.
 */
export function parseLiveCommands(reply: unknown): CommandFacts[] {
  return Array.isArray(reply) ? reply.flatMap(parseEntry) : [];
}

function parseEntry(entry: unknown): CommandFacts[] {
  if (!Array.isArray(entry)) return [];
  const [name, arity, flags, , , , , tips, keySpecs, subcommands] =
    entry as unknown[];
  const tipTexts = texts(tips);
  return [
    {
      name: String(name).toUpperCase().replace('|', ' '),
      arity: Number(arity),
      flags: texts(flags).reduce(
        (bits, flag) => bits | (FLAG_BITS[flag] ?? 0),
        0,
      ),
      keySpecs: list(keySpecs).map(parseKeySpec),
      request: policy(tipTexts, 'request_policy:', REQUEST_POLICIES) as
        RequestPolicy | undefined,
      response: policy(tipTexts, 'response_policy:', RESPONSE_POLICIES) as
        ResponsePolicy | undefined,
    },
    ...parseLiveCommands(subcommands),
  ];
}

function policy(
  tips: readonly string[],
  prefix: string,
  known: ReadonlySet<string>,
): string | undefined {
  const tip = tips.find((text) => text.startsWith(prefix));
  const value = tip?.slice(prefix.length);
  return value !== undefined && known.has(value) ? value : undefined;
}

function parseKeySpec(reply: unknown): KeySpec {
  const spec = replyRecord(reply);
  const begin = replyRecord(spec['begin_search']);
  const find = replyRecord(spec['find_keys']);
  return {
    beginSearch: parseBeginSearch(begin['type'], replyRecord(begin['spec'])),
    findKeys: parseFindKeys(find['type'], replyRecord(find['spec'])),
    flags: texts(spec['flags']),
  };
}

function parseBeginSearch(
  type: unknown,
  spec: Record<string, unknown>,
): KeySpec['beginSearch'] {
  if (type === 'index') return { type, index: Number(spec['index']) };
  return type === 'keyword'
    ? {
        type,
        keyword: String(spec['keyword']),
        startFrom: Number(spec['startfrom']),
      }
    : { type: 'unknown' };
}

function parseFindKeys(
  type: unknown,
  spec: Record<string, unknown>,
): KeySpec['findKeys'] {
  const keyStep = Number(spec['keystep']);
  if (type === 'range') {
    const limit = Number(spec['limit']);
    return { type, lastKey: Number(spec['lastkey']), keyStep, limit };
  }
  if (type !== 'keynum') return { type: 'unknown' };
  return {
    type,
    keyNumIndex: Number(spec['keynumidx']),
    firstKey: Number(spec['firstkey']),
    keyStep,
  };
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const texts = (value: unknown): string[] => list(value).map(String);

/**
 * The specification of a command that is in no table, from what a server says
 * of it. One that it flags neither as a write nor as read-only may still
 * replicate (CMD_MAY_REPLICATE is not part of the COMMAND reply).
 */
export function liveSpec(facts: CommandFacts): CommandSpec {
  const told = facts.flags & (CommandFlag.Write | CommandFlag.ReadOnly);
  return specOf(
    told === 0
      ? { ...facts, flags: facts.flags | CommandFlag.MayReplicate }
      : facts,
    'server',
  );
}

/**
 * Lays what a server says over a row of the table. Curated entries stand, and
 * so does what the server leaves open: an older one has fewer tips.
 */
export function withLiveFacts(
  spec: CommandSpec,
  facts: CommandFacts,
): CommandSpec {
  if (spec.source !== 'table') return spec;
  const telling = facts.keySpecs.length > 0 && keysAreSpecified(facts);
  return {
    ...specOf(
      {
        ...facts,
        flags: facts.flags | spec.flags,
        keySpecs: telling ? facts.keySpecs : spec.keySpecs,
        request: facts.request ?? spec.requestPolicy,
        response: facts.response ?? spec.responsePolicy,
      },
      'server',
    ),
    wire: spec.wire,
    reply: spec.reply,
  };
}

/**
 * Whether the key specifications alone tell every key. Servers flag as movable
 * whatever is not at fixed places; where the specifications do not show why,
 * the command (of a module) has a function of its own that finds its keys, and
 * only COMMAND GETKEYS knows them.
 */
export function keysAreSpecified({
  flags,
  keySpecs,
}: Pick<CommandFacts, 'flags' | 'keySpecs'>): boolean {
  if ((flags & CommandFlag.MovableKeys) === 0) return true;
  const complete = keySpecs.every(
    (spec) =>
      spec.beginSearch.type !== 'unknown' &&
      spec.findKeys.type !== 'unknown' &&
      !spec.flags.includes('incomplete'),
  );
  const movable = keySpecs.some(
    ({ beginSearch, findKeys }) =>
      beginSearch.type === 'keyword' || findKeys.type === 'keynum',
  );
  return complete && movable;
}
