import { describe, expect, it } from 'vitest';
import { findCommand } from '../../../lib/commands/command-table.js';

/** A map as the decoder gives it. */
const map = (entries: object): object =>
  Object.assign(Object.create(null) as object, entries);

interface Case {
  readonly command: string;
  readonly resp2: unknown;
  readonly resp3: unknown;
  readonly shape: unknown;
}

// Replies as the pages of the commands and
// https://redis.io/docs/latest/develop/data-types/json/resp3/ describe them.
const CASES: Case[] = [
  {
    command: 'JSON.ARRLEN k $',
    resp2: [3, null],
    resp3: [3, null],
    shape: [3, null],
  },
  { command: 'JSON.ARRLEN k .a', resp2: 3, resp3: 3, shape: [3] },
  { command: 'JSON.ARRLEN gone $', resp2: null, resp3: null, shape: null },
  { command: 'JSON.ARRPOP k .a', resp2: '1', resp3: '1', shape: ['1'] },
  {
    command: 'JSON.NUMINCRBY k $..n 1',
    resp2: '[3,null,1.5]',
    resp3: [3, null, 1.5],
    shape: [3, null, 1.5],
  },
  { command: 'JSON.NUMINCRBY k .n 1', resp2: '3', resp3: [3], shape: [3] },
  {
    command: 'JSON.TYPE k $..a',
    resp2: ['integer', 'array'],
    resp3: [['integer', 'array']],
    shape: ['integer', 'array'],
  },
  {
    command: 'JSON.TYPE k $',
    resp2: ['object'],
    resp3: [['object']],
    shape: ['object'],
  },
  {
    command: 'JSON.TYPE k .',
    resp2: 'object',
    resp3: ['object'],
    shape: ['object'],
  },
  { command: 'JSON.TYPE gone $', resp2: null, resp3: [null], shape: null },
  {
    command: 'JSON.OBJKEYS k $..o',
    resp2: [['a', 'b'], null],
    resp3: [['a', 'b'], null],
    shape: [['a', 'b'], null],
  },
  { command: 'JSON.OBJKEYS k .o', resp2: ['a'], resp3: ['a'], shape: [['a']] },
  {
    command: 'JSON.TOGGLE k $',
    resp2: [1, null],
    resp3: [1, null],
    shape: [1, null],
  },
  { command: 'JSON.TOGGLE k .b', resp2: 'true', resp3: 'true', shape: [1] },

  { command: 'BF.ADD k i', resp2: 1, resp3: true, shape: 1 },
  {
    command: 'BF.MADD k i j',
    resp2: [1, 0],
    resp3: [true, false],
    shape: [1, 0],
  },
  {
    command: 'BF.INFO k',
    resp2: ['Capacity', 100, 'Number of filters', 1, 'Expansion rate', null],
    resp3: map({
      Capacity: 100,
      'Number of filters': 1,
      'Expansion rate': null,
    }),
    shape: { capacity: 100, numberOfFilters: 1, expansionRate: null },
  },
  {
    command: 'BF.INFO k CAPACITY',
    resp2: [100],
    resp3: map({ Capacity: 100 }),
    shape: 100,
  },
  {
    command: 'BF.SCANDUMP k 1',
    resp2: [0, Buffer.alloc(0)],
    resp3: [0, Buffer.alloc(0)],
    shape: { iterator: 0, data: null },
  },
  {
    command: 'TOPK.INFO k',
    resp2: ['k', 5, 'width', 8, 'depth', 7, 'decay', '0.9'],
    resp3: map({ k: 5, width: 8, depth: 7, decay: 0.9 }),
    shape: { k: 5, width: 8, depth: 7, decay: 0.9 },
  },
  {
    command: 'TOPK.LIST k WITHCOUNT',
    resp2: ['a', 3, 'b', 1],
    resp3: ['a', 3, 'b', 1],
    shape: [
      { item: 'a', count: 3 },
      { item: 'b', count: 1 },
    ],
  },
  {
    command: 'TDIGEST.QUANTILE k 0 1',
    resp2: ['nan', 'inf'],
    resp3: [NaN, Infinity],
    shape: [NaN, Infinity],
  },

  { command: 'TS.GET k', resp2: [], resp3: [], shape: null },
  {
    command: 'TS.RANGE k - +',
    resp2: [
      [1, '2.5'],
      [2, 'NaN'],
    ],
    resp3: [
      [1, 2.5],
      [2, NaN],
    ],
    shape: [
      { timestamp: 1, value: 2.5 },
      { timestamp: 2, value: NaN },
    ],
  },
  {
    command: 'TS.MGET WITHLABELS FILTER a=1',
    resp2: [
      ['k', [['a', '1']], [5, '2']],
      ['l', [], []],
    ],
    resp3: map({ k: [map({ a: '1' }), [5, 2]], l: [map({}), []] }),
    shape: [
      { key: 'k', labels: { a: '1' }, sample: { timestamp: 5, value: 2 } },
      { key: 'l', labels: {}, sample: null },
    ],
  },
  {
    command: 'TS.MRANGE - + FILTER a=1',
    resp2: [['k', [], [[5, '2']]]],
    resp3: map({ k: [map({}), map({ aggregators: [] }), [[5, 2]]] }),
    shape: [{ key: 'k', labels: {}, samples: [{ timestamp: 5, value: 2 }] }],
  },
  {
    command: 'TS.MRANGE - + WITHLABELS FILTER a=1 GROUPBY a REDUCE sum',
    resp2: [
      [
        'a=1',
        [
          ['a', '1'],
          ['__reducer__', 'sum'],
          ['__source__', 'k,l'],
        ],
        [[5, '4']],
      ],
    ],
    resp3: map({
      'a=1': [
        map({ a: '1' }),
        map({ reducers: ['sum'] }),
        map({ sources: ['k', 'l'] }),
        [[5, 4]],
      ],
    }),
    shape: [
      {
        key: 'a=1',
        labels: { a: '1' },
        samples: [{ timestamp: 5, value: 4 }],
        sources: ['k', 'l'],
      },
    ],
  },
  {
    command: 'TS.NRANGE 2 a b - +',
    resp2: [[5, ['1', 'NaN']]],
    resp3: [[5, [1, NaN]]],
    shape: [{ timestamp: 5, values: [1, NaN] }],
  },
  {
    command: 'TS.INFO k',
    resp2: [
      'totalSamples',
      1,
      'labels',
      [['a', '1']],
      'sourceKey',
      null,
      'rules',
      [['d', 60000, 'AVG', 0]],
    ],
    resp3: map({
      totalSamples: 1,
      labels: map({ a: '1' }),
      sourceKey: null,
      rules: map({ d: [60000, 'AVG', 0] }),
    }),
    shape: {
      totalSamples: 1,
      labels: { a: '1' },
      sourceKey: null,
      rules: [
        {
          destination: 'd',
          bucketDuration: 60000,
          aggregator: 'AVG',
          alignTimestamp: 0,
        },
      ],
    },
  },

  {
    command: 'FT.SEARCH i *',
    resp2: [2, 'a', ['t', 'x'], 'b', null],
    resp3: map({
      total_results: 2,
      results: [
        map({ id: 'a', extra_attributes: map({ t: 'x' }), values: [] }),
        map({ id: 'b', values: [] }),
      ],
    }),
    shape: {
      total: 2,
      documents: [
        { id: 'a', fields: { t: 'x' } },
        { id: 'b', fields: {} },
      ],
    },
  },
  {
    command: 'FT.SEARCH i * NOCONTENT WITHSCORES',
    resp2: [2, 'a', '1.5', 'b', '1'],
    resp3: map({
      total_results: 2,
      results: [map({ id: 'a', score: 1.5 }), map({ id: 'b', score: 1 })],
    }),
    shape: {
      total: 2,
      documents: [
        { id: 'a', score: 1.5, fields: {} },
        { id: 'b', score: 1, fields: {} },
      ],
    },
  },
  {
    command: 'FT.AGGREGATE i *',
    resp2: [1, ['city', 'Rome', 'n', '2']],
    resp3: map({
      total_results: 1,
      results: [map({ extra_attributes: map({ city: 'Rome', n: '2' }) })],
    }),
    shape: { total: 1, rows: [{ city: 'Rome', n: '2' }] },
  },
  {
    command: 'FT.AGGREGATE i * WITHCURSOR',
    resp2: [[1, ['n', '2']], 77],
    resp3: [
      map({
        total_results: 1,
        results: [map({ extra_attributes: map({ n: '2' }) })],
      }),
      77,
    ],
    shape: { total: 1, rows: [{ n: '2' }], cursor: 77 },
  },
  {
    command: 'FT.CURSOR READ i 77',
    resp2: [[0], 0],
    resp3: [map({ total_results: 0, results: [] }), 0],
    shape: { total: 0, rows: [], cursor: 0 },
  },
  {
    command: 'FT.CONFIG GET *',
    resp2: [
      ['TIMEOUT', '500'],
      ['EXTLOAD', null],
    ],
    resp3: map({ TIMEOUT: '500', EXTLOAD: null }),
    shape: { TIMEOUT: '500', EXTLOAD: null },
  },
  {
    command: 'FT.INFO i',
    resp2: ['index_name', '7', 'num_docs', '3', 'percent_indexed', '1'],
    resp3: map({ index_name: '7', num_docs: 3, percent_indexed: 1 }),
    shape: { indexName: '7', numDocs: 3, percentIndexed: 1 },
  },
  {
    command: 'FT.SPELLCHECK i q',
    resp2: [['TERM', 'helo', [['0.5', 'hello']]]],
    resp3: map({ results: map({ helo: [map({ hello: 0.5 })] }) }),
    shape: [{ term: 'helo', suggestions: [{ term: 'hello', score: 0.5 }] }],
  },
  {
    command: 'FT.SUGGET k h WITHSCORES WITHPAYLOADS',
    resp2: ['hello', '0.5', null],
    resp3: ['hello', 0.5, null],
    shape: [{ suggestion: 'hello', score: 0.5, payload: null }],
  },
  { command: 'FT.SUGGET gone h', resp2: null, resp3: null, shape: [] },
  {
    command: 'FT.SYNDUMP i',
    resp2: ['boy', ['g1'], 'child', ['g1']],
    resp3: map({ boy: ['g1'], child: ['g1'] }),
    shape: { boy: ['g1'], child: ['g1'] },
  },
];

describe('replies of the commands of modules', () => {
  it.each(CASES)(
    'are the same on both protocols: $command',
    ({ command, resp2, resp3, shape }) => {
      const { spec, args } = findCommand(command.split(' '))!;
      // prototypes are none of the shape: objects of replies have none
      const shaped = (reply: unknown): unknown =>
        normal(spec.reply!(reply, args));
      expect(shaped(resp2)).toEqual(shape);
      expect(shaped(resp3)).toEqual(shape);
    },
  );
});

/** The same with ordinary objects. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value !== 'object' || value === null) return value;
  if (Buffer.isBuffer(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, normal(inner)]),
  );
}
