import { describe, expect, it } from 'vitest';
import type { Argument } from '../../../lib/commands/command-spec.js';
import { findCommand } from '../../../lib/commands/command-table.js';
import { blockingTimeoutMs } from '../../../lib/execution/calls/blocking.js';

function timeoutOf(...words: Argument[]): number | undefined {
  const { spec, args } = findCommand(words)!;
  return blockingTimeoutMs(spec, args);
}

describe('the time that a command may block', () => {
  it.each([
    ['BLPOP a b 1.5', 1_500],
    ['BLPOP a 0', Infinity],
    ['BRPOPLPUSH a b 2', 2_000],
    ['BLMOVE a b LEFT LEFT 3', 3_000],
    ['BLMPOP 4 1 a LEFT COUNT 9', 4_000],
    ['BLMOVEM {a}1 {a}2 LEFT RIGHT 3 COUNT 9 BULK', 3_000],
    ['BLMOVEM {a}1 {a}2 LEFT RIGHT 0', Infinity],
    ['BZMPOP 5 1 a MIN', 5_000],
    ['BZPOPMIN a b 6', 6_000],
    ['BLPOP a never', Infinity],
    ['BLPOP a -1', Infinity],
    ['XREAD BLOCK 7 STREAMS a 0', 7],
    ['XREAD COUNT 2 block 0 STREAMS a $', Infinity],
    ['XREADGROUP GROUP g c BLOCK 8 STREAMS a >', 8],
    ['XREADGROUP GROUP g c COUNT 1 NOACK BLOCK 9 STREAMS a >', 9],
    ['XREADGROUP GROUP streams c BLOCK 0 STREAMS a >', Infinity],
    ['XREADGROUP GROUP block 5 BLOCK 10 STREAMS a >', 10],
  ])('of %s is %d ms', (line, ms) => {
    expect(timeoutOf(...line.split(' '))).toBe(ms);
  });

  it.each([
    'GET a',
    'LPOP a',
    'XREAD STREAMS a 0',
    'XREAD STREAMS BLOCK 0',
    'XREAD COUNT 5 STREAMS BLOCK 5 0 0',
    'XREADGROUP GROUP block 5 STREAMS a >',
    'XREADGROUP GROUP g BLOCK STREAMS BLOCK >',
  ])('is none for %s', (line) => {
    expect(timeoutOf(...line.split(' '))).toBeUndefined();
  });

  it('is read from numbers, bigints and Buffers', () => {
    for (const timeout of [2, 2n, '2', Buffer.from('2')]) {
      expect(timeoutOf('BLPOP', 'a', timeout)).toBe(2_000);
    }
    expect(timeoutOf('XREAD', Buffer.from('Block'), 2, 'STREAMS', 'a', 0)).toBe(
      2,
    );
  });
});
