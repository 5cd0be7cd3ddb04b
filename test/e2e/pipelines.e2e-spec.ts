import {
  PipelineError,
  RedisClusterClient,
  type PipelineResult,
  type QueuedCommands,
  type QueuedReply,
} from 'nest-redis-cluster';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from 'nest-redis-cluster/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EXECUTE, type CommandHost } from '../../lib/commands/command-host.js';
import { commandSpec } from '../../lib/commands/command-table.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** Keys of all shards, some of one slot. */
const KEYS = ['b', 'c', 'a', '{a}1', '{a}2', '{b}1'];

let cluster: LocalRedisCluster;
let client: RedisClusterClient;

beforeAll(async () => {
  // what is asked for takes over: not a replica of a node that is busy
  cluster = await LocalRedisCluster.start({ nodeTimeoutMs: 5_000 });
  client = new RedisClusterClient(cluster.clientOptions);
  await client.connect();
});

afterAll(async () => {
  client.destroy();
  await cluster.stop();
});

beforeEach(() => cluster.flush());

/** The results of a pipeline, whether it failed or not. */
async function resultsOf(
  on: RedisClusterClient,
  callback: (p: QueuedCommands) => void,
): Promise<readonly PipelineResult[]> {
  try {
    const replies = await on.pipeline(callback);
    return replies.map((reply) => ({
      command: '',
      outcome: 'applied' as const,
      reply,
    }));
  } catch (error) {
    if (error instanceof PipelineError) return error.results;
    throw error;
  }
}

/** Appends its number with each command, to one key after the other. */
const append =
  (from: number, count: number) =>
  (p: QueuedCommands): void => {
    for (let n = from; n < from + count; n++) {
      p.rpush(KEYS[n % KEYS.length]!, n);
    }
  };

/**
 * Sends pipelines until the fault is over, and then looks at what the servers
 * have: each key's numbers in the order of the calls, those acknowledged once,
 * those that failed not at all.
 */
async function duringFault(
  on: RedisClusterClient,
  fault: () => Promise<unknown>,
  size = 2_000,
): Promise<readonly PipelineResult[]> {
  const all: PipelineResult[] = [];
  const fate = { over: false };
  const end = fault().finally(() => {
    fate.over = true;
  });
  do {
    all.push(...(await resultsOf(on, append(all.length, size))));
  } while (!fate.over);
  await end;
  all.push(...(await resultsOf(on, append(all.length, size))));
  for (const [place, key] of KEYS.entries()) {
    const there = (await on.lrange(key, 0, -1)).map(Number);
    const known = all.flatMap(({ outcome }, n) =>
      n % KEYS.length === place && outcome !== 'unknown' ? [[n, outcome]] : [],
    );
    const found = new Set(there);
    expect(
      known.filter(
        ([n, outcome]) => found.has(n as number) !== (outcome === 'applied'),
      ),
    ).toEqual([]);
    expect(there).toEqual([...found].toSorted((left, right) => left - right));
  }
  return all;
}

const without = (
  results: readonly PipelineResult[],
  outcome: PipelineResult['outcome'],
): PipelineResult[] => results.filter((result) => result.outcome !== outcome);

describe('a pipeline over all slots', () => {
  it('gives its results in the order of the calls, with their types (conformance 103)', async () => {
    const [set, n, missing, all, size] = await client.pipeline((p) => [
      p.set('a', 'x'),
      p.incr('b'),
      p.get('c'),
      p.mget('a', 'b', 'c'),
      p.dbsize(),
    ]);
    expect([set, n, missing, all, size]).toEqual([
      'OK',
      1,
      null,
      ['x', '1', null],
      2,
    ]);
  });

  it.each([2, 3] as const)(
    'gives every reply the shape it has outside (RESP%d)',
    async (protocol) => {
      const own = new RedisClusterClient({
        ...cluster.clientOptions,
        protocol,
      });
      await own.pipeline((p) => {
        p.set('a', 'text');
        p.hset('h', { f: 'v' });
        p.sadd('s', 'm');
        p.zadd('z', [{ member: 'm', score: 1.5 }]);
      });
      const views = [
        own,
        own.with({ replies: 'buffers' }),
        own.with({
          replies: { integers: 'bigint', maps: 'map', sets: 'set' },
        }),
      ] as unknown as RedisClusterClient[];
      for (const view of views) {
        const outside = await Promise.all([
          view.get('a'),
          view.mget('a', 'h2', 'b'),
          view.strlen('a'),
          view.hgetall('h'),
          view.smembers('s'),
          view.zrange('z', 0, -1, { withscores: true }),
          view.zscore('z', 'm'),
          view.dbsize(),
        ]);
        const inside = await view.pipeline((p) => [
          p.get('a'),
          p.mget('a', 'h2', 'b'),
          p.strlen('a'),
          p.hgetall('h'),
          p.smembers('s'),
          p.zrange('z', 0, -1, { withscores: true }),
          p.zscore('z', 'm'),
          p.dbsize(),
        ]);
        expect(inside).toEqual(outside);
      }
      expect(
        await own
          .with({ replies: { integers: 'bigint', strings: 'buffers' } })
          .pipeline((p) => [p.strlen('a'), p.get('a')]),
      ).toEqual([4n, Buffer.from('text')]);
      own.destroy();
    },
  );

  it('fails one command, and no other (conformance 104)', async () => {
    await client.set('a', 'text');
    expect(
      await client.pipeline((p) => [p.lpush('a', 1), p.incr('n'), p.get('a')], {
        settle: true,
      }),
    ).toMatchObject([
      { status: 'rejected', reason: { code: 'REPLY', prefix: 'WRONGTYPE' } },
      { status: 'fulfilled', value: 1 },
      { status: 'fulfilled', value: 'text' },
    ]);
  });

  it('takes 200,000 commands (conformance 109)', async () => {
    const count = 200_000;
    const replies = await client.with({ timeoutMs: 100_000 }).pipeline((p) => {
      for (let n = 0; n < count; n++) p.incr(`counter:${n % 1_000}`);
    });
    expect(replies).toEqual(
      Array.from({ length: count }, (_, n) => Math.floor(n / 1_000) + 1),
    );
  });

  it('takes 512 MB, and holds little of it in its queues (conformance 109)', async () => {
    const value = Buffer.alloc(1024 * 1024, 'x');
    const before = process.memoryUsage().rss;
    let most = 0;
    const timer = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 20);
    const lengths = await client.with({ timeoutMs: 100_000 }).pipeline((p) => {
      for (let n = 0; n < 512; n++) p.setrange(`big:${n % 6}`, 0, value);
    });
    clearInterval(timer);
    expect(new Set(lengths)).toEqual(new Set([value.length]));
    expect(most - before).toBeLessThan(300 * 1024 * 1024);
  });

  it('has its writes acknowledged by replicas in a scope, also behind a fan-out', async () => {
    const { report } = await client.ensureReplicationWithReport(1, 20_000, () =>
      client.pipeline((p) => [
        p.set('a', 1),
        p.flushall(),
        p.set('b', 1),
        p.set('c', 1),
      ]),
    );
    expect(report.shards).toHaveLength(3);
    for (const shard of report.shards) expect(shard.acknowledged).toBe(1);
  });
});

describe('a pipeline keeps the order on each key, and runs each command once', () => {
  it('while slots move to and fro (conformance 48)', async () => {
    const results = await duringFault(client, async () => {
      for (const key of ['a', 'b', 'a']) {
        const owner = await cluster.primaryOf(key);
        const other = (await cluster.primaries()).find((n) => n !== owner)!;
        await cluster.migrateSlots(await cluster.slotOf(key), other);
      }
    });
    for (const { error } of without(results, 'applied')) {
      expect(error).toMatchObject({ code: 'OVERTAKEN' });
    }
  });

  it('through a failover', async () => {
    const results = await duringFault(client, async () => {
      const primary = await cluster.primaryOf('a');
      const [replica] = await cluster.replicasOf(primary);
      await cluster.failover(replica!);
    });
    for (const { outcome, error } of without(results, 'applied')) {
      expect(['failed', 'unknown']).toContain(outcome);
      expect(['OVERTAKEN', 'OUTCOME_UNKNOWN']).toContain(
        (error as Error & { code: string }).code,
      );
    }
    await cluster.waitUntilStable();
  });

  it('while a connection is cut', async () => {
    const node: LocalRedisNode = await cluster.primaryOf('a');
    const proxy = await TcpProxy.open({ host: '127.0.0.1', port: node.port });
    const proxied = new RedisClusterClient({
      ...cluster.clientOptions,
      reconnectDelayMs: { min: 5, max: 50 },
      addressMap: ({ host, port }) =>
        port === node.port
          ? { host: '127.0.0.1', port: proxy.port }
          : { host, port },
    });
    await proxied.connect();
    const results = await duringFault(
      proxied,
      async () => {
        for (let n = 0; n < 5; n++) {
          await new Promise((next) => setTimeout(next, 20));
          proxy.cut('rst');
        }
      },
      3_000,
    );
    for (const { outcome } of without(results, 'applied')) {
      expect(outcome).toBe('unknown');
    }
    proxied.destroy();
    await proxy.close();
  });
});

describe('scripts in a pipeline', () => {
  const text = "return redis.call('APPEND', KEYS[1], ARGV[1])";

  it('run in their order where a node lacks them, also behind SCRIPT FLUSH', async () => {
    const real = await client.scriptLoad(text);
    const spec = { ...commandSpec('EVALSHA'), script: { text, sha: real } };
    const script = (p: unknown, key: string, word: string): QueuedReply =>
      (p as CommandHost)[EXECUTE](spec, [real, 1, key, word]) as never;
    for (let round = 0; round < 3; round++) {
      await client.scriptFlush();
      const replies = await client.pipeline((p) =>
        KEYS.flatMap((key) => [
          p.set(key, ''),
          script(p, key, '1'),
          p.append(key, '2'),
          script(p, key, '3'),
          p.get(key),
        ]),
      );
      expect(replies).toEqual(KEYS.flatMap(() => ['OK', 1, 2, 3, '123']));
    }
  });
});
