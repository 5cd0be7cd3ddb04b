import { describe, expect, it } from 'vitest';
import { formatSlots, parseSlots } from '../../../lib/topology/slot-ranges.js';

describe('slots as text', () => {
  it.each([
    [[], ''],
    [[5], '5'],
    [[3, 1, 2], '1-3'],
    [[0, 1, 7, 16_383], '0-1,7,16383'],
  ])('of %j are %s', (slots, text) => {
    expect(formatSlots(slots)).toBe(text);
    expect(parseSlots(text)).toEqual([...slots].sort((a, b) => a - b));
  });

  it.each(['x', '1-', '-1', '2-1', '16384', '1,,2', '0-16383,5'])(
    'are refused as %s',
    (text) => {
      expect(parseSlots(text)).toBeUndefined();
    },
  );
});
