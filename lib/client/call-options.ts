import type { CallSettings } from '../execution/calls/call-settings.js';
import { formatBits } from '../execution/calls/reply-shape.js';
import { checkedReadFrom, type ReadFrom } from '../options/read-from.js';
import { readPolicy } from '../execution/reads/read-policy.js';
import { resolveReplies, type ReplyOptions } from '../options/reply-options.js';
import { positive } from '../options/resolve-options.js';
import { checkOptions } from './known-options.js';

/** What `with` changes for the calls on the view it gives. @publicApi */
export interface CallOptions {
  /** The whole time of one call, in milliseconds. @default the client's `commandTimeoutMs` */
  readonly timeoutMs?: number;
  /**
   * Ends the calls when it is aborted. What was not sent is not sent; a write
   * that was sent already rejects with `OutcomeUnknownError`.
   */
  readonly signal?: AbortSignal;
  /**
   * What the values of replies are; `'buffers'` is short for
   * `{ strings: 'buffers' }`. @default the client's `replies`
   */
  readonly replies?: 'strings' | 'buffers' | ReplyOptions;
  /** Whether keys in several slots may be split. @default the client's `nonAtomicCrossSlot` */
  readonly nonAtomicCrossSlot?: boolean;
  /** Where reads go; `'primary'` reads what was written. @default the client's `readFrom` */
  readonly readFrom?: ReadFrom;
}

const KNOWN = [
  'timeoutMs',
  'signal',
  'replies',
  'nonAtomicCrossSlot',
  'readFrom',
];

/** Checks the options of `with` and lays them over the settings in force. */
export function applyCallOptions(
  settings: CallSettings,
  options: CallOptions,
): CallSettings {
  checkOptions('with', options, KNOWN);
  const { replies, signal, nonAtomicCrossSlot } = options;
  const resolved = resolveReplies(replies, settings.replies);
  return {
    timeoutMs: positive('timeoutMs', options.timeoutMs, settings.timeoutMs),
    replies: resolved,
    format: formatBits(resolved),
    nonAtomicCrossSlot: nonAtomicCrossSlot ?? settings.nonAtomicCrossSlot,
    readFrom:
      options.readFrom === undefined
        ? settings.readFrom
        : readPolicy(checkedReadFrom(options.readFrom)),
    signal: signal ?? settings.signal,
  };
}
