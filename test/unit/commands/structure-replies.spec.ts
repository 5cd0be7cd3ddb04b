import { describe, expect, it } from 'vitest';
import { findCommand } from '../../../lib/commands/command-table.js';

/** A map as the decoder gives it. */
const map = (entries: object): object =>
  Object.assign(Object.create(null) as object, entries);

function transform(command: string, reply: unknown): unknown {
  const { spec, args } = findCommand(command.split(' '))!;
  return spec.reply === undefined ? reply : spec.reply(reply, args);
}

// Replies as Redis 8.6 sent them on both protocols.
const CASES = [
  {
    command: 'XREAD STREAMS 10 9 0 0',
    resp2: [
      ['10', [['1-1', ['a', '1', 'a', '2']]]],
      ['9', [['2-1', ['b', '1']]]],
    ],
    // an object lists names that look like numbers first, the lower ones before
    resp3: map({
      9: [['2-1', ['b', '1']]],
      10: [['1-1', ['a', '1', 'a', '2']]],
    }),
    shape: [
      {
        key: '10',
        entries: [
          {
            id: '1-1',
            fields: [
              ['a', '1'],
              ['a', '2'],
            ],
          },
        ],
      },
      { key: '9', entries: [{ id: '2-1', fields: [['b', '1']] }] },
    ],
  },
  {
    command: 'XREAD BLOCK 1 STREAMS s $',
    resp2: null,
    resp3: null,
    shape: null,
  },
  {
    command: 'XREADGROUP GROUP g c STREAMS s 0',
    resp2: [['s', [['1-1', null]]]],
    resp3: map({ s: [['1-1', null]] }),
    shape: [{ key: 's', entries: [{ id: '1-1', fields: [] }] }],
  },
  {
    command: 'XREADGROUP GROUP g c CLAIM 0 STREAMS s >',
    resp2: [['s', [['1-1', ['a', '1'], '27', 2]]]],
    resp3: map({ s: [['1-1', ['a', '1'], 27, 2]] }),
    shape: [
      {
        key: 's',
        entries: [
          { id: '1-1', fields: [['a', '1']], idleMs: 27, deliveries: 2 },
        ],
      },
    ],
  },
  {
    command: 'XAUTOCLAIM s g d 0 0 COUNT 1',
    resp2: ['0-0', [['1-1', ['a', '1']]], ['3-1']],
    resp3: ['0-0', [['1-1', ['a', '1']]], ['3-1']],
    shape: {
      cursor: '0-0',
      entries: [{ id: '1-1', fields: [['a', '1']] }],
      deletedIds: ['3-1'],
    },
  },
  {
    command: 'XAUTOCLAIM s g d 0 0 JUSTID',
    // Redis 6.2 gives no list of deleted entries
    resp2: ['0-0', ['1-1']],
    resp3: ['0-0', ['1-1']],
    shape: { cursor: '0-0', ids: ['1-1'], deletedIds: [] },
  },
  {
    command: 'XPENDING s g',
    resp2: [1, '1-1', '1-1', [['c', '1']]],
    resp3: [1, '1-1', '1-1', [['c', '1']]],
    shape: {
      count: 1,
      firstId: '1-1',
      lastId: '1-1',
      consumers: [{ name: 'c', count: 1 }],
    },
  },
  {
    command: 'XPENDING s g',
    resp2: [0, null, null, null],
    resp3: [0, null, null, null],
    shape: { count: 0, firstId: null, lastId: null, consumers: [] },
  },
  {
    command: 'XPENDING s g - + 10',
    resp2: [['1-1', 'c', 27, 1]],
    resp3: [['1-1', 'c', 27, 1]],
    shape: [{ id: '1-1', consumer: 'c', idleMs: 27, deliveries: 1 }],
  },
  {
    command: 'XINFO STREAM s',
    resp2: [
      'length',
      1,
      'last-generated-id',
      '2-1',
      'groups',
      1,
      'first-entry',
      ['1-1', ['a', '1']],
      'last-entry',
      null,
    ],
    resp3: map({
      length: 1,
      'last-generated-id': '2-1',
      groups: 1,
      'first-entry': ['1-1', ['a', '1']],
      'last-entry': null,
    }),
    shape: map({
      length: 1,
      lastGeneratedId: '2-1',
      groups: 1,
      firstEntry: { id: '1-1', fields: [['a', '1']] },
      lastEntry: null,
    }),
  },
  {
    command: 'GEOPOS g P x',
    resp2: [['13.35999995470047', '38.11000028671503'], null],
    resp3: [[13.35999995470047, 38.11000028671503], null],
    shape: [
      { longitude: 13.35999995470047, latitude: 38.11000028671503 },
      null,
    ],
  },
  {
    command: 'GEODIST g P C',
    resp2: '165679.0071',
    resp3: '165679.0071',
    shape: 165679.0071,
  },
  {
    // a member named as an option changes nothing
    command: 'GEORADIUSBYMEMBER g WITHHASH 1 KM WITHCOORD WITHDIST',
    resp2: [['P', '190.1377', ['13.3', '38.1']]],
    resp3: [['P', '190.1377', [13.3, 38.1]]],
    shape: [
      {
        member: 'P',
        distance: 190.1377,
        position: { longitude: 13.3, latitude: 38.1 },
      },
    ],
  },
  {
    command: 'VSIM v ELE a WITHSCORES WITHATTRIBS',
    resp2: ['b', '1', '{"x":1}', '7', '0.5', null],
    // the order is lost where a name looks like a number
    resp3: map({ 7: [0.5, null], b: [1, '{"x":1}'] }),
    shape: [
      { element: 'b', score: 1, attributes: '{"x":1}' },
      { element: '7', score: 0.5, attributes: null },
    ],
  },
  {
    command: 'VSIM v VALUES 2 1 0 WITHSCORES',
    resp2: ['a', '1', 'b', '0.5'],
    resp3: map({ a: 1, b: 0.5 }),
    shape: [
      { element: 'a', score: 1 },
      { element: 'b', score: 0.5 },
    ],
  },
  {
    command: 'VLINKS v a WITHSCORES',
    resp2: [[], ['b', '0.5']],
    resp3: [map({}), map({ b: 0.5 })],
    shape: [[], [{ element: 'b', score: 0.5 }]],
  },
  { command: 'VADD v VALUES 1 1 e', resp2: 1, resp3: true, shape: 1 },
  { command: 'VISMEMBER v e', resp2: 0, resp3: false, shape: 0 },
  {
    command: 'CLUSTER SHARDS',
    resp2: [
      [
        'slots',
        [0, 5, 7, 9],
        'nodes',
        [['id', 'x', 'port', 1, 'replication-offset', 0]],
      ],
    ],
    resp3: [
      map({
        slots: [0, 5, 7, 9],
        nodes: [map({ id: 'x', port: 1, 'replication-offset': 0 })],
      }),
    ],
    shape: [
      map({
        slots: [
          [0, 5],
          [7, 9],
        ],
        nodes: [map({ id: 'x', port: 1, replicationOffset: 0 })],
      }),
    ],
  },
  {
    command: 'CLUSTER SLOTS',
    resp2: [[0, 9, ['h', 1, 'id', ['hostname', 'n']]]],
    resp3: [[0, 9, ['h', 1, 'id', map({ hostname: 'n' })]]],
    shape: [
      {
        from: 0,
        to: 9,
        nodes: [
          { host: 'h', port: 1, id: 'id', metadata: map({ hostname: 'n' }) },
        ],
      },
    ],
  },
  {
    command: 'MEMORY STATS',
    resp2: ['keys.count', 4, 'peak.percentage', '100.5', 'db.0', ['a', 1]],
    resp3: map({
      'keys.count': 4,
      'peak.percentage': 100.5,
      'db.0': map({ a: 1 }),
    }),
    shape: map({
      'keys.count': 4,
      'peak.percentage': 100.5,
      'db.0': map({ a: 1 }),
    }),
  },
  {
    command: 'LATENCY HISTOGRAM get',
    resp2: ['get', ['calls', 2, 'histogram_usec', [1, 1, 8, 2]]],
    resp3: map({ get: map({ calls: 2, histogram_usec: map({ 1: 1, 8: 2 }) }) }),
    shape: map({ get: { calls: 2, histogramUsec: map({ 1: 1, 8: 2 }) } }),
  },
  {
    command: 'ACL LOG',
    resp2: [['count', 1, 'age-seconds', '0.25']],
    resp3: [map({ count: 1, 'age-seconds': 0.25 })],
    shape: [map({ count: 1, ageSeconds: 0.25 })],
  },
  { command: 'ACL LOG RESET', resp2: 'OK', resp3: 'OK', shape: 'OK' },
  { command: 'ACL GETUSER no', resp2: null, resp3: null, shape: null },
  {
    command: 'ROLE',
    resp2: ['master', 5, [['127.0.0.1', '7001', '5']]],
    resp3: ['master', 5, [['127.0.0.1', '7001', '5']]],
    shape: {
      role: 'master',
      offset: 5,
      replicas: [{ host: '127.0.0.1', port: 7001, offset: 5 }],
    },
  },
  {
    command: 'ROLE',
    resp2: ['slave', '127.0.0.1', 7000, 'connected', 5],
    resp3: ['slave', '127.0.0.1', 7000, 'connected', 5],
    shape: {
      role: 'slave',
      host: '127.0.0.1',
      port: 7000,
      state: 'connected',
      offset: 5,
    },
  },
  {
    command: 'PUBSUB NUMSUB a b',
    resp2: ['a', 0, 'b', 2],
    resp3: ['a', 0, 'b', 2],
    shape: [
      { channel: 'a', subscribers: 0 },
      { channel: 'b', subscribers: 2 },
    ],
  },
  {
    command: 'FUNCTION STATS',
    resp2: ['running_script', null, 'engines', ['LUA', ['libraries_count', 1]]],
    resp3: map({
      running_script: null,
      engines: map({ LUA: map({ libraries_count: 1 }) }),
    }),
    shape: map({
      runningScript: null,
      engines: map({ LUA: map({ librariesCount: 1 }) }),
    }),
  },
] as const;

describe('replies of streams, places, vectors and servers have one shape', () => {
  it.each(CASES)('$command: RESP2 $resp2', ({ command, resp2, shape }) => {
    expect(transform(command, resp2)).toEqual(shape);
  });

  it.each(CASES)('$command: RESP3 $resp3', ({ command, resp3, shape }) => {
    expect(transform(command, resp3)).toEqual(shape);
  });

  it('keeps the stored bytes of a vector as they are', () => {
    const data = Buffer.from([0, 255, 1]);
    expect(
      transform('VEMB v a RAW', [Buffer.from('int8'), data, '1.5', '2']),
    ).toEqual({ quantization: 'int8', data, norm: 1.5, range: 2 });
    expect(transform('VEMB v a', [Buffer.from('0.5'), 1])).toEqual([0.5, 1]);
  });

  it('sets no prototype from a name of a map', () => {
    const reply = transform('CONFIG GET *', ['__proto__', 'x']) as object;
    expect(Object.entries(reply)).toEqual([['__proto__', 'x']]);
    expect(Object.getPrototypeOf(reply)).toBeNull();
  });
});
