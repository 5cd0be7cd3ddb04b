import { describe, expect, it } from 'vitest';
import type { EndpointContext } from '../../../lib/topology/announced-endpoint.js';
import { parseClusterNodes } from '../../../lib/topology/parse-cluster-nodes.js';
import { parseClusterShards } from '../../../lib/topology/parse-cluster-shards.js';
import { parseClusterSlots } from '../../../lib/topology/parse-cluster-slots.js';

const context: EndpointContext = {
  source: { host: 'asked', port: 7000 },
  tls: false,
  mapAddress: (address) => address,
};
const overTls: EndpointContext = { ...context, tls: true };
const mapped: EndpointContext = {
  ...context,
  mapAddress: ({ host, port }) => ({ host: `public-${host}`, port: port + 1 }),
};

type Facts = Record<string, unknown>;

const shardNode = (facts: Facts): Facts => ({
  id: 'a',
  port: 7000,
  ip: '10.0.0.1',
  endpoint: '10.0.0.1',
  role: 'master',
  'replication-offset': 0,
  health: 'online',
  ...facts,
});

/** The flat form of RESP2. */
const flat = (record: Facts): unknown[] => Object.entries(record).flat();

const shard = (slots: number[], ...nodes: Facts[]) => ({ slots, nodes });
const flatShard = (slots: number[], ...nodes: Facts[]) =>
  flat({ slots, nodes: nodes.map(flat) });

describe('CLUSTER SHARDS', () => {
  const nodes = [
    shardNode({ id: 'a' }),
    shardNode({ id: 'b', port: 7001, role: 'replica' }),
  ];
  const expected = [
    expect.objectContaining({
      id: 'a',
      address: { host: '10.0.0.1', port: 7000 },
      role: 'primary',
      primaryId: undefined,
      slots: [
        [0, 5],
        [9, 9],
      ],
    }),
    expect.objectContaining({
      id: 'b',
      address: { host: '10.0.0.1', port: 7001 },
      role: 'replica',
      primaryId: 'a',
      slots: [],
    }),
  ];

  it.each([
    ['RESP3', shard([0, 5, 9, 9], ...nodes)],
    ['RESP2', flatShard([0, 5, 9, 9], ...nodes)],
  ])('is read in its %s form (conformance 22)', (_, entry) => {
    expect(parseClusterShards([entry], context)).toEqual(expected);
  });

  it.each([
    ['NULL', null, 'asked'],
    ['an empty host', '', 'asked'],
    ['?', '?', '10.0.0.1'],
    ['a host name', 'node.example', 'node.example'],
    ['IPv6', '::1', '::1'],
    ['nothing', undefined, '10.0.0.1'],
  ])(
    'with %s as endpoint leads to the right host (conformance 23, 24)',
    (_, endpoint, host) => {
      const [node] = parseClusterShards(
        [shard([], shardNode({ endpoint }))],
        context,
      );
      expect(node!.address).toEqual({ host, port: 7000 });
    },
  );

  it.each([
    ['the TLS port over TLS', overTls, { port: 7000, 'tls-port': 8000 }, 8000],
    ['the plain port without', context, { port: 7000, 'tls-port': 8000 }, 7000],
    ['the only port there is', overTls, { port: 7000 }, 7000],
    [
      'the only port there is',
      context,
      { port: undefined, 'tls-port': 8000 },
      8000,
    ],
  ])('gives %s', (_, from, ports, port) => {
    const [node] = parseClusterShards([shard([], shardNode(ports))], from);
    expect(node!.address.port).toBe(port);
  });

  it('leaves out a node without a port', () => {
    const entry = shard([], shardNode({ port: 0 }));
    expect(parseClusterShards([entry], context)).toEqual([]);
  });

  it('takes a failed former primary for a replica of the new one', () => {
    const entry = shard(
      [0, 5],
      shardNode({ id: 'old', health: 'failed' }),
      shardNode({ id: 'new', port: 7001 }),
    );
    expect(parseClusterShards([entry], context)).toMatchObject([
      {
        id: 'old',
        role: 'replica',
        primaryId: 'new',
        healthy: false,
        slots: [],
      },
      { id: 'new', role: 'primary', healthy: true, slots: [[0, 5]] },
    ]);
  });

  it('keeps a failed primary that nobody replaced', () => {
    const entry = shard([0, 5], shardNode({ health: 'fail' }));
    expect(parseClusterShards([entry], context)).toMatchObject([
      { role: 'primary', healthy: false, slots: [[0, 5]] },
    ]);
  });

  it('has primaries without slots', () => {
    expect(
      parseClusterShards([shard([], shardNode({}))], context),
    ).toMatchObject([{ role: 'primary', slots: [] }]);
  });

  it('is translated by the address map (conformance 25)', () => {
    const [node] = parseClusterShards([shard([], shardNode({}))], mapped);
    expect(node!.address).toEqual({ host: 'public-10.0.0.1', port: 7001 });
  });

  it.each([
    [null],
    ['x'],
    [[]],
    [[null]],
    [[{}]],
    [[{ nodes: 'x' }]],
    [[['slots']]],
  ])('that is none of the kind (%j) has no nodes', (reply) => {
    expect(parseClusterShards(reply, context)).toEqual([]);
  });
});

describe('CLUSTER SLOTS', () => {
  it('gives each node once, with all its ranges (conformance 22)', () => {
    const a = ['h', 7000, 'a', []];
    const b = ['h', 7001, 'b', []];
    expect(
      parseClusterSlots(
        [
          [0, 5, a, b],
          [9, 9, a, b],
        ],
        context,
      ),
    ).toMatchObject([
      {
        id: 'a',
        role: 'primary',
        slots: [
          [0, 5],
          [9, 9],
        ],
      },
      { id: 'b', role: 'replica', primaryId: 'a', slots: [] },
    ]);
  });

  it.each([
    ['NULL', null, [], 'asked'],
    ['an empty host', '', [], 'asked'],
    ['? beside an IP', '?', ['ip', '10.0.0.1'], '10.0.0.1'],
    ['? beside an IP of RESP3', '?', { ip: '10.0.0.1' }, '10.0.0.1'],
    ['? alone', '?', [], 'asked'],
    ['a host name beside an IP', 'name', ['ip', '10.0.0.1'], 'name'],
  ])(
    'with %s as endpoint leads to the right host (conformance 23, 24)',
    (_, endpoint, metadata, host) => {
      const entry = [0, 1, [endpoint, 7000, 'a', metadata]];
      const [node] = parseClusterSlots([entry], context);
      expect(node!.address).toEqual({ host, port: 7000 });
    },
  );

  it('without ids (before 4.0) goes by addresses', () => {
    expect(
      parseClusterSlots(
        [
          [0, 5, ['h', 1], ['h', 2]],
          [6, 9, ['h', 2], ['h', 1]],
        ],
        context,
      ),
    ).toMatchObject([
      { id: 'h:1', role: 'primary', slots: [[0, 5]] },
      { id: 'h:2', role: 'primary', primaryId: undefined, slots: [[6, 9]] },
    ]);
  });

  it('is translated by the address map (conformance 25)', () => {
    const [node] = parseClusterSlots([[0, 1, ['a', 1, 'id']]], mapped);
    expect(node!.address).toEqual({ host: 'public-a', port: 2 });
  });

  it('leaves out a node without a port', () => {
    expect(parseClusterSlots([[0, 1, ['a', 0, 'id']]], context)).toEqual([]);
  });

  it.each([[null], ['x'], [[]], [[[0, 5]]]])('%j has no nodes', (reply) => {
    expect(parseClusterSlots(reply, context)).toEqual([]);
  });
});

const parse = (line: string, from = context) => parseClusterNodes(line, from);

describe('CLUSTER NODES', () => {
  it('has members, epochs, flags and slots', () => {
    const reply = [
      'a 10.0.0.1:7000@17000,host myself,master - 0 0 3 connected 0-5 9 100-200',
      'b 10.0.0.1:7001@17001 slave a 0 0 3 connected',
      '',
    ].join('\n');
    expect(parse(reply)).toEqual([
      {
        id: 'a',
        address: { host: '10.0.0.1', port: 7000 },
        role: 'primary',
        primaryId: undefined,
        healthy: true,
        epoch: 3,
        myself: true,
        leaving: [],
        slots: [
          [0, 5],
          [9, 9],
          [100, 200],
        ],
      },
      {
        id: 'b',
        address: { host: '10.0.0.1', port: 7001 },
        role: 'replica',
        primaryId: 'a',
        healthy: true,
        epoch: 3,
        myself: false,
        leaving: [],
        slots: [],
      },
    ]);
  });

  it.each([
    ['Redis 3', 'a 10.0.0.1:7000 master - 0 0 1 connected', '10.0.0.1'],
    ['Redis 4', 'a 10.0.0.1:7000@17000 master - 0 0 1 connected', '10.0.0.1'],
    [
      'a host name',
      'a 10.0.0.1:7000@17000,name master - 0 0 1 connected',
      '10.0.0.1',
    ],
    [
      'a shard id',
      'a 10.0.0.1:7000@17000,,shard-id=x master - 0 0 1 connected',
      '10.0.0.1',
    ],
    ['IPv6', 'a ::1:7000@17000 master - 0 0 1 connected', '::1'],
    ['no host', 'a :7000@17000 myself,master - 0 0 1 connected', 'asked'],
  ])('has the address of a node with %s', (_, line, host) => {
    expect(parse(line)[0]!.address).toEqual({ host, port: 7000 });
  });

  it('leaves slots on the move with their owner', () => {
    const line =
      'a h:7000@17000 master - 0 0 1 connected 0-5 [5->-b] [77-<-c] 8';
    expect(parse(line)[0]!.slots).toEqual([
      [0, 5],
      [8, 8],
    ]);
  });

  it.each([
    ['master,fail', false],
    ['master,fail?', false],
    ['slave,nofailover', true],
    ['master', true],
  ])('with the flags %s is healthy: %s', (flags, healthy) => {
    const [node] = parse(`a h:7000@17000 ${flags} - 0 0 1 connected`);
    expect(node!.healthy).toBe(healthy);
  });

  it.each([
    ['in a handshake', 'a h:7000@17000 handshake - 0 0 0 connected'],
    ['without an address', 'a :0@0 master,noaddr - 0 0 1 disconnected'],
    ['cut short', 'a h:7000@17000'],
    ['empty', ''],
  ])('leaves out a node that is %s', (_, line) => {
    expect(parse(line)).toEqual([]);
  });

  it('has no epoch where a line is cut short', () => {
    expect(parse('a h:7000@17000 master -')[0]!.epoch).toBeUndefined();
  });

  it('is translated by the address map (conformance 25)', () => {
    const [node] = parse('a h:7000@17000 master - 0 0 1 connected', mapped);
    expect(node!.address).toEqual({ host: 'public-h', port: 7001 });
  });

  it('has nothing where the reply is no text', () => {
    expect(parseClusterNodes(null, context)).toEqual([]);
  });
});
