import { describe, expect, it } from 'vitest';
import {
  commandNames,
  findCommand,
} from '../../../lib/commands/command-table.js';
import { replyTransforms } from '../../../lib/commands/replies/reply-transforms.js';

/** A map as the decoder gives it. */
const map = (entries: object): object =>
  Object.assign(Object.create(null) as object, entries);

/** The strings of a reply as Buffers; keys of maps stay text, as in the decoder. */
function asBuffers(reply: unknown): unknown {
  if (typeof reply === 'string') return Buffer.from(reply);
  if (Array.isArray(reply)) return reply.map(asBuffers);
  if (typeof reply !== 'object' || reply === null) return reply;
  return map(
    Object.fromEntries(
      Object.entries(reply).map(([name, value]) => [name, asBuffers(value)]),
    ),
  );
}

function transform(command: string, reply: unknown): unknown {
  const found = findCommand(command.split(' '));
  return found?.spec.reply === undefined
    ? reply
    : found.spec.reply(reply, found.args);
}

interface Case {
  readonly command: string;
  readonly resp2: unknown;
  readonly resp3: unknown;
  readonly shape: unknown;
  /** The shape with Buffers, where strings of it are not data (`cursor`). */
  readonly buffers?: unknown;
}

// Replies as Redis 8.6 sent them on both protocols.
const CASES: Case[] = [
  {
    command: 'HGETALL h',
    resp2: ['g', '1', 'f', 'v'],
    resp3: map({ g: '1', f: 'v' }),
    shape: map({ g: '1', f: 'v' }),
  },
  { command: 'HGETALL gone', resp2: [], resp3: map({}), shape: map({}) },
  {
    command: 'HRANDFIELD h 2 withvalues',
    resp2: ['f', 'v', 'x', '0.5'],
    resp3: [
      ['f', 'v'],
      ['x', '0.5'],
    ],
    shape: [
      { field: 'f', value: 'v' },
      { field: 'x', value: '0.5' },
    ],
  },
  {
    command: 'HRANDFIELD h 2',
    resp2: ['f', 'g'],
    resp3: ['f', 'g'],
    shape: ['f', 'g'],
  },
  { command: 'HRANDFIELD h', resp2: 'f', resp3: 'f', shape: 'f' },
  {
    command: 'HSCAN h 0',
    resp2: ['0', ['g', '1', 'f', 'v']],
    resp3: ['0', ['g', '1', 'f', 'v']],
    shape: {
      cursor: '0',
      entries: [
        { field: 'g', value: '1' },
        { field: 'f', value: 'v' },
      ],
    },
  },
  {
    command: 'HSCAN h 0 COUNT 5 NOVALUES',
    resp2: ['12', ['g', 'f']],
    resp3: ['12', ['g', 'f']],
    shape: { cursor: '12', fields: ['g', 'f'] },
  },
  {
    command: 'HSCAN h 0 MATCH novalues',
    resp2: ['0', ['novalues', '1']],
    resp3: ['0', ['novalues', '1']],
    shape: { cursor: '0', entries: [{ field: 'novalues', value: '1' }] },
  },
  {
    command: 'SCAN 0',
    resp2: ['7', ['a']],
    resp3: ['7', ['a']],
    shape: { cursor: '7', keys: ['a'] },
  },
  {
    command: 'SSCAN s 0',
    resp2: ['0', ['a', 'b']],
    resp3: ['0', ['a', 'b']],
    shape: { cursor: '0', members: ['a', 'b'] },
  },
  {
    command: 'ZSCAN z 0',
    resp2: ['0', ['d', '-inf', 'a', '2.5']],
    resp3: ['0', ['d', '-inf', 'a', '2.5']],
    shape: {
      cursor: '0',
      members: [
        { member: 'd', score: -Infinity },
        { member: 'a', score: 2.5 },
      ],
    },
  },
  {
    command: 'ZSCAN z 0 NOSCORES',
    resp2: ['0', ['d', 'a']],
    resp3: ['0', ['d', 'a']],
    shape: { cursor: '0', members: ['d', 'a'] },
  },
  {
    command: 'BLPOP l 1',
    resp2: ['l', 'a'],
    resp3: ['l', 'a'],
    shape: { key: 'l', element: 'a' },
  },
  { command: 'BRPOP l 1', resp2: null, resp3: null, shape: null },
  {
    command: 'LMPOP 1 l LEFT',
    resp2: ['l', ['a', 'b']],
    resp3: ['l', ['a', 'b']],
    shape: { key: 'l', elements: ['a', 'b'] },
  },
  { command: 'BLMPOP 1 1 l LEFT', resp2: null, resp3: null, shape: null },
  { command: 'ZSCORE z a', resp2: '2.5', resp3: 2.5, shape: 2.5 },
  { command: 'ZSCORE z c', resp2: 'inf', resp3: Infinity, shape: Infinity },
  { command: 'ZSCORE z gone', resp2: null, resp3: null, shape: null },
  { command: 'ZINCRBY z 1 a', resp2: '1e+21', resp3: 1e21, shape: 1e21 },
  {
    command: 'ZMSCORE z a gone',
    resp2: ['2.5', null],
    resp3: [2.5, null],
    shape: [2.5, null],
  },
  { command: 'ZADD z XX INCR 1 a', resp2: '2', resp3: 2, shape: 2 },
  { command: 'ZADD z XX INCR 1 a', resp2: null, resp3: null, shape: null },
  { command: 'ZADD z 1 INCR', resp2: 1, resp3: 1, shape: 1 },
  {
    command: 'ZRANGE z 0 -1 WITHSCORES',
    resp2: ['d', '-inf', 'b', '2.5'],
    resp3: [
      ['d', -Infinity],
      ['b', 2.5],
    ],
    shape: [
      { member: 'd', score: -Infinity },
      { member: 'b', score: 2.5 },
    ],
  },
  { command: 'ZRANGE z 0 -1', resp2: ['d'], resp3: ['d'], shape: ['d'] },
  {
    command: 'ZRANGE withscores 0 -1',
    resp2: ['a', 'b'],
    resp3: ['a', 'b'],
    shape: ['a', 'b'],
  },
  {
    command: 'ZRANGE z 5 9 WITHSCORES',
    resp2: [],
    resp3: [],
    shape: [],
  },
  {
    command: 'ZREVRANGEBYSCORE z 9 0 LIMIT 0 1 WITHSCORES',
    resp2: ['b', '2.5'],
    resp3: [['b', 2.5]],
    shape: [{ member: 'b', score: 2.5 }],
  },
  {
    command: 'ZUNION 2 z withscores',
    resp2: ['a', 'b'],
    resp3: ['a', 'b'],
    shape: ['a', 'b'],
  },
  {
    command: 'ZUNION 2 z z2 AGGREGATE MAX WITHSCORES',
    resp2: ['a', '7.5'],
    resp3: [['a', 7.5]],
    shape: [{ member: 'a', score: 7.5 }],
  },
  {
    command: 'ZRANDMEMBER z 1 WITHSCORES',
    resp2: ['a', '2.5'],
    resp3: [['a', 2.5]],
    shape: [{ member: 'a', score: 2.5 }],
  },
  { command: 'ZRANK z a', resp2: 1, resp3: 1, shape: 1 },
  {
    command: 'ZRANK z a WITHSCORE',
    resp2: [1, '2.5'],
    resp3: [1, 2.5],
    shape: { rank: 1, score: 2.5 },
  },
  {
    command: 'ZREVRANK z gone WITHSCORE',
    resp2: null,
    resp3: null,
    shape: null,
  },
  {
    command: 'ZPOPMAX z',
    resp2: ['c', 'inf'],
    resp3: ['c', Infinity],
    shape: { member: 'c', score: Infinity },
  },
  { command: 'ZPOPMIN gone', resp2: [], resp3: [], shape: null },
  {
    command: 'ZPOPMIN z 5',
    resp2: ['b', '2.5'],
    resp3: [['b', 2.5]],
    shape: [{ member: 'b', score: 2.5 }],
  },
  { command: 'ZPOPMIN gone 5', resp2: [], resp3: [], shape: [] },
  {
    command: 'BZPOPMIN z 1',
    resp2: ['z', 'a', '2.5'],
    resp3: ['z', 'a', 2.5],
    shape: { key: 'z', member: 'a', score: 2.5 },
  },
  {
    command: 'ZMPOP 1 z MIN',
    resp2: ['z', [['d', '-inf']]],
    resp3: ['z', [['d', -Infinity]]],
    shape: { key: 'z', members: [{ member: 'd', score: -Infinity }] },
  },
  { command: 'LCS a b', resp2: 'abc', resp3: 'abc', shape: 'abc' },
  { command: 'LCS a b LEN', resp2: 3, resp3: 3, shape: 3 },
  {
    command: 'LCS a b IDX WITHMATCHLEN',
    resp2: ['matches', [[[4, 7], [5, 8], 4]], 'len', 6],
    resp3: map({ matches: [[[4, 7], [5, 8], 4]], len: 6 }),
    shape: { matches: [{ key1: [4, 7], key2: [5, 8], length: 4 }], len: 6 },
  },
  {
    command: 'LCS a b IDX',
    resp2: [
      'matches',
      [
        [
          [4, 7],
          [5, 8],
        ],
      ],
      'len',
      6,
    ],
    resp3: map({
      matches: [
        [
          [4, 7],
          [5, 8],
        ],
      ],
      len: 6,
    }),
    shape: { matches: [{ key1: [4, 7], key2: [5, 8] }], len: 6 },
  },
  // a number would lose digits
  {
    command: 'INCRBYFLOAT f 0.1',
    resp2: '3.00000000000000000001',
    resp3: '3.00000000000000000001',
    shape: '3.00000000000000000001',
  },
];

describe('replies have one shape', () => {
  it.each(CASES)('$command: RESP2 $resp2', ({ command, resp2, shape }) => {
    expect(transform(command, resp2)).toEqual(shape);
  });

  it.each(CASES)('$command: RESP3 $resp3', ({ command, resp3, shape }) => {
    expect(transform(command, resp3)).toEqual(shape);
  });

  it.each(CASES)(
    '$command: the same with Buffers on both protocols',
    ({ command, resp2, resp3, shape }) => {
      const { cursor } = (shape ?? {}) as { cursor?: string };
      const expected = asBuffers(shape);
      if (cursor !== undefined) Object.assign(expected as object, { cursor });
      expect(transform(command, asBuffers(resp2))).toEqual(expected);
      expect(transform(command, asBuffers(resp3))).toEqual(expected);
    },
  );

  it('as objects without prototype, so that __proto__ is data', () => {
    const reply = transform('HGETALL h', ['__proto__', 'x', 'a', 'b']);
    expect(Object.getPrototypeOf(reply)).toBeNull();
    expect(Object.entries(reply as object)).toEqual([
      ['__proto__', 'x'],
      ['a', 'b'],
    ]);
  });

  it('for commands that exist', () => {
    const names = commandNames();
    for (const name of Object.keys(replyTransforms))
      expect(names).toContain(name);
  });
});
