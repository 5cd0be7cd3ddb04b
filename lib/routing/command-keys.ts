import type {
  Argument,
  CommandSpec,
  KeySpec,
} from '../commands/command-spec.js';
import { KEY_PARSERS } from './key-parsers.js';

/**
 * Finds a command's keys by its key specifications, as the server does
 * (https://redis.io/docs/latest/develop/reference/key-specs/). What is routed
 * like a key without being one (`not_key`: the channel of SPUBLISH) counts.
 *
 * @returns the index of every key in `args`, by specification
 */
export function keyIndexes(
  spec: CommandSpec,
  args: readonly Argument[],
): number[] {
  const parser = KEY_PARSERS[spec.name];
  if (parser !== undefined) return parser(args);
  const indexes: number[] = [];
  for (const keySpec of spec.keySpecs) {
    collect(keySpec, spec.words.length, args, indexes);
  }
  return indexes;
}

/**
 * The same for keys alone, each place once: without what only is routed like a
 * key (`not_key`).
 */
export function trueKeyIndexes(
  spec: CommandSpec,
  args: readonly Argument[],
): Iterable<number> {
  const parser = KEY_PARSERS[spec.name];
  if (parser !== undefined) return parser(args);
  const indexes: number[] = [];
  for (const keySpec of spec.keySpecs) {
    if (keySpec.flags.includes('not_key')) continue;
    collect(keySpec, spec.words.length, args, indexes);
  }
  return spec.keySpecs.length > 1 ? new Set(indexes) : indexes;
}

/**
 * Servers count from the command's first word, and a subcommand's words count:
 * position `p` of a specification is `args[p - wordCount]`.
 */
function collect(
  { beginSearch, findKeys }: KeySpec,
  wordCount: number,
  args: readonly Argument[],
  indexes: number[],
): void {
  const begin = searchBegin(beginSearch, wordCount, args);
  if (begin === undefined) return;
  if (findKeys.type === 'range') {
    const last = lastOfRange(findKeys, begin, args.length);
    const step = Math.max(1, findKeys.keyStep);
    for (let index = begin; index <= last; index += step) indexes.push(index);
  } else if (findKeys.type === 'keynum') {
    const count = Number(args[begin + findKeys.keyNumIndex]);
    const step = Math.max(1, findKeys.keyStep);
    for (let nth = 0; nth < count; nth++) {
      const index = begin + findKeys.firstKey + nth * step;
      // a count beyond the arguments is the server's to refuse
      if (index >= args.length) return;
      indexes.push(index);
    }
  }
}

function lastOfRange(
  { lastKey, limit }: { lastKey: number; limit: number },
  begin: number,
  length: number,
): number {
  if (lastKey >= 0) return Math.min(begin + lastKey, length - 1);
  // with a limit, only the first 1/limit of what is left are keys (XREAD: half)
  const span =
    limit > 1 ? Math.floor((length - begin) / limit) : length - begin;
  return begin + span + lastKey;
}

function searchBegin(
  beginSearch: KeySpec['beginSearch'],
  wordCount: number,
  args: readonly Argument[],
): number | undefined {
  if (beginSearch.type === 'index') {
    const index = beginSearch.index - wordCount;
    return index >= 0 && index < args.length ? index : undefined;
  }
  if (beginSearch.type !== 'keyword') return undefined;
  const { startFrom } = beginSearch;
  const wanted = beginSearch.keyword.toUpperCase();
  // a negative start counts back from the end and searches backwards
  const step = startFrom >= 0 ? 1 : -1;
  let index = startFrom >= 0 ? startFrom - wordCount : args.length + startFrom;
  for (; index >= 0 && index < args.length; index += step) {
    if (String(args[index]).toUpperCase() === wanted) return index + 1;
  }
  return undefined;
}
