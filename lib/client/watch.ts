import { setTimeout as sleep } from 'node:timers/promises';
import type { Key } from '../commands/command-spec.js';
import { ConfigurationError } from '../errors/configuration-error.js';
import { CrossSlotError } from '../errors/cross-slot-error.js';
import { TransactionAbortedError } from '../errors/transaction-aborted-error.js';
import type { CallSettings } from '../execution/calls/call-settings.js';
import type { SessionWish } from '../execution/transactions/exclusive-runner.js';
import type { Executor } from '../execution/executor.js';
import { formatAddress } from '../options/node-address.js';
import { keySlot } from '../routing/key-slot.js';
import { shownKey } from '../routing/shown-keys.js';
import { backoffDelay } from '../time/backoff.js';
import { callSite } from './call-site.js';
import { checkOptions } from './known-options.js';
import { WatchedCommands } from './watched-commands.js';

/** How often `watch` tries, and what it does then. @publicApi */
export interface WatchOptions {
  /**
   * How often the work is done at most: again each time its transaction was
   * aborted, because a watched key had changed or the watch was lost (a
   * failover, a moved slot, a lost connection).
   *
   * @default 10
   */
  readonly maxAttempts?: number;
  /** What follows the last of them: a `TransactionAbortedError`, or null as the result. @default 'throw' */
  readonly onAbort?: 'throw' | 'null';
}

const DEFAULT_ATTEMPTS = 10;

/** Between two attempts, in milliseconds: two that met each other would meet again. */
const RETRY_DELAY = { min: 1, max: 100 };

/** Watches keys and does the work, again where its transaction was aborted. */
export async function runWatch<T>(
  executor: Executor,
  settings: CallSettings,
  keys: Key | readonly Key[],
  work: (watched: WatchedCommands<any>) => T | Promise<T>,
  options: WatchOptions = {},
): Promise<T | null> {
  const holder = callSite('This is where it was taken');
  const { maxAttempts = DEFAULT_ATTEMPTS, onAbort = 'throw' } = options;
  const list = Array.isArray(keys) ? (keys as readonly Key[]) : [keys as Key];
  check(list, work, maxAttempts, onAbort);
  checkOptions('watch', options, ['maxAttempts', 'onAbort']);
  const shown = list.map(shownKey);
  const slot = commonSlot(executor, list, shown);
  const route = { slot, name: 'the watched keys' };
  let wish: SessionWish = { place: { slot }, route, holder };
  for (let attempt = 1; ; attempt++) {
    const session = await executor.openSession(wish, settings);
    const watched = new WatchedCommands({ executor, settings, session }, shown);
    try {
      await watched.begin(list);
      return await Promise.race([work(watched), session.takenBack()]);
    } catch (error) {
      if (watched.aborted === undefined) throw error;
    } finally {
      session.release();
    }
    if (attempt >= maxAttempts) {
      if (onAbort === 'null') return null;
      throw abandoned(shown, slot, attempt, watched.aborted);
    }
    const { redirect } = watched;
    wish =
      redirect?.kind === 'ask'
        ? {
            place: {
              address: redirect.target,
              label: formatAddress(redirect.target),
            },
            route,
            asking: true,
            holder,
          }
        : { place: { slot }, route, holder };
    await sleep(backoffDelay(attempt, RETRY_DELAY));
    settings.signal?.throwIfAborted();
  }
}

function abandoned(
  keys: readonly (string | Buffer)[],
  slot: number,
  attempts: number,
  cause: Error,
): TransactionAbortedError {
  const times = attempts === 1 ? 'one attempt' : `${attempts} attempts`;
  return new TransactionAbortedError(
    `The transaction was executed in none of ${times}: ` +
      (cause instanceof TransactionAbortedError
        ? 'a watched key had changed each time'
        : `the last watch was lost: ${cause.message}`),
    keys,
    { command: 'EXEC', slot, attempts, cause },
  );
}

function check(
  keys: readonly Key[],
  work: unknown,
  maxAttempts: number,
  onAbort: string,
): void {
  let problem: string | undefined;
  if (keys.length === 0) problem = 'expected at least one key';
  else if (typeof work !== 'function') problem = 'expected a function';
  else if (!Number.isInteger(maxAttempts) || maxAttempts < 1) {
    problem = 'maxAttempts must be a whole number, at least 1';
  } else if (onAbort !== 'throw' && onAbort !== 'null') {
    problem = "onAbort must be 'throw' or 'null'";
  }
  if (problem !== undefined) throw new ConfigurationError(`watch: ${problem}`);
}

function commonSlot(
  executor: Executor,
  keys: readonly Key[],
  shown: readonly (string | Buffer)[],
): number {
  const slots = keys.map((key) => keySlot(executor.wireKey(key)));
  const [slot] = slots;
  if (slots.every((other) => other === slot)) return slot!;
  throw new CrossSlotError(
    `watch: the keys are in ${new Set(slots).size} slots, and no transaction spans several: ` +
      shown
        .slice(0, 10)
        .map(
          (key, nth) => `${JSON.stringify(String(key))} (slot ${slots[nth]})`,
        )
        .join(', ') +
      '. Keys with one hash tag, as in {tag}:key, share a slot',
    shown,
    slots,
    { command: 'WATCH' },
  );
}
