import type { Argument, CommandSpec } from '../../commands/command-spec.js';
import {
  commandSpec,
  type FoundCommand,
} from '../../commands/command-table.js';
import { ConfigurationError } from '../../errors/configuration-error.js';
import { CrossSlotError } from '../../errors/cross-slot-error.js';
import { keyIndexes } from '../../routing/command-keys.js';
import { keySlot } from '../../routing/key-slot.js';
import { listKeys, shownKey } from '../../routing/shown-keys.js';
import { blockingTimeoutMs } from '../calls/blocking.js';

/** Where a transaction goes. */
export interface TransactionRoute {
  readonly slot: number;
  /** Undefined where only the caller's route decided. */
  readonly key: string | Buffer | undefined;
}

/** What a caller says of the place of a transaction. */
export interface RouteChoice {
  /** The slot that all keys must be in, and what it is that of: a key, or itself. */
  readonly slot: number;
  readonly name: string;
}

/**
 * Checks that commands can be one transaction, and finds its place: the slot
 * of the first key. Sends nothing.
 *
 * @throws {CrossSlotError} when not all keys are in one slot
 * @throws {ConfigurationError} for a command that makes no sense in a
 *   transaction, and where neither a key nor the caller names a place
 */
export function planTransaction(
  commands: readonly FoundCommand[],
  choice: RouteChoice | undefined,
): TransactionRoute {
  const keys: Argument[] = [];
  for (const { spec, args } of commands) {
    refuseMisplaced(spec, args);
    for (const index of keyIndexes(spec, args)) keys.push(args[index]!);
  }
  const slots = keys.map(keySlot);
  const slot = choice?.slot ?? slots[0];
  if (slot === undefined) {
    throw new ConfigurationError(
      'transaction: none of its commands has a key; name its place: transaction(..., { key }) or { slot }',
      { command: 'EXEC' },
    );
  }
  if (slots.some((other) => other !== slot)) {
    throw crossSlot(keys, slots, choice);
  }
  const [key] = keys;
  return {
    slot,
    key: key === undefined || Buffer.isBuffer(key) ? key : String(key),
  };
}

/**
 * The command as a transaction queues it: a script goes with its text, since
 * nothing can be loaded between MULTI and EXEC.
 */
export function asTransacted({ spec, args }: FoundCommand): FoundCommand {
  const { script } = spec;
  if (script === undefined) return { spec, args };
  const name = spec.name === 'EVALSHA_RO' ? 'EVAL_RO' : 'EVAL';
  return {
    spec: { ...commandSpec(name), reply: spec.reply },
    args: [script.text, ...args.slice(1)],
  };
}

function refuseMisplaced(spec: CommandSpec, args: readonly Argument[]): void {
  const { name, requestPolicy } = spec;
  let why: string | undefined;
  if (spec.refused !== undefined) {
    why = spec.refused;
  } else if (spec.source === 'unknown') {
    why = `${name}: it is in no table, and a transaction must know its keys; name them: call(..., { keys: [...] }), or ask the servers before: learnCommands('${name}').`;
  } else if (blockingTimeoutMs(spec, args) !== undefined) {
    why = `${name}: nothing blocks inside a transaction; use its form that does not block, or call it alone.`;
  } else if (requestPolicy === 'all_shards' || requestPolicy === 'all_nodes') {
    why = `${name}: it goes to several nodes, and a transaction is executed by one; call it alone.`;
  }
  if (why === undefined) return;
  throw new ConfigurationError(`transaction: ${why}`, { command: name });
}

function crossSlot(
  keys: readonly Argument[],
  slots: readonly number[],
  choice: RouteChoice | undefined,
): CrossSlotError {
  const shown = keys.map(shownKey);
  const place =
    choice === undefined ? '' : `, not all in that of ${choice.name}`;
  return new CrossSlotError(
    `A transaction is executed by one shard, in one slot; its keys are in ${new Set(slots).size}${place}: ${listKeys(shown, slots)}. ` +
      'Keys with one hash tag, as in {tag}:key, share a slot; a pipeline takes keys of any slots, and is not atomic',
    shown,
    slots,
    { command: 'EXEC' },
  );
}
