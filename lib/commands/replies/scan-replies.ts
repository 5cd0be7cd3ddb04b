import type { Argument, ReplyTransform } from '../command-spec.js';
import { fieldValues, type FieldValue } from './hash-replies.js';
import { isToken, textOf, type ReplyText } from './reply-text.js';
import { scoredMembers, type ScoredMember } from './score-replies.js';

/** One step of SCAN. @publicApi */
export interface ScannedKeys<Text = string> {
  /** Where to go on; `'0'` at the end. */
  readonly cursor: string;
  /** A key can occur more than once. */
  readonly keys: Text[];
}

/** One step of HSCAN. @publicApi */
export interface ScannedEntries<Text = string> {
  /** Where to go on; `'0'` at the end. */
  readonly cursor: string;
  /** A field can occur more than once. */
  readonly entries: FieldValue<Text>[];
}

/** One step of HSCAN with `novalues`. @publicApi */
export interface ScannedFields<Text = string> {
  /** Where to go on; `'0'` at the end. */
  readonly cursor: string;
  /** A field can occur more than once. */
  readonly fields: Text[];
}

/** One step of SSCAN, or of ZSCAN with `noscores`. @publicApi */
export interface ScannedMembers<Text = string> {
  /** Where to go on; `'0'` at the end. */
  readonly cursor: string;
  /** A member can occur more than once. */
  readonly members: Text[];
}

/** One step of ZSCAN. @publicApi */
export interface ScannedScores<Text = string> {
  /** Where to go on; `'0'` at the end. */
  readonly cursor: string;
  /** A member can occur more than once. */
  readonly members: ScoredMember<Text>[];
}

const step =
  (
    shape: (
      items: ReplyText[],
      args: readonly Argument[],
    ) => Record<string, unknown>,
  ): ReplyTransform =>
  (reply, args) =>
    Array.isArray(reply)
      ? {
          cursor: textOf(reply[0]),
          ...shape(reply[1] as ReplyText[], args),
        }
      : reply;

/** Whether a bare token stands behind `key cursor`, not as another option's value. */
function hasOption(args: readonly Argument[], token: string): boolean {
  for (let at = 2; at < args.length; at += 1) {
    if (isToken(args[at], token)) return true;
    if (isToken(args[at], 'MATCH') || isToken(args[at], 'COUNT')) at += 1;
  }
  return false;
}

export const scannedKeys = step((keys) => ({ keys }));

export const scannedMembers = step((members) => ({ members }));

export const scannedHash = step((items, args) =>
  hasOption(args, 'NOVALUES')
    ? { fields: items }
    : { entries: fieldValues(items) },
);

export const scannedSortedSet = step((items, args) => ({
  members: hasOption(args, 'NOSCORES') ? items : scoredMembers(items),
}));
