import type { Key } from '../commands/command-spec.js';
import { ConfigurationError } from '../errors/configuration-error.js';
import {
  TransactionError,
  type TransactionResult,
} from '../errors/transaction-error.js';
import type { CallSettings } from '../execution/calls/call-settings.js';
import type { ExclusiveSession } from '../execution/transactions/exclusive-session.js';
import type { Executor } from '../execution/executor.js';
import type { RouteChoice } from '../execution/transactions/transaction-plan.js';
import type { TransactionReplies } from '../execution/transactions/transactions.js';
import { slotOfTarget } from './at.js';
import { checkOptions } from './known-options.js';
import {
  queueCommands,
  type QueuedCommands,
  type WantedReplies,
} from './queued-commands.js';
import type { QueuedReply } from './queued-reply.js';

/** Where a transaction goes whose commands have no keys, and when it rejects. @publicApi */
export interface TransactionOptions {
  /**
   * Gives the result of each command as `Promise.allSettled` does, where the
   * transaction was executed.
   *
   * @default false
   */
  readonly settle?: boolean;
  /** The primary that serves this key executes it; other keys must share its slot. */
  readonly key?: Key;
  /** The primary that serves this slot executes it; keys must be in it. */
  readonly slot?: number;
}

const KNOWN = ['settle', 'key', 'slot'];

/** What a transaction runs on. */
export interface TransactionGround {
  readonly executor: Executor;
  readonly settings: CallSettings;
  /** A connection of the caller's own; the shared ones without. */
  readonly session?: ExclusiveSession;
}

/**
 * Queues what the callback calls, runs it as one transaction, and gives the
 * results it wants; null when a watched key had changed.
 */
export async function runTransaction(
  { executor, settings, session }: TransactionGround,
  callback: (transaction: QueuedCommands<any>) => WantedReplies,
  options: TransactionOptions = {},
): Promise<unknown[] | null> {
  const choice = routeOf(executor, options);
  const { commands, wanted } = queueCommands('transaction', callback);
  const replies = await executor.executeTransaction(
    commands,
    choice,
    settings,
    session,
  );
  if (replies === null) return null;
  if (options.settle === true) {
    return wanted.map(({ position }) => settled(replies[position]));
  }
  refuseFailures(commands, replies);
  return wanted === commands
    ? replies
    : wanted.map(({ position }) => replies[position]);
}

function routeOf(
  executor: Executor,
  options: TransactionOptions,
): RouteChoice | undefined {
  checkOptions('transaction', options, KNOWN);
  const { key, slot } = options;
  if (key !== undefined && slot !== undefined) {
    throw new ConfigurationError('transaction: give either key or slot');
  }
  if (key !== undefined) {
    return {
      slot: slotOfTarget(executor, { key }, 'transaction'),
      name: `the key ${JSON.stringify(String(key))}`,
    };
  }
  return slot === undefined
    ? undefined
    : {
        slot: slotOfTarget(executor, { slot }, 'transaction'),
        name: `slot ${slot}`,
      };
}

function settled(reply: unknown): PromiseSettledResult<unknown> {
  return reply instanceof Error
    ? { status: 'rejected', reason: reply }
    : { status: 'fulfilled', value: reply };
}

function refuseFailures(
  commands: readonly QueuedReply[],
  replies: NonNullable<TransactionReplies>,
): void {
  const first = replies.findIndex((reply) => reply instanceof Error);
  if (first === -1) return;
  const results = commands.map(({ spec }, position): TransactionResult => {
    const reply = replies[position];
    return reply instanceof Error
      ? { command: spec.name, error: reply }
      : { command: spec.name, reply };
  });
  const failed = results.filter(({ error }) => error !== undefined).length;
  const { command, error } = results[first]!;
  const { node, slot, attempts, elapsedMs } = error as TransactionError;
  throw new TransactionError(
    `The transaction was executed, and ${failed} of its ${commands.length} commands failed: ` +
      `command ${first + 1} (${command}): ${error!.message}${failed > 1 ? '; and others' : ''}`,
    results,
    { command, node, slot, attempts, elapsedMs, cause: error },
  );
}
