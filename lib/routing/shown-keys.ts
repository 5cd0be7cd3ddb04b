import type { Argument } from '../commands/command-spec.js';

/** A key as errors and plans may show it. */
export type ShownKey = string | Buffer;

/** So many keys are written out in a message. */
const MOST_LISTED = 10;

/** A key as it is shown: bytes as they are, everything else as the text that goes out. */
export function shownKey(key: Argument): ShownKey {
  return Buffer.isBuffer(key) ? key : String(key);
}

/** Keys with their slots for a message, such as `"a" (slot 15495), "b" (slot 3300)`. */
export function listKeys(
  keys: readonly ShownKey[],
  slots: readonly number[],
): string {
  const some = keys
    .slice(0, MOST_LISTED)
    .map((key, nth) => `${JSON.stringify(key.toString())} (slot ${slots[nth]})`)
    .join(', ');
  return keys.length > MOST_LISTED
    ? `${some} and ${keys.length - MOST_LISTED} more`
    : some;
}
