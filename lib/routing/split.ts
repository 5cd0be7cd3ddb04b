import type { Argument, CommandSpec } from '../commands/command-spec.js';
import { ConfigurationError } from '../errors/configuration-error.js';

/** The part of a split command that goes to one slot. */
export interface SplitPart {
  readonly slot: number;
  readonly args: readonly Argument[];
  /** For each key of the part, its place among all keys of the call. */
  readonly positions: readonly number[];
}

/**
 * Splits a command by the slots of its keys. Order and duplicates are kept;
 * what stands before and behind the keys goes into every part; values stay
 * with their keys, and a count of keys becomes the part's own.
 *
 * @param indexes where the keys are in `args`
 * @param slots the slot of each
 * @returns undefined where the keys form no single run that could be split
 * @throws {ConfigurationError} where a value is missing or the count is wrong
 */
export function splitBySlot(
  spec: CommandSpec,
  args: readonly Argument[],
  indexes: readonly number[],
  slots: readonly number[],
): SplitPart[] | undefined {
  const [keySpec] = spec.keySpecs;
  if (spec.keySpecs.length !== 1 || keySpec === undefined) return undefined;
  const { findKeys } = keySpec;
  if (findKeys.type === 'unknown') return undefined;
  // of XREAD's kind: an argument for each key stands behind all of them
  if (findKeys.type === 'range' && findKeys.limit > 1) return undefined;
  const step = Math.max(1, findKeys.keyStep);
  const first = indexes[0]!;
  const end = indexes[indexes.length - 1]! + step;
  const countIndex =
    findKeys.type === 'keynum'
      ? first - findKeys.firstKey + findKeys.keyNumIndex
      : -1;
  // what the server would refuse as a whole must not be half executed in parts
  if (end > args.length) {
    throw malformed(spec, 'its last key has no value');
  }
  if (countIndex >= 0 && Number(args[countIndex]) !== indexes.length) {
    throw malformed(spec, 'it announces more keys than it has');
  }
  const before = args.slice(0, first);
  const groups = new Map<number, { args: Argument[]; positions: number[] }>();
  indexes.forEach((index, position) => {
    const slot = slots[position]!;
    let group = groups.get(slot);
    if (group === undefined) {
      group = { args: before.slice(), positions: [] };
      groups.set(slot, group);
    }
    group.positions.push(position);
    for (let offset = 0; offset < step; offset++) {
      group.args.push(args[index + offset]!);
    }
  });
  const behind = args.slice(end);
  const parts: SplitPart[] = [];
  for (const [slot, group] of groups) {
    if (countIndex >= 0) group.args[countIndex] = group.positions.length;
    group.args.push(...behind);
    parts.push({ slot, args: group.args, positions: group.positions });
  }
  return parts;
}

function malformed(spec: CommandSpec, what: string): ConfigurationError {
  return new ConfigurationError(`${spec.name}: ${what}`, {
    command: spec.name,
  });
}
