import { describe, expect, it } from 'vitest';
import { keySlot } from '../../../lib/routing/key-slot.js';
import { slotOfPattern } from '../../../lib/routing/pattern-slot.js';

describe('the slot of a pattern', () => {
  it.each([
    ['user:{42}:*', '42'],
    ['{tag}*', '{tag}'],
    ['a]{tag}?', '{tag}'],
    [String.raw`a\*{tag}[xy]`, '{tag}'],
    ['{tag}', '{tag}'],
    ['plain key', 'plain key'],
    [String.raw`plain\?`, 'plain?'],
    ['{}plain', '{}plain'],
    [String.raw`\{tag\}*`, '{tag}'],
    ['{käse}*', '{käse}'],
  ])('%s is that of %s', (pattern, key) => {
    expect(slotOfPattern(pattern)).toBe(keySlot(key));
    expect(slotOfPattern(Buffer.from(pattern))).toBe(keySlot(key));
  });

  it.each([
    ['*'],
    ['user:*'],
    ['*{42}'],
    ['u?{42}'],
    ['u[a-z]{42}'],
    ['{*}x'],
    ['{a*b}x'],
    ['{}{tag}*'],
    ['{open*'],
  ])('%s has none', (pattern) => {
    expect(slotOfPattern(pattern)).toBe(-1);
  });
});
