import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResponsePolicy } from '../../../lib/commands/command-spec.js';
import { findCommand } from '../../../lib/commands/command-table.js';
import {
  DisagreementError,
  mergeFanOut,
  mergeSplit,
} from '../../../lib/routing/merge-replies.js';
import { madeUpSpec } from './made-up-spec.js';

const numbered = (replies: readonly unknown[]) =>
  replies.map((reply, nth) => ({ node: `h:${nth}`, reply }));

const merge = (responsePolicy: ResponsePolicy, ...replies: unknown[]) =>
  mergeFanOut(madeUpSpec({ responsePolicy }), numbered(replies));

const mergeOf = (words: string[], ...replies: unknown[]) =>
  mergeFanOut(findCommand(words)!.spec, numbered(replies));

const bytes = (value: number) => Buffer.from([value]);

const HUGE = 2n ** 62n;

const of = (channel: string | Buffer, subscribers: number): object => ({
  channel,
  subscribers,
});

const stats = (slot: number, count: number): object => ({
  slot,
  statistics: { 'key-count': count },
});

describe('CLUSTER SLOT-STATS of several nodes', () => {
  const replies = numbered([
    [stats(9, 5), stats(3, 1)],
    [stats(2, 7), stats(1, 1)],
  ]);
  const slotsOf = (...args: (string | number)[]): number[] =>
    (
      mergeFanOut(
        findCommand(['CLUSTER', 'SLOT-STATS'])!.spec,
        replies,
        args,
      ) as { slot: number }[]
    ).map(({ slot }) => slot);

  it.each([
    [
      ['ORDERBY', 'key-count'],
      [2, 9, 1, 3],
    ],
    [
      ['orderby', 'KEY-COUNT', 'limit', 2],
      [2, 9],
    ],
    [
      ['ORDERBY', 'key-count', 'LIMIT', '3', 'ASC'],
      [1, 3, 9],
    ],
    [['ORDERBY', 'key-count', 'ASC', 'LIMIT', 1], [1]],
    [
      ['SLOTSRANGE', 0, 9],
      [1, 2, 3, 9],
    ],
  ])('%j has the slots %j', (args, slots) => {
    expect(slotsOf(...args)).toEqual(slots);
  });
});

describe('merged replies', () => {
  it.each<[ResponsePolicy, unknown[], unknown]>([
    ['agg_sum', [1, 2, 3], 6],
    ['agg_sum', [1, HUGE], HUGE + 1n],
    ['agg_sum', [HUGE, HUGE], 2n * HUGE],
    ['agg_sum', [HUGE, -HUGE], 0],
    ['agg_sum', [Number.MAX_SAFE_INTEGER, 1], 2n ** 53n],
    ['agg_sum', [0.5, 0.25], 0.75],
    // doubles are text in RESP2
    ['agg_sum', ['0.5', Buffer.from('0.25')], 0.75],
    ['agg_max', ['10', '9'], 10],
    ['agg_logical_and', [true, true], 1],
    [
      'agg_sum',
      [
        [1, 2],
        [3, 4],
      ],
      [4, 6],
    ],
    ['agg_min', [3, 1, 2], 1],
    ['agg_min', [3, -HUGE], -HUGE],
    ['agg_max', [3, HUGE, 4], HUGE],
    [
      'agg_max',
      [
        [1, 5],
        [2, 4],
      ],
      [2, 5],
    ],
    ['agg_logical_and', [1, 1], 1],
    [
      'agg_logical_and',
      [
        [1, 0, 1],
        [1, 1, 0],
      ],
      [1, 0, 0],
    ],
    [
      'agg_logical_or',
      [
        [1, 0, 0],
        [0, 1, 0],
      ],
      [1, 1, 0],
    ],
    ['all_succeeded', ['OK', 'OK'], 'OK'],
    ['one_succeeded', ['OK', 'OK'], 'OK'],
    ['all_agree', ['sha', 'sha'], 'sha'],
    ['all_agree', [Buffer.from('sha'), Buffer.from('sha')], Buffer.from('sha')],
    ['union', [['a', 'b'], ['b', 'c'], []], ['a', 'b', 'c']],
    ['default', [['a'], ['b', 'a']], ['a', 'b', 'a']],
  ])(
    'by %s of %o are what one server would give',
    (policy, replies, merged) => {
      expect(merge(policy, ...replies)).toEqual(merged);
    },
  );

  it('hold the reply of one node as it is', () => {
    expect(merge('agg_sum', HUGE)).toBe(HUGE);
    expect(merge('agg_logical_and', [1, 0])).toEqual([1, 0]);
  });

  it.each([
    ['texts', 'a', 'b'],
    ['Buffers that read alike', Buffer.from([0xff]), Buffer.from([0xfe])],
    ['lists', ['a'], ['b']],
    ['objects', { a: 1 }, { a: 2 }],
    ['objects without a prototype', Object.create(null), 'a'],
  ])('are refused where all must agree and %s differ', (_, left, right) => {
    expect(() => merge('all_agree', left, right)).toThrow(DisagreementError);
  });

  it('tell Buffers apart by all their bytes in a union', () => {
    expect(merge('union', [bytes(0xff), bytes(0xfe)], [bytes(0xff)])).toEqual([
      bytes(0xff),
      bytes(0xfe),
    ]);
  });

  it('are a reply by node where a reply is about one node (conformance 83)', () => {
    const merged = merge('special', 'x', ['y']);
    expect(merged).toEqual({ 'h:0': 'x', 'h:1': ['y'] });
    expect(Object.getPrototypeOf(merged)).toBeNull();
    expect(merge('default', 'x', 'y')).toEqual({ 'h:0': 'x', 'h:1': 'y' });
  });

  it('of RANDOMKEY are a key of any shard that has one (conformance 82)', () => {
    expect(mergeOf(['RANDOMKEY'], null, 'k', null)).toBe('k');
    expect(mergeOf(['RANDOMKEY'], null, '')).toBe('');
    expect(mergeOf(['RANDOMKEY'], null, null)).toBeNull();
  });

  it.each(['NUMSUB', 'SHARDNUMSUB'])(
    'of PUBSUB %s are added channel by channel',
    (word) => {
      expect(
        mergeOf(
          ['PUBSUB', word],
          [of('a', 1), of('b', 0)],
          [of('b', 2), of('a', 1)],
        ),
      ).toEqual([of('a', 2), of('b', 2)]);
      const [x, y] = [Buffer.from([0xff]), Buffer.from([0xfe])];
      expect(
        mergeOf(['PUBSUB', word], [of(x, 1), of(y, 2)], [of(x, 1), of(y, 0)]),
      ).toEqual([of(x, 2), of(y, 2)]);
      expect(mergeOf(['PUBSUB', word], [], [])).toEqual([]);
    },
  );

  it('of a union hold every element once, whoever sends it', () => {
    const lists = fc.array(fc.array(fc.string({ maxLength: 2 })));
    fc.assert(
      fc.property(lists, (replies) => {
        const merged = merge('union', ...replies) as string[];
        expect(merged).toEqual([...new Set(replies.flat())]);
      }),
    );
  });

  it('of sums are exact whatever the size', () => {
    const integer = fc.bigInt({ min: -HUGE, max: HUGE });
    fc.assert(
      fc.property(fc.array(integer, { minLength: 1 }), (values) => {
        const sent = values.map((value) =>
          Number.isSafeInteger(Number(value)) ? Number(value) : value,
        );
        const total = values.reduce((left, right) => left + right);
        const merged = merge('agg_sum', ...sent) as number | bigint;
        expect(BigInt(merged)).toBe(total);
      }),
    );
  });

  it('of a split without a policy stand in the order of the call (conformance 65)', () => {
    const parts = [
      { slot: 1, args: [], positions: [0, 3] },
      { slot: 2, args: [], positions: [2, 1] },
    ];
    const spec = madeUpSpec({ responsePolicy: 'default' });
    const replies = [
      ['a', 'd'],
      [null, 'b'],
    ];
    expect(mergeSplit(spec, parts, replies, 4)).toEqual(['a', 'b', null, 'd']);
  });

  it('of some parts of a split leave the places of the other keys undefined', () => {
    const parts = [{ slot: 2, args: [], positions: [2, 1] }];
    const spec = madeUpSpec({ responsePolicy: 'default' });
    expect(mergeSplit(spec, parts, [[null, 'b']], 4)).toStrictEqual([
      undefined,
      'b',
      null,
      undefined,
    ]);
  });
});
