import { keySlot } from './key-slot.js';

/**
 * The one slot in which every key that matches a glob pattern lies; -1 where
 * there is no such slot.
 *
 * It is so when the pattern begins, up to its first whole hash tag, with
 * nothing but plain text (`user:{42}:*`), or is plain text altogether. A glob
 * before the tag (`*{42}*`) would also match keys with another tag in front.
 */
export function slotOfPattern(pattern: string | Buffer): number {
  // one character a byte: slots are those of bytes
  const text = Buffer.isBuffer(pattern)
    ? pattern.toString('latin1')
    : Buffer.from(pattern).toString('latin1');
  let literal = '';
  for (let index = 0; index < text.length; index++) {
    let character = text[index]!;
    if (character === '*' || character === '?' || character === '[') return -1;
    if (character === '\\' && index + 1 < text.length) {
      index += 1;
      character = text[index]!;
    }
    literal += character;
    if (character === '}' && hasTag(literal)) break;
  }
  return keySlot(Buffer.from(literal, 'latin1'));
}

/**
 * Whether the tag of every key with this beginning is settled. An empty first
 * tag is no tag, and whatever follows counts: only the whole key tells.
 */
function hasTag(beginning: string): boolean {
  const open = beginning.indexOf('{');
  return open !== -1 && beginning.indexOf('}', open) > open + 1;
}
