import { describe, expect, it } from 'vitest';
import {
  TokenBook,
  toldByError,
  toldByScope,
  type Kind,
  type Told,
} from '../../checker/token-book.js';
import {
  OutcomeUnknownError,
  TimeoutError,
  type ShardReplication,
} from '../../../lib/index.js';

function bookOf(kind: Kind, ...entries: [Told, number?][]): TokenBook {
  const book = new TokenBook(kind, 'k', 1);
  for (const [told, count] of entries) book.note(told, 'why', 0, count);
  return book;
}

const kept = (tokens: Record<string, number>, count = 0) => ({
  tokens: new Map(Object.entries(tokens)),
  count,
});

describe('the books of the checker', () => {
  it('find an acknowledged token that is absent', () => {
    const book = bookOf('list', ['acknowledged'], ['acknowledged']);
    expect(book.check(kept({ t0: 1 }))).toMatchObject({
      lostCount: 1,
      lost: ['k t1 (why, 0 ms)'],
      duplicates: 0,
    });
  });

  it('find a token that is there twice, one that was refused and is there, and one that nobody wrote', () => {
    const book = bookOf('hash', ['unknown'], ['refused'], ['unproven']);
    expect(book.check(kept({ t0: 3, t1: 1, t9: 1 }))).toMatchObject({
      lostCount: 0,
      duplicates: 2,
      falselyRefused: ['k t1 (why, 0 ms)'],
      foreign: 1,
      kept: { unknown: 1, unproven: 0 },
    });
  });

  it('let unproven and unknown tokens be there or not', () => {
    const book = bookOf('list', ['unproven'], ['unknown'], ['unproven']);
    expect(book.check(kept({ t2: 1 }))).toMatchObject({
      lostCount: 0,
      duplicates: 0,
      falselyRefused: [],
      kept: { unknown: 0, unproven: 1 },
    });
  });

  it('find a counter that ends below an acknowledged reply', () => {
    const book = bookOf('counter', ['acknowledged', 1], ['acknowledged', 2]);
    expect(book.check(kept({}, 1))).toMatchObject({
      lostCount: 1,
      duplicates: 0,
    });
    expect(book.check(kept({}, 2))).toMatchObject({ lostCount: 0 });
  });

  it('find a counter that fell between two acknowledged replies, also when it rises again', () => {
    const book = bookOf(
      'counter',
      ['acknowledged', 1],
      ['unproven', 2],
      ['acknowledged', 1],
      ['acknowledged', 2],
      ['acknowledged', 3],
    );
    expect(book.check(kept({}, 3)).lostCount).toBe(1);
  });

  it('find a counter with more effects than writes that were not refused, at the end or at a reply', () => {
    const once = bookOf('counter', ['acknowledged', 1], ['refused']);
    expect(once.check(kept({}, 2)).duplicates).toBe(1);
    const twice = bookOf('counter', ['unproven', 2], ['acknowledged', 1]);
    expect(twice.check(kept({}, 1)).duplicates).toBe(1);
  });

  it('take an unknown outcome for one, and every other error for a write that was not applied', () => {
    expect(toldByError(new OutcomeUnknownError('?'))).toBe('unknown');
    expect(toldByError(new TimeoutError('late', 'queue'))).toBe('refused');
  });

  it('read from a shard of a failed scope what it says about its own writes', () => {
    const shard: ShardReplication = {
      node: 'a:1',
      slots: [1, 5],
      required: 2,
      acknowledged: 2,
      applied: 'yes',
      proof: 'marker',
      milliseconds: 1,
      groupSize: 1,
    };
    const told = (changes: Partial<ShardReplication>, slot = 5): Told =>
      toldByScope([{ ...shard, ...changes }], slot).told;
    expect(told({})).toBe('acknowledged');
    expect(told({ acknowledged: 1 })).toBe('unproven');
    expect(told({ proof: 'none', reason: 'gone' })).toBe('unproven');
    expect(told({ applied: 'unknown', proof: 'none' })).toBe('unknown');
    expect(told({}, 7)).toBe('unproven');
  });
});
