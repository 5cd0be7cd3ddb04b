import {
  CrossSlotError,
  RedisClusterClient,
  ReplicationError,
  TransactionError,
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
import { keySlot } from '../../lib/routing/key-slot.js';

let cluster: LocalRedisCluster;

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({
    primaries: 2,
    replicas: 0,
    // no node is lost: one that is busy must not count as one
    nodeTimeoutMs: 5_000,
  });
});

afterAll(async () => {
  await cluster.stop();
});

async function other(key: string): Promise<LocalRedisNode> {
  const owner = await cluster.primaryOf(keySlot(key));
  return (await cluster.primaries()).find((node) => node !== owner)!;
}

describe.each([2, 3] as const)('a transaction (RESP%d)', (protocol) => {
  let client: RedisClusterClient;

  beforeEach(async () => {
    client = new RedisClusterClient({ ...cluster.clientOptions, protocol });
    await client.connect();
  });

  afterEach(async () => {
    await client.close({ drainMs: 1_000 });
    await cluster.flush();
  });

  it('gives the results that its callback wants, typed', async () => {
    const [n, all]: [number, Record<string, string>] = await client.transaction(
      (t) => {
        t.set('{a}x', 1);
        const incremented = t.incr('{a}x');
        t.hset('{a}h', { f: 'v' });
        return [incremented, t.hgetall('{a}h')];
      },
    );
    expect(n).toBe(2);
    expect(all).toEqual({ f: 'v' });
    expect(await client.transaction((t) => void t.get('{a}x'))).toEqual(['2']);
    expect(await client.transaction(() => [])).toEqual([]);
  });

  it('gives every reply the shape it has outside', async () => {
    await client.zadd('{a}z', [
      { member: 'm', score: 1.5 },
      { member: 'n', score: 2 },
    ]);
    await client.hset('{a}h', { f: 'v' });
    await client.set('{a}s', 'bytes');
    await client.call('XADD', '{a}x', '1-1', 'f', 'v');
    const outside = await Promise.all([
      client.zrange('{a}z', 0, -1, { withscores: true }),
      client.zscore('{a}z', 'm'),
      client.hgetall('{a}h'),
      client.dump('{a}s'),
      client.get('{a}s'),
      client.call('XRANGE', '{a}x', '-', '+'),
      client.exists('{a}s', '{a}none'),
    ]);
    const inside = await client.transaction((t) => [
      t.zrange('{a}z', 0, -1, { withscores: true }),
      t.zscore('{a}z', 'm'),
      t.hgetall('{a}h'),
      t.dump('{a}s'),
      t.get('{a}s'),
      t.call('XRANGE', '{a}x', '-', '+'),
      t.exists('{a}s', '{a}none'),
    ]);
    expect(inside).toEqual(outside);
    expect(Buffer.isBuffer(inside[3])).toBe(true);
    const buffers = await client
      .with({ replies: 'buffers' })
      .transaction((t) => [t.get('{a}s'), t.hgetall('{a}h')]);
    expect(buffers).toEqual([Buffer.from('bytes'), { f: Buffer.from('v') }]);
    const exact = client.with({
      replies: { integers: 'bigint', maps: 'map', sets: 'set' },
    });
    await client.sadd('{a}set', 'm');
    const shaped = await exact.transaction((t) => [
      t.strlen('{a}s'),
      t.hgetall('{a}h'),
      t.smembers('{a}set'),
      t.zrange('{a}z', 0, 0, { withscores: true }),
    ]);
    expect(shaped).toEqual([
      5n,
      new Map([['f', 'v']]),
      new Set(['m']),
      [{ member: 'm', score: 1.5 }],
    ]);
  });

  it('keeps the values of the other commands when one fails as it is executed (conformance 118)', async () => {
    const failing = client.transaction((t) => [
      t.set('{a}s', 'text'),
      t.lpush('{a}s', 'x'),
      t.get('{a}s'),
    ]);
    const error = await failing.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TransactionError);
    expect((error as TransactionError).results).toMatchObject([
      { command: 'SET', reply: 'OK' },
      { command: 'LPUSH', error: { prefix: 'WRONGTYPE' } },
      { command: 'GET', reply: 'text' },
    ]);
    expect(
      await client.transaction((t) => [t.lpush('{a}s', 'x'), t.get('{a}s')], {
        settle: true,
      }),
    ).toMatchObject([
      { status: 'rejected', reason: { prefix: 'WRONGTYPE' } },
      { status: 'fulfilled', value: 'text' },
    ]);
  });

  it('runs nothing when the server refuses one of its commands', async () => {
    await expect(
      client.transaction((t) => [
        t.set('{a}s', 'text'),
        t.call('GET', '{a}s', 'too', 'many'),
      ]),
    ).rejects.toMatchObject({
      code: 'REPLY',
      message: expect.stringMatching(/wrong number of arguments/) as string,
    });
    expect(await client.get('{a}s')).toBeNull();
  });

  it('never lets a command of another caller in between, nor swallows one', async () => {
    const work: Promise<unknown>[] = [];
    for (let n = 0; n < 300; n++) {
      work.push(
        client.transaction((t) => [t.incr('{a}n'), t.incr('{a}n')]),
        client.incr('{a}n'),
      );
    }
    const replies = await Promise.all(work);
    for (let n = 0; n < 600; n += 2) {
      const [first, second] = replies[n] as [number, number];
      expect(second).toBe(first + 1);
      expect(replies[n + 1]).toEqual(expect.any(Number));
    }
    expect(await client.get('{a}n')).toBe('900');
  });

  it('in two slots is refused, and its keys and slots are named, before anything is sent (conformance 115)', async () => {
    const error = await client
      .transaction((t) => [t.set('a', 1), t.set('b', 2)])
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CrossSlotError);
    expect(error).toMatchObject({
      keys: ['a', 'b'],
      slots: [keySlot('a'), keySlot('b')],
    });
    expect(await client.exists('a', 'b')).toBe(0);
  });

  it('goes with the first key found; without any by the place that is named (conformance 122)', async () => {
    const [time, value] = await client.transaction((t) => [
      t.call('PUBLISH', 'channel', 'x'),
      t.set('a', 1),
    ]);
    expect([time, value]).toEqual([0, 'OK']);
    const keyless = (options?: { key?: string; slot?: number }) =>
      client.transaction((t) => [t.call('PUBLISH', 'channel', 'x')], options);
    await expect(keyless()).rejects.toMatchObject({ code: 'CONFIGURATION' });
    expect(await keyless({ key: 'a' })).toEqual([0]);
    expect(await keyless({ slot: 0 })).toEqual([0]);
    await expect(
      client.transaction((t) => [t.set('a', 1)], { key: 'b' }),
    ).rejects.toBeInstanceOf(CrossSlotError);
  });

  it.each([
    ['BLPOP', ['BLPOP', '{a}l', 1], /nothing blocks/],
    ['DBSIZE', ['DBSIZE'], /several nodes/],
    ['WAIT', ['WAIT', 1, 1], /ensureReplication/],
    ['WATCH', ['WATCH', 'a'], /watch/],
    ['MULTI', ['MULTI'], /swallow/],
  ] as const)('refuses %s, with the reason', async (_, words, reason) => {
    await expect(
      client.transaction((t) => [t.set('{a}', 1), t.call(...words)]),
    ).rejects.toThrow(reason);
    expect(await client.get('{a}')).toBeNull();
  });

  it('follows a slot that moves, whole and once, while many of them run (conformance 116, 117)', async () => {
    const before = 20;
    for (let n = 0; n < before; n++) await client.set(`{a}${n}`, 'x');
    let acknowledged = 0;
    const load = { running: true };
    const errors: unknown[] = [];
    const workers = Array.from({ length: 4 }, async () => {
      while (load.running) {
        await client
          .transaction((t) => [t.incr('{a}n'), t.incr('{a}n')])
          .then(
            () => {
              acknowledged += 2;
            },
            (error: unknown) => errors.push(error),
          );
      }
    });
    for (let round = 0; round < 3; round++) {
      await cluster.migrateSlots(keySlot('a'), await other('a'));
      const reached = acknowledged + 10;
      await expect.poll(() => acknowledged).toBeGreaterThan(reached);
    }
    load.running = false;
    await Promise.all(workers);
    expect(errors).toEqual([]);
    expect(Number(await client.get('{a}n'))).toBe(acknowledged);
  });

  it('goes behind ASKING, in one piece, to the node that imports its slot (conformance 117)', async () => {
    await client.set('{a}kept', 1);
    const migration = await cluster.migrateSlots(
      keySlot('a'),
      await other('a'),
      { stopHalfway: true },
    );
    for (let n = 1; n <= 20; n++) {
      const both = client.transaction((t) => [
        t.incr('{a}fresh'),
        t.incr('{a}fresh'),
      ]);
      expect(await both).toEqual([2 * n - 1, 2 * n]);
      expect(await client.incr('{a}kept')).toBe(n + 1);
    }
    await migration.moveKeys();
    await migration.finish();
    expect(await client.get('{a}fresh')).toBe('40');
  });

  it('has its key prefix, also in scripts', async () => {
    const prefixed = new RedisClusterClient({
      ...cluster.clientOptions,
      protocol,
      keyPrefix: '{p}:',
    });
    const [, value] = await prefixed.transaction((t) => [
      t.set('a', 1),
      t.eval("return redis.call('GET', KEYS[1])", ['a'], []),
      t.set('b', 2),
    ]);
    expect(value).toBe('1');
    await prefixed.close();
    expect(await client.mget('{p}:a', '{p}:b')).toEqual(['1', '2']);
  });

  it('counts in a replication scope, once', async () => {
    // a shard without replicas proves nothing, but shows what it answers for
    const error: unknown = await client
      .ensureReplication(1, 1_000, async () => {
        await client.transaction((t) => [t.set('{a}x', 1), t.set('{a}y', 1)]);
      })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ReplicationError);
    expect((error as ReplicationError).shards).toMatchObject([
      { slots: [keySlot('a')], applied: 'yes' },
    ]);
    const read = await client.ensureReplicationWithReport(1, () =>
      client.transaction((t) => [t.get('{a}x')]),
    );
    expect(read.report.shards).toEqual([]);
  });
});

describe('a user who may not run MULTI', () => {
  it('has nothing executed, instead of every command by itself', async () => {
    for (const node of cluster.nodes) {
      await cluster.command(
        node,
        'ACL',
        'SETUSER',
        'single',
        'on',
        '>pw',
        '~*',
        '&*',
        '+@all',
        '-multi',
      );
    }
    const client = new RedisClusterClient({
      ...cluster.clientOptions,
      username: 'single',
      password: 'pw',
    });
    await expect(
      client.transaction((t) => [t.set('{a}x', 1), t.set('{a}y', 1)]),
    ).rejects.toMatchObject({ code: 'REPLY', prefix: 'NOPERM' });
    await expect(
      client.watch('{a}x', (watched) =>
        watched.transaction((t) => [t.set('{a}x', 1)]),
      ),
    ).rejects.toMatchObject({ code: 'REPLY', prefix: 'NOPERM' });
    expect(await client.exists('{a}x', '{a}y')).toBe(0);
    await client.close();
  });
});
