import { describe, expect, it } from 'vitest';
import { isSameArgument } from '../../../lib/protocol/argument.js';

describe('isSameArgument', () => {
  it.each([
    ['a string and its bytes', 'ключ', Buffer.from('ключ')],
    ['a number and its digits', 42, '42'],
    ['a bigint and a number', 42n, 42],
    ['bytes that are no text', Buffer.from([0xff]), Buffer.from([0xff])],
    ['a half of a pair and what is written for it', '\ud800', '\ufffd'],
  ])('takes %s for the same', (_, left, right) => {
    expect(isSameArgument(left, right)).toBe(true);
    expect(isSameArgument(right, left)).toBe(true);
  });

  it.each([
    ['strings', 'a', 'b'],
    // both are U+FFFD as text
    ['bytes that are no text', Buffer.from([0xff]), Buffer.from([0xfe])],
    ['bytes and the text they look like', Buffer.from([0xff]), '\ufffd'],
  ])('tells %s apart', (_, left, right) => {
    expect(isSameArgument(left, right)).toBe(false);
    expect(isSameArgument(right, left)).toBe(false);
  });
});
