import {
  CommandFlag,
  type Argument,
  type CommandSpec,
} from '../commands/command-spec.js';
import { ConfigurationError } from '../errors/configuration-error.js';
import { CrossSlotError } from '../errors/cross-slot-error.js';
import { SLOT_COUNT } from '../topology/cluster-topology.js';
import { keyIndexes } from './command-keys.js';
import { keySlot } from './key-slot.js';
import { listKeys, shownKey } from './shown-keys.js';
import { splitBySlot, type SplitPart } from './split.js';

/** Where a command goes. */
export type Plan =
  /** To the owner of one slot. */
  | { readonly kind: 'slot'; readonly slot: number }
  /** To any primary: the command has no key. */
  | { readonly kind: 'any' }
  /** In parts, each to the owner of its slot. */
  | { readonly kind: 'split'; readonly parts: readonly SplitPart[] }
  /** To every primary, or to every node. */
  | { readonly kind: 'fanOut'; readonly target: 'primaries' | 'nodes' };

/**
 * Plans a command: policy and keys in, nodes out. Sends nothing.
 *
 * @param nonAtomicCrossSlot whether keys in several slots may be split
 * @throws {CrossSlotError} when its keys lie in several slots and it may not be split
 * @throws {ConfigurationError} when the command makes no sense on a shared
 * connection, is a script that may write and has no keys, or is malformed and
 * would be split
 */
export function planCommand(
  spec: CommandSpec,
  args: readonly Argument[],
  nonAtomicCrossSlot: boolean,
): Plan {
  if (spec.refused !== undefined) {
    throw new ConfigurationError(spec.refused, {
      command: spec.name,
    });
  }
  if (spec.requestPolicy === 'all_shards') {
    return { kind: 'fanOut', target: 'primaries' };
  }
  if (spec.requestPolicy === 'all_nodes') {
    return { kind: 'fanOut', target: 'nodes' };
  }
  if (spec.requestPolicy === 'slot_argument') {
    const slot = Number(String(args[0]));
    // what is no slot is the server's to refuse
    return Number.isInteger(slot) && slot >= 0 && slot < SLOT_COUNT
      ? { kind: 'slot', slot }
      : { kind: 'any' };
  }
  const indexes = keyIndexes(spec, args);
  if (indexes.length === 0) {
    if (isWritingScript(spec)) throw nowhere(spec);
    return { kind: 'any' };
  }
  const slots = indexes.map((index) => keySlot(args[index]!));
  const slot = slots[0]!;
  if (slots.every((other) => other === slot)) return { kind: 'slot', slot };
  if (isSplittable(spec, args, indexes) && nonAtomicCrossSlot) {
    const parts = splitBySlot(spec, args, indexes, slots);
    if (parts !== undefined) return { kind: 'split', parts };
  }
  throw crossSlot(spec, args, indexes, slots, nonAtomicCrossSlot);
}

/** A script or function that may write, and so does not run just anywhere. */
function isWritingScript({ flags }: CommandSpec): boolean {
  return (
    (flags & CommandFlag.Script) !== 0 && (flags & CommandFlag.ReadOnly) === 0
  );
}

function nowhere({ name }: CommandSpec): ConfigurationError {
  return new ConfigurationError(
    `${name} has no keys, so nothing says where it runs, and it may write: name its keys, ` +
      "or a place (client.at({ key }), client.at('primaries')); one that only reads runs anywhere by its read-only form",
    { command: name },
  );
}

/** The command in the form in which it is called, where its forms reply differently. */
export function formOf(
  spec: CommandSpec,
  args: readonly Argument[],
): CommandSpec {
  const { withOneArgument } = spec;
  return withOneArgument !== undefined && args.length === 1
    ? { ...spec, responsePolicy: withOneArgument }
    : spec;
}

function isSplittable(
  { requestPolicy, wholeWith, keySpecs }: CommandSpec,
  args: readonly Argument[],
  indexes: readonly number[],
): boolean {
  if (requestPolicy !== 'multi_shard') return false;
  if (wholeWith === undefined) return true;
  const findKeys = keySpecs[0]?.findKeys;
  const step = findKeys?.type === 'keynum' ? findKeys.keyStep : 1;
  const options = args.slice(indexes[indexes.length - 1]! + step);
  return !options.some((word) =>
    wholeWith.includes(String(word).toUpperCase()),
  );
}

function crossSlot(
  spec: CommandSpec,
  args: readonly Argument[],
  indexes: readonly number[],
  slots: readonly number[],
  nonAtomicCrossSlot: boolean,
): CrossSlotError {
  const keys = indexes.map((index) => shownKey(args[index]!));
  const why =
    spec.requestPolicy === 'multi_shard' && !nonAtomicCrossSlot
      ? 'nonAtomicCrossSlot is false'
      : 'it cannot be split without breaking its promise';
  return new CrossSlotError(
    `${spec.name} has keys in ${new Set(slots).size} slots, and ${why}: ${listKeys(keys, slots)}. ` +
      'Keys with one hash tag, as in {tag}:key, share a slot',
    keys,
    slots,
    { command: spec.name },
  );
}
