import {
  RedisClusterClient,
  type RedisClusterClientOptions,
} from 'nest-redis-cluster';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from 'nest-redis-cluster/testing';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from 'vitest';
import {
  callsOf,
  errorReplies,
  resetStatistics,
} from '../support/server-statistics.js';

/** A key of each shard of three. */
const KEYS = ['b', 'c', 'a'];

let cluster: LocalRedisCluster;
let primaries: readonly LocalRedisNode[];
let replicas: readonly LocalRedisNode[];
const open: RedisClusterClient[] = [];

async function connected(
  options: Partial<RedisClusterClientOptions> = {},
): Promise<RedisClusterClient> {
  const client = new RedisClusterClient({
    ...cluster.clientOptions,
    ...options,
  });
  open.push(client);
  await client.connect();
  return client;
}

/** How often a command ran at the primaries, and how often at the replicas. */
const spread = async (name: string): Promise<[number, number]> => [
  await callsOf(cluster, name, primaries),
  await callsOf(cluster, name, replicas),
];

/** Reads of one key, and reads that are split. */
const read = (on: Pick<RedisClusterClient, 'pipeline'>): Promise<unknown[]> =>
  on.pipeline((p) => [
    ...KEYS.map((key) => p.get(key)),
    p.mget(...KEYS),
    p.exists('a', 'b'),
  ]);

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({
    replicas: 1,
    nodeTimeoutMs: 30_000,
  });
  primaries = await cluster.primaries();
  replicas = (
    await Promise.all(primaries.map((node) => cluster.replicasOf(node)))
  ).flat();
});

afterAll(async () => {
  await cluster.stop();
});

beforeEach(async () => {
  const client = await connected();
  await client.ensureReplication('all', 20_000, () =>
    client.mset({ a: 1, b: 2, c: 3 }),
  );
  // a replica is read once it is known that it follows its primary
  const reading = client.with({ readFrom: 'replica' });
  await Promise.all(KEYS.map((key) => reading.get(key)));
  await resetStatistics(cluster);
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});

describe('reads in a pipeline', () => {
  it('go by readFrom, of the client or of the call (conformance 136)', async () => {
    const client = await connected({ readFrom: 'replica' });
    const expected = ['2', '3', '1', ['2', '3', '1'], 2];
    expect(await read(client)).toEqual(expected);
    expect(await spread('get')).toEqual([0, 3]);
    expect(await spread('mget')).toEqual([0, 3]);
    expect(await spread('exists')).toEqual([0, 2]);
    expect(await read(client.with({ readFrom: 'primary' }))).toEqual(expected);
    expect(await spread('get')).toEqual([3, 3]);
    expect(await spread('mget')).toEqual([3, 3]);
    const plain = await connected();
    await read(plain);
    expect(await spread('get')).toEqual([6, 3]);
    await read(plain.with({ readFrom: 'preferReplica' }));
    expect(await spread('get')).toEqual([6, 6]);
  });

  it('of a slot that it writes go to the primary, and see the writes before them and none behind', async () => {
    const client = await connected({ readFrom: 'replica' });
    for (let round = 0; round < 50; round++) {
      const [before, , after, both, elsewhere] = await client.pipeline((p) => [
        p.get('a'),
        p.set('a', round),
        p.get('a'),
        p.mget('a', 'b'),
        p.get('c'),
      ]);
      expect([before, after, both, elsewhere]).toEqual([
        String(round === 0 ? 1 : round - 1),
        String(round),
        [String(round), '2'],
        '3',
      ]);
    }
    // 'a' and its part of MGET at the primary; 'b' and 'c' at replicas
    expect(await spread('get')).toEqual([100, 50]);
    expect(await spread('mget')).toEqual([50, 50]);
    expect(await errorReplies(cluster, 'MOVED')).toBe(0);
    expect(await errorReplies(cluster, 'READONLY')).toBe(0);
  });

  it('go to the primary with a write to all slots, and see it', async () => {
    const client = await connected({ readFrom: 'replica' });
    for (let round = 0; round < 20; round++) {
      const replies = await client.pipeline((p) => [
        p.set('a', 'x'),
        p.flushall(),
        ...KEYS.map((key) => p.get(key)),
      ]);
      expect(replies.slice(2)).toEqual([null, null, null]);
    }
    expect(await spread('get')).toEqual([60, 0]);
  });

  it('never take a write along to a replica (conformance 138)', async () => {
    const client = await connected({ readFrom: 'any' });
    await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        client.pipeline((p) => {
          p.get('a');
          p.set(`b${n}`, n);
          p.pfcount('hll');
          p.eval('return 1', [`c${n}`]);
          p.get('c');
        }),
      ),
    );
    // of a command that a replica copies nothing but SET is one
    expect(await callsOf(cluster, 'eval', replicas)).toBe(0);
    expect(await callsOf(cluster, 'pfcount', replicas)).toBe(0);
    expect(await errorReplies(cluster, 'READONLY')).toBe(0);
    expect(await errorReplies(cluster, 'MOVED')).toBe(0);
  });

  it('include scripts of the read-only kind, loaded at the replica', async () => {
    const client = await connected({ readFrom: 'replica' });
    const script = client.script({
      lua: "return redis.call('GET', KEYS[1])",
      numberOfKeys: 1,
      readOnly: true,
    });
    await client.at('nodes').scriptFlush();
    await resetStatistics(cluster);
    const replies = await client.pipeline((p) =>
      [...KEYS, ...KEYS].map((key) => script.on(p).run(key)),
    );
    expect(replies).toEqual(['2', '3', '1', '2', '3', '1']);
    expect(await callsOf(cluster, 'script|load', primaries)).toBe(0);
    expect(await callsOf(cluster, 'evalsha_ro', primaries)).toBe(0);
  });
});

describe('a transaction that only reads', () => {
  it('goes to the primary all the same, whatever readFrom says, also on watched keys (conformance 123)', async () => {
    for (const readFrom of ['replica', 'any', 'lowestLatency'] as const) {
      const client = await connected({ readFrom });
      const [value] = await client.transaction((t) => [t.get('a')]);
      expect(value).toBe('1');
      const view = client.with({ readFrom: 'replica' });
      await view.transaction((t) => [t.get('a'), t.mget('a', '{a}2')]);
      await view.watch('a', async (watched) => {
        await watched.get('a');
        return watched.transaction((t) => [t.get('a')]);
      });
    }
    expect(await callsOf(cluster, 'multi', replicas)).toBe(0);
    expect(await callsOf(cluster, 'get', replicas)).toBe(0);
    expect(await callsOf(cluster, 'get', primaries)).toBe(12);
    expect(await callsOf(cluster, 'watch', primaries)).toBe(3);
  });
});
