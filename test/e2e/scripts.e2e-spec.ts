import {
  ConfigurationError,
  CrossSlotError,
  RedisClusterClient,
  ReplyError,
  Script,
} from 'nest-redis-cluster';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from 'nest-redis-cluster/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keySlot } from '../../lib/routing/key-slot.js';
import {
  callsAt,
  callsOf,
  resetStatistics,
} from '../support/server-statistics.js';

/** Keys of three primaries. */
const KEYS = ['{a}1', '{b}2', '{c}3'] as const;
const [A, B] = KEYS;

/** Counts its runs in its key. */
const COUNT = {
  lua: "return redis.call('INCRBY', KEYS[1], ARGV[1])",
  numberOfKeys: 1,
  reply: Number,
} as const;

let cluster: LocalRedisCluster;
let client: RedisClusterClient;

beforeAll(async () => {
  // what is asked for takes over: not a replica of a node that is busy
  cluster = await LocalRedisCluster.start({ nodeTimeoutMs: 5_000 });
  client = new RedisClusterClient(cluster.clientOptions);
  await client.connect();
});

afterAll(async () => {
  await client.close();
  await cluster.stop();
});

beforeEach(async () => {
  await cluster.flush();
  await client.scriptFlush();
  await resetStatistics(cluster);
});

const owner = (key: string): Promise<LocalRedisNode> => cluster.primaryOf(key);

describe('a script', () => {
  it('is loaded where it is missing, once a node, and nobody sees NOSCRIPT (conformance 124)', async () => {
    const count = client.script(COUNT);
    for (const key of KEYS) expect(await count.run(key, 2)).toBe(2);
    for (const key of KEYS) expect(await count.run([key], [1])).toBe(3);
    const primaries = await cluster.primaries();
    // of the two calls each, the first came twice
    expect(await callsOf(cluster, 'evalsha', primaries)).toBe(9);
    expect(await callsOf(cluster, 'script|load', primaries)).toBe(3);
    expect(await callsOf(cluster, 'eval', primaries)).toBe(0);
  });

  it('that many call at once is loaded by one SCRIPT LOAD, and each runs once', async () => {
    const count = client.script(COUNT);
    const replies = await Promise.all(
      Array.from({ length: 500 }, () => count.run(A, 1)),
    );
    expect(replies).toEqual(Array.from({ length: 500 }, (_, nth) => nth + 1));
    expect(await callsAt(cluster, await owner(A), 'script|load')).toBe(1);
  });

  it('runs on while scripts are flushed again and again, each call exactly once (conformance 124)', async () => {
    const count = client.script(COUNT);
    const stop = new AbortController();
    const flushes = { done: 0 };
    const flushing = (async () => {
      for (; !stop.signal.aborted; flushes.done++) await client.scriptFlush();
    })();
    let runs = 0;
    for (let round = 0; round < 40 || flushes.done < 10; round++) {
      const batch = await Promise.all(
        Array.from({ length: 25 }, () => count.run(A, 1)),
      );
      runs += batch.length;
    }
    stop.abort();
    await flushing;
    expect(Number(await client.get(A))).toBe(runs);
  });

  it.each([
    "return redis.error_reply('NOSCRIPT No matching script. Please use EVAL.')",
    "return {err = 'NOSCRIPT No matching script.'}",
    'return redis.error_reply(ARGV[1])',
    "local r = {} r['err'] = ARGV[1] return r",
    'error({err = ARGV[1]})',
    'error(ARGV[1])',
    "return redis.error_reply('MINE NOSCRIPT inside')",
  ])(
    'is not taken for missing where its own error says so: %s (conformance 128)',
    async (end) => {
      const script = client.script({
        lua: `redis.call('INCR', KEYS[1]) ${end}`,
        numberOfKeys: 1,
      });
      for (const run of ['1', '2']) {
        await expect(
          script.run(A, 'NOSCRIPT No matching script. Please use EVAL.'),
        ).rejects.toThrow(/NOSCRIPT/);
        expect(await client.get(A)).toBe(run);
      }
    },
  );

  it.each(['BUSY', 'TRYAGAIN', 'LOADING', 'CLUSTERDOWN', 'READONLY'])(
    'whose own error begins with %s is not run again',
    async (word) => {
      const script = client.script({
        lua: `redis.call('INCR', KEYS[1]) return redis.error_reply('${word} says the script')`,
        numberOfKeys: 1,
      });
      await expect(script.run(A)).rejects.toMatchObject({
        code: 'REPLY',
        message: `${word} says the script`,
      });
      await expect(client.eval(script.lua, [A])).rejects.toThrow(word);
      expect(await client.get(A)).toBe('2');
    },
  );

  it('that fails when it has written is not run again, and a scope waits for its shard', async () => {
    const lua =
      "redis.call('SET', KEYS[1], 'x') return redis.call('LPUSH', KEYS[1], 'y')";
    let failure: unknown;
    const { report } = await client.ensureReplicationWithReport(1, 20_000, () =>
      client.eval(lua, [A]).catch((reason: unknown) => {
        failure = reason;
      }),
    );
    expect(failure).toMatchObject({ code: 'REPLY', prefix: 'WRONGTYPE' });
    expect(await client.get(A)).toBe('x');
    expect(await callsOf(cluster, 'eval')).toBe(1);
    expect(report.shards).toMatchObject([
      { node: (await cluster.primaryOf(A)).address },
    ]);
  });

  it('that does not compile says so, and not that it is missing', async () => {
    const script = client.script({ lua: 'return (', numberOfKeys: 1 });
    await expect(script.run(A)).rejects.toMatchObject({
      code: 'REPLY',
      command: 'EVALSHA',
      message: expect.stringContaining('ompil') as string,
    });
    await expect(script.run(A)).rejects.toBeInstanceOf(ReplyError);
  });

  it('with keys in several slots is refused, and nothing is sent (conformance 126)', async () => {
    const move = client.script({
      lua: "return redis.call('RENAME', KEYS[1], KEYS[2])",
      numberOfKeys: 2,
    });
    const refused: unknown = await move.run([A, B]).catch((error) => error);
    expect(refused).toBeInstanceOf(CrossSlotError);
    expect(refused).toMatchObject({
      keys: [A, B],
      slots: [keySlot(A), keySlot(B)],
    });
    expect(await callsOf(cluster, 'evalsha')).toBe(0);
  });

  it.each([
    [{ ...COUNT, readonly: true }, "did you mean 'readOnly'?"],
    [{ ...COUNT, readOnly: 1 }, 'readOnly must be true or false'],
    [{ ...COUNT, reply: 'number' }, 'reply must be a function'],
    [{ ...COUNT, numberOfKeys: 0.5 }, 'numberOfKeys must be a whole number'],
    [{ lua: '' }, 'lua must be the source'],
    [undefined, 'expected an object of options'],
  ])('is not made of %j', (options, why) => {
    expect(() => client.script(options as never)).toThrow(ConfigurationError);
    expect(() => client.script(options as never)).toThrow(why);
  });

  it('called with another number of keys is refused, and nothing is sent', async () => {
    const count = client.script(COUNT);
    await expect(count.run([] as never)).rejects.toThrow(
      'EVALSHA: it has 1 key, and was called with 0',
    );
    await expect(count.run([A, A] as never)).rejects.toBeInstanceOf(
      ConfigurationError,
    );
    await expect(count.run(null as never)).rejects.toThrow(/keys must be/);
    await expect(count.run(A, [{}] as never)).rejects.toThrow(/args\[0\]/);
    expect(await callsOf(cluster, 'evalsha')).toBe(0);
  });

  it('without keys that may write needs a place (conformance 125)', async () => {
    const publish = client.script({
      lua: "return redis.call('PUBLISH', 'news', ARGV[1])",
      numberOfKeys: 0,
    });
    await expect(publish.run([], 'x')).rejects.toThrow(
      /has no keys.*client\.at\(/,
    );
    await expect(client.eval('return 1')).rejects.toBeInstanceOf(
      ConfigurationError,
    );
    expect(await publish.on(client.at({ key: B })).run([], 'x')).toBe(0);
    expect(await callsAt(cluster, await owner(B), 'publish')).toBe(1);
    const all = await publish.on(client.at('primaries')).run([], 'x');
    expect(Object.values(all)).toEqual([0, 0, 0]);
  });

  it('without keys that only reads runs on any primary (conformance 125)', async () => {
    const one = client.script({
      lua: 'return ARGV[1]',
      numberOfKeys: 0,
      readOnly: true,
    });
    expect(await one.run([], 'x')).toBe('x');
    expect(await client.evalRo('return 1')).toBe(1);
  });

  it('gets the prefix before its keys and not before its arguments (conformance 127)', async () => {
    const prefixed = new RedisClusterClient({
      ...cluster.clientOptions,
      keyPrefix: 'app:',
    });
    const echo = prefixed.script({
      lua: 'return {KEYS[1], KEYS[2], ARGV[1]}',
      numberOfKeys: 2,
    });
    expect(await echo.run(['{k}1', '{k}2'], ['{k}1'])).toEqual([
      'app:{k}1',
      'app:{k}2',
      '{k}1',
    ]);
    const one = prefixed.script({
      lua: 'return {KEYS[1], ARGV[1]}',
      numberOfKeys: 1,
    });
    expect(await one.run('k', 'k')).toEqual(['app:k', 'k']);
    expect(await one.on(prefixed.at({ key: 'k' })).run('k', 'k')).toEqual([
      'app:k',
      'k',
    ]);
    await prefixed.close();
  });

  it('that only reads runs on a replica, which gets it too', async () => {
    await client.set(A, 'here');
    const primary = await owner(A);
    const [replica] = await cluster.replicasOf(primary);
    const read = client.script({
      lua: "return redis.call('GET', KEYS[1])",
      numberOfKeys: 1,
      readOnly: true,
    });
    const there = client.at({ node: replica!.address });
    await expect.poll(() => read.on(there).run(A)).toBe('here');
    expect(await callsAt(cluster, replica!, 'evalsha_ro')).toBeGreaterThan(1);
    expect(await callsAt(cluster, replica!, 'script|load')).toBe(1);
  });

  it('that only reads cannot write', async () => {
    const liar = client.script({
      lua: "return redis.call('SET', KEYS[1], 1)",
      numberOfKeys: 1,
      readOnly: true,
    });
    await expect(liar.run(A)).rejects.toThrow(/read-only/);
    expect(await client.get(A)).toBeNull();
  });

  it('runs under the settings of a view, and replies as they ask', async () => {
    const echo = client.script({ lua: 'return ARGV[1]', numberOfKeys: 1 });
    const raw = client.with({ replies: 'buffers' });
    expect(await echo.on(raw).run(A, 'x')).toEqual(Buffer.from('x'));
    expect(await raw.script({ lua: 'return ARGV[1]' }).run(A, 'x')).toEqual(
      Buffer.from('x'),
    );
    await expect(
      echo.on(client.with({ signal: AbortSignal.abort() })).run(A),
    ).rejects.toThrow(/abort/);
  });

  it('gives errors inside its reply as errors, and what its reply function throws', async () => {
    const lua = "return {1, redis.pcall('LPUSH', KEYS[1])}";
    const plain = client.script({ lua, numberOfKeys: 1 });
    const [one, error] = (await plain.run(A)) as [number, Error];
    expect([one, error]).toEqual([1, expect.any(ReplyError)]);
    const parsed = client.script({
      lua,
      numberOfKeys: 1,
      reply: (reply: unknown[]) => reply[1] instanceof ReplyError,
    });
    expect(await parsed.run(A)).toBe(true);
    const thrower = client.script({
      lua,
      numberOfKeys: 1,
      reply: (): never => {
        throw new Error('unreadable');
      },
    });
    await expect(thrower.run(A)).rejects.toThrow('unreadable');
  });

  it('counts as a write in a replication scope, also where it had to be loaded', async () => {
    const count = client.script(COUNT);
    const { value, report } = await client.ensureReplicationWithReport(
      1,
      20_000,
      async () => [await count.run(A, 1), await count.run(B, 1)],
    );
    expect(value).toEqual([1, 1]);
    expect(report.shards.map(({ node }) => node).sort()).toEqual(
      [(await owner(A)).address, (await owner(B)).address].sort(),
    );
    expect(report.acknowledged).toBe(1);
  });

  it('is an instance of Script, known by the SHA1 that servers give', async () => {
    const count = client.script(COUNT);
    expect(count).toBeInstanceOf(Script);
    expect(count.sha1).toBe(await client.scriptLoad(COUNT.lua));
  });
});

describe('a script on the move', () => {
  it('goes behind ASK to a node that never had it (conformance 124)', async () => {
    const source = await owner(A);
    const count = client.script(COUNT);
    await count.run(A, 1);
    const target = await owner(B);
    const migration = await cluster.migrateSlots(keySlot(A), target, {
      stopHalfway: true,
    });
    // keys that are not there yet are the importing node's: ASK
    await client.scriptFlush();
    await client.scriptLoad('return 0');
    const fresh = '{a}fresh';
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => count.run(fresh, 1)),
    );
    expect(replies).toEqual(Array.from({ length: 20 }, (_, nth) => nth + 1));
    expect(await callsAt(cluster, target, 'asking')).toBeGreaterThan(19);
    await migration.finish();
    expect(await count.run(fresh, 1)).toBe(21);
    await cluster.migrateSlots(keySlot(A), source);
  });

  it('runs on through a failover to a replica without it, each call at most once (conformance 124)', async () => {
    const count = client.script(COUNT);
    const primary = await owner(A);
    const [replica] = await cluster.replicasOf(primary);
    const stop = new AbortController();
    let answered = 0;
    const errors: unknown[] = [];
    const loop = (async () => {
      while (!stop.signal.aborted) {
        try {
          await count.run(A, 1);
          answered += 1;
        } catch (error) {
          errors.push(error);
        }
      }
    })();
    await cluster.failover(replica!);
    const before = answered;
    await expect.poll(() => answered).toBeGreaterThan(before + 20);
    stop.abort();
    await loop;
    expect(errors).toEqual([]);
    expect(Number(await client.get(A))).toBe(answered);
    expect(await callsAt(cluster, replica!, 'script|load')).toBe(1);
  });

  it('runs on when its slot moves to a new node (conformance 124)', async () => {
    const guest = await cluster.addNode();
    const count = client.script(COUNT);
    await count.run(A, 1);
    const before = await owner(A);
    await cluster.migrateSlots(keySlot(A), guest);
    expect(await count.run(A, 1)).toBe(2);
    expect(await callsAt(cluster, guest, 'script|load')).toBe(1);
    await cluster.migrateSlots(keySlot(A), before);
    await cluster.removeNode(guest);
    expect(await count.run(A, 1)).toBe(3);
  });
});
