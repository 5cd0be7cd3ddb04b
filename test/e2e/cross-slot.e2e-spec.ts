import * as fc from 'fast-check';
import {
  CrossSlotError,
  FanOutError,
  RedisClusterClient,
  type Key,
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
  callsAt,
  callsOf,
  errorReplies,
  resetStatistics,
} from '../support/server-statistics.js';

let cluster: LocalRedisCluster;
let client: RedisClusterClient;
/** One key in each of 300 slots. */
let keys300: string[];

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({
    replicas: 0,
    // freezing a node for a moment is no failure
    nodeTimeoutMs: 30_000,
    requireFullCoverage: false,
    users: [
      { name: 'app', password: 'secret' },
      {
        name: 'limited',
        password: 'secret',
        rules: '~open:* +@all',
      },
    ],
  });
  client = new RedisClusterClient(cluster.clientOptions);
  await client.connect();
  const candidates = Array.from({ length: 2_000 }, (_, n) => `key:${n}`);
  const slots = await Promise.all(candidates.map((key) => cluster.slotOf(key)));
  const bySlot = new Map(slots.map((slot, n) => [slot, candidates[n]!]));
  keys300 = [...bySlot.values()].slice(0, 300);
});

afterAll(async () => {
  await client.close();
  await cluster.stop();
});

beforeEach(async () => {
  await cluster.flush();
  await resetStatistics(cluster);
});

/** Every key of the cluster, asked from the servers. */
async function storedKeys(): Promise<string[]> {
  const primaries = await cluster.primaries();
  const lists = await Promise.all(
    primaries.map((node) => cluster.command(node, 'KEYS', '*')),
  );
  return lists.flat().map(String).sort();
}

/** Keys of three primaries, in an order that changes the node with each. */
const A = '{a}1';
const B = '{b}2';
const C = '{c}3';

/** The rejection of a call. */
async function failureOf(call: Promise<unknown>): Promise<Error> {
  const failure: unknown = await call.then(
    (reply) => new Error(`It succeeded: ${String(reply)}`),
    (error: unknown) => error,
  );
  return failure as Error;
}

describe('over 300 slots of three primaries', () => {
  beforeEach(async () => {
    await client.mset(keys300.map((key) => [key, `value of ${key}`] as const));
    await resetStatistics(cluster);
  });

  it('the keys of this test are in 300 slots of all three primaries', async () => {
    const slots = await Promise.all(keys300.map((key) => cluster.slotOf(key)));
    expect(new Set(slots).size).toBe(300);
    for (const node of await cluster.primaries()) {
      expect(await cluster.command(node, 'DBSIZE')).toBeGreaterThan(50);
    }
  });

  it('EXISTS of 300 keys is 300 (conformance 66)', async () => {
    expect(await client.exists(keys300)).toBe(300);
    expect(await client.exists(...keys300)).toBe(300);
    expect(await errorReplies(cluster, 'CROSSSLOT')).toBe(0);
    expect(await errorReplies(cluster, 'MOVED')).toBe(0);
  });

  it('EXISTS counts a key as often as it is named, like one server (conformance 66)', async () => {
    expect(await client.exists(...keys300, keys300[0]!, 'gone')).toBe(301);
    expect(await client.exists(A, A, keys300[1]!, keys300[1]!)).toBe(2);
  });

  it('DEL of 300 keys is 300 and leaves none (conformance 66)', async () => {
    expect(await client.del(keys300)).toBe(300);
    expect(await storedKeys()).toEqual([]);
    expect(await client.del(keys300)).toBe(0);
  });

  it('DEL counts a key that is named twice once (conformance 66)', async () => {
    expect(await client.del(...keys300, ...keys300)).toBe(300);
  });

  it('delete is the same as DEL', async () => {
    expect(await client.delete(keys300.slice(0, 100))).toBe(100);
    expect(await client.delete(...keys300.slice(100))).toBe(200);
    expect(await storedKeys()).toEqual([]);
  });

  it('UNLINK and TOUCH are summed (conformance 66)', async () => {
    expect(await client.touch(keys300)).toBe(300);
    expect(await client.touch('gone', ...keys300.slice(0, 3))).toBe(3);
    expect(await client.unlink(keys300)).toBe(300);
    expect(await storedKeys()).toEqual([]);
  });

  it('strings and Buffers mix, byte for byte (conformance 72)', async () => {
    const binary = Buffer.from([0xff, 0x00, 0xfe]);
    await client.set(binary, 'bytes');
    const mixed: Key[] = keys300.map((key, n) =>
      n % 2 === 0 ? key : Buffer.from(key),
    );
    expect(await client.exists([binary, ...mixed])).toBe(301);
    // what text would make of these bytes is another key
    expect(await client.exists([binary.toString(), ...mixed])).toBe(300);
    expect(await client.mget(binary, ...mixed.slice(0, 2))).toEqual([
      'bytes',
      `value of ${keys300[0]}`,
      `value of ${keys300[1]}`,
    ]);
    expect(await client.del(...mixed, binary)).toBe(301);
    expect(await storedKeys()).toEqual([]);
  });

  it('MGET answers in the order of the call, duplicates and missing keys included (conformance 65)', async () => {
    const asked = [
      ...keys300.toReversed(),
      'gone',
      keys300[0]!,
      'gone too',
      ...keys300,
    ];
    expect(await client.mget(asked)).toEqual(
      asked.map((key) => (key.startsWith('gone') ? null : `value of ${key}`)),
    );
  });

  it('MGET answers null for keys of another type, like one server', async () => {
    await client.rpush(A, 'element');
    expect(await client.mget(A, keys300[0]!, B)).toEqual([
      null,
      `value of ${keys300[0]}`,
      null,
    ]);
  });

  it('MGET of 10,000 keys is right (conformance 70)', async () => {
    const many = Array.from({ length: 10_000 }, (_, n) => `many:${n}`);
    await client.mset(new Map(many.map((key, n) => [key, n])));
    expect(await client.mget(many)).toEqual(many.map((_, n) => String(n)));
    expect(await client.del(many)).toBe(10_000);
  });
});

describe('KEYS', () => {
  it('gives all of 1,000 keys of three primaries, each once (conformance 75)', async () => {
    const thousand = Array.from({ length: 1_000 }, (_, n) => `thousand:${n}`);
    await client.mset(thousand.map((key) => [key, 'x'] as const));
    const keys = await client.keys();
    expect(keys.slice().sort()).toEqual(thousand.slice().sort());
    expect(await client.keys('thousand:99*')).toHaveLength(11);
    expect(await callsOf(cluster, 'keys')).toBe(2 * 3);
  });

  it('gives a key once while its slot is on two primaries', async () => {
    const slot = await cluster.slotOf(A);
    const from = await cluster.primaryOf(A);
    const to = await cluster.primaryOf(B);
    await client.mset({ [A]: '1', [B]: '2', [C]: '3' });
    const migration = await cluster.migrateSlots(slot, to, {
      from,
      stopHalfway: true,
    });
    try {
      // a copy at the target, as a migration that was cut off leaves it
      const dump = await client.with({ replies: 'buffers' }).dump(A);
      await cluster.command(to, 'RESTORE-ASKING', A, 0, dump!);
      expect((await client.keys()).sort()).toEqual([A, B, C]);
    } finally {
      await cluster.command(to, 'CLUSTER', 'SETSLOT', slot, 'NODE', from.id);
      await cluster.command(from, 'CLUSTER', 'SETSLOT', slot, 'STABLE');
      await cluster.command(to, 'FLUSHALL');
    }
    expect(migration).toBeDefined();
  });
});

describe('MSET', () => {
  it.each([
    ['an object', { [A]: 'x', [B]: 2, [C]: 3n }],
    [
      'a Map',
      new Map<Key, string | number | bigint>([
        [A, 'x'],
        [Buffer.from(B), 2],
        [C, 3n],
      ]),
    ],
    ['pairs', [[A, 'x'] as const, [B, 2] as const, [C, 3n] as const]],
  ])('sets every pair of %s over three primaries', async (_, entries) => {
    expect(await client.mset(entries)).toBe('OK');
    expect(await client.mget(A, B, C)).toEqual(['x', '2', '3']);
    for (const key of [A, B, C]) {
      const owner = await cluster.primaryOf(key);
      expect(await cluster.command(owner, 'EXISTS', key)).toBe(1);
    }
  });

  it('keeps the last of two values of one key, like one server', async () => {
    await client.mset([
      [A, 'first'],
      [B, 'other'],
      [A, 'last'],
    ]);
    expect(await client.mget(A, B)).toEqual(['last', 'other']);
  });

  it('with a key without value writes nothing (conformance 73)', async () => {
    await expect(client.call('MSET', A, 1, B, 2, C)).rejects.toMatchObject({
      code: 'CONFIGURATION',
    });
    expect(await storedKeys()).toEqual([]);
  });

  it('without pairs is refused before anything is sent', async () => {
    await expect(client.mset({})).rejects.toMatchObject({
      code: 'CONFIGURATION',
    });
    expect(await callsOf(cluster, 'mset')).toBe(0);
  });
});

describe('keys of one slot', () => {
  const SAME = ['{same}1', '{same}2', '{same}3'];

  it.each([
    ['del', () => client.del(SAME)],
    ['exists', () => client.exists(SAME)],
    ['unlink', () => client.unlink(SAME)],
    ['touch', () => client.touch(SAME)],
    ['mget', () => client.mget(SAME)],
    ['mset', () => client.mset(SAME.map((key) => [key, 'v'] as const))],
  ])('%s is one command, sent once (conformance 68)', async (name, run) => {
    await run();
    expect(await callsOf(cluster, name)).toBe(1);
    expect(
      await callsAt(cluster, await cluster.primaryOf('{same}'), name),
    ).toBe(1);
  });

  it('with others: each slot has one command', async () => {
    await client.del(...SAME, A, B, '{a}2', '{same}4');
    expect(await callsOf(cluster, 'del')).toBe(3);
  });
});

describe('nonAtomicCrossSlot: false', () => {
  const calls: readonly (readonly [
    string,
    (
      on: Pick<RedisClusterClient, 'del' | 'mget' | 'mset' | 'exists'>,
    ) => Promise<unknown>,
  ])[] = [
    ['del', (on) => on.del(A, B)],
    ['exists', (on) => on.exists(A, B)],
    ['mget', (on) => on.mget(A, B)],
    ['mset', (on) => on.mset({ [A]: 1, [B]: 2 })],
  ];

  it.each(calls)(
    'as an option of `with` rejects %s with keys and slots, and sends nothing (conformance 69)',
    async (name, run) => {
      const failure = await failureOf(
        run(client.with({ nonAtomicCrossSlot: false })),
      );
      expect(failure).toBeInstanceOf(CrossSlotError);
      expect(failure).toMatchObject({
        code: 'CROSS_SLOT',
        command: name.toUpperCase(),
        keys: [A, B],
        slots: [await cluster.slotOf(A), await cluster.slotOf(B)],
      });
      expect(failure.message).toContain(A);
      expect(failure.message).toContain(String(await cluster.slotOf(B)));
      expect(await callsOf(cluster, name)).toBe(0);
    },
  );

  it('as an option of the client rejects, and `with` can allow it again (conformance 69)', async () => {
    await using strict = new RedisClusterClient({
      ...cluster.clientOptions,
      nonAtomicCrossSlot: false,
    });
    await expect(strict.del(A, B)).rejects.toBeInstanceOf(CrossSlotError);
    expect(await callsOf(cluster, 'del')).toBe(0);
    expect(await strict.with({ nonAtomicCrossSlot: true }).del(A, B)).toBe(0);
    expect(await callsOf(cluster, 'del')).toBe(2);
  });

  it('lets keys of one slot through, and fan-outs', async () => {
    const strict = client.with({ nonAtomicCrossSlot: false });
    expect(await strict.mset({ '{t}1': 'x', '{t}2': 'y' })).toBe('OK');
    expect(await strict.mget('{t}2', '{t}1')).toEqual(['y', 'x']);
    expect(await strict.keys('*')).toHaveLength(2);
  });
});

describe('commands that cannot be split', () => {
  it.each([
    ['sinterstore', () => client.sinterstore(A, [B, C])],
    ['sunion', () => client.sunion(A, B)],
    ['rename', () => client.rename(A, B)],
    ['msetnx', () => client.msetnx({ [A]: 1, [B]: 2 })],
    ['copy', () => client.copy(A, B)],
    ['smove', () => client.smove(A, B, 'm')],
    ['lmove', () => client.lmove(A, B, 'left', 'left')],
    ['blmove', () => client.blmove(A, B, 'left', 'left', 0.1)],
    ['blpop', () => client.blpop([A, B], 0.1)],
    ['zunionstore', () => client.zunionstore(A, [B])],
    ['pfmerge', () => client.call('PFMERGE', A, B)],
    ['eval', () => client.eval('return 1', [A, B])],
  ])('%s over slots is refused before anything is sent', async (name, run) => {
    const failure = await failureOf(run());
    expect(failure).toBeInstanceOf(CrossSlotError);
    expect((failure as CrossSlotError).keys).toContain(A);
    expect((failure as CrossSlotError).slots).toContain(
      await cluster.slotOf(B),
    );
    expect(await callsOf(cluster, name)).toBe(0);
    expect(await errorReplies(cluster, 'CROSSSLOT')).toBe(0);
  });

  it('work within one slot', async () => {
    await client.sadd('{s}a', 'x', 'y');
    await client.sadd('{s}b', 'y', 'z');
    expect(await client.sinterstore('{s}c', '{s}a', '{s}b')).toBe(1);
    expect(await client.msetnx({ '{s}d': 1, '{s}e': 2 })).toBe(1);
    expect(await client.rename('{s}d', '{s}f')).toBe('OK');
  });
});

describe('a part that fails', () => {
  let frozen: LocalRedisNode | undefined;

  afterEach(async () => {
    if (frozen !== undefined) await cluster.resume(frozen);
    frozen = undefined;
  });

  it('tells which keys were written and which were not, as the servers have it (conformance 67, 156)', async () => {
    await using limited = new RedisClusterClient({
      ...cluster.clientOptions,
      username: 'limited',
      password: 'secret',
    });
    const open = Array.from({ length: 20 }, (_, n) => `open:${n}`);
    const closed = Array.from({ length: 5 }, (_, n) => `closed:${n}`);
    const failure = await failureOf(
      limited.mset([...open, ...closed].map((key) => [key, 'v'] as const)),
    );
    expect(failure).toBeInstanceOf(FanOutError);
    const { keys, parts, errors } = failure as FanOutError;
    expect(new Set(keys.applied)).toEqual(new Set(open));
    expect(new Set(keys.failed)).toEqual(new Set(closed));
    expect(keys.unknown).toEqual([]);
    expect(await storedKeys()).toEqual(open.slice().sort());
    expect(errors).toHaveLength(closed.length);
    for (const part of parts) {
      expect(part.keys).toHaveLength(1);
      expect(part.slot).toBe(await cluster.slotOf(part.keys![0]!));
      expect(part.node).toBe((await cluster.primaryOf(part.slot!)).address);
      expect(part).toMatchObject(
        part.outcome === 'applied'
          ? { reply: 'OK' }
          : { error: { code: 'REPLY', prefix: 'NOPERM' } },
      );
    }
    expect(failure.message).toMatch(/MSET failed on 5 of 25 parts: .*NOPERM/);
    expect(failure).toMatchObject({ code: 'FAN_OUT', command: 'MSET' });
  });

  it('gives the partial results of a read (conformance 67)', async () => {
    await client.mset({ 'open:1': 'one', 'open:2': 'two', 'closed:1': 'x' });
    await using limited = new RedisClusterClient({
      ...cluster.clientOptions,
      username: 'limited',
      password: 'secret',
    });
    const failure = (await failureOf(
      limited.mget('open:1', 'closed:1', 'open:2'),
    )) as FanOutError;
    const read = failure.parts.map(({ keys, reply, outcome }) => ({
      keys,
      reply,
      outcome,
    }));
    expect(read).toEqual([
      { keys: ['open:1'], reply: ['one'], outcome: 'applied' },
      { keys: ['closed:1'], reply: undefined, outcome: 'failed' },
      { keys: ['open:2'], reply: ['two'], outcome: 'applied' },
    ]);
  });

  it('on a frozen node: its keys are unknown, the others are deleted (conformance 67, 52)', async () => {
    await client.mset({ [A]: 1, [B]: 2, [C]: 3 });
    frozen = await cluster.primaryOf(B);
    await cluster.freeze(frozen);
    const started = performance.now();
    const failure = (await failureOf(
      client.with({ timeoutMs: 4_000 }).del(A, B, C),
    )) as FanOutError;
    // not the 30 s that are the default
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(failure).toBeInstanceOf(FanOutError);
    expect(failure.keys).toEqual({ applied: [A, C], failed: [], unknown: [B] });
    expect(failure.replies).toEqual({
      [(await cluster.primaryOf(A)).address]: 1,
      [(await cluster.primaryOf(C)).address]: 1,
    });
    expect(failure.errorsByNode[frozen.address]).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      cause: { code: 'TIMEOUT', phase: 'flight' },
    });
    expect(await client.exists(A, C)).toBe(0);
    // it was in the node's socket: this is why it is "unknown" and not "failed"
    await cluster.resume(frozen);
    await expect.poll(() => client.exists(B)).toBe(0);
    frozen = undefined;
  });

  it('on a frozen node: a read says so and keeps what the others gave (conformance 67)', async () => {
    await client.mset({ [A]: 1, [B]: 2, [C]: 3 });
    frozen = await cluster.primaryOf(C);
    await cluster.freeze(frozen);
    const failure = (await failureOf(
      client.with({ timeoutMs: 4_000 }).mget(A, B, C),
    )) as FanOutError;
    expect(failure.keys).toEqual({ applied: [A, B], failed: [C], unknown: [] });
    expect(failure.errors).toMatchObject([{ code: 'TIMEOUT' }]);
    await cluster.resume(frozen);
    frozen = undefined;
    // late replies belong to nobody: the next call has its own
    expect(await client.mget(C, A)).toEqual(['3', '1']);
  });
});

describe('a split', () => {
  const key: fc.Arbitrary<Key> = fc.oneof(
    fc.constantFrom('', '{}', '{}{a}', '{a}1', '{a}2', '{b}1', 'dup', 'x', '0'),
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
    fc.integer({ min: -3, max: 3 }),
  );
  const keys = fc.array(key, { minLength: 1, maxLength: 12 });
  const pairs = fc.array(fc.tuple(key, fc.string({ maxLength: 5 })), {
    minLength: 1,
    maxLength: 12,
  });

  it('gives what one server gives, for any keys (conformance 65, 66, 72)', async () => {
    await fc.assert(
      fc.asyncProperty(
        pairs,
        keys,
        keys,
        keys,
        async (set, get, some, gone) => {
          await client.flushall();
          const buffers = client.with({ replies: 'buffers' });
          const server = new OneServer();
          expect([
            await client.mset(set),
            await buffers.mget(get),
            await client.exists(some),
            await client.touch(...some),
            await client.del(...gone),
            await client.unlink(get),
            (await buffers.keys()).map((name) => name.toString('hex')).sort(),
            await client.dbsize(),
          ]).toEqual([
            server.mset(set),
            server.mget(get),
            server.exists(some),
            server.exists(some),
            server.del(gone),
            server.del(get),
            server.keys(),
            server.keys().length,
          ]);
        },
      ),
      { numRuns: 100 },
    );
  });
});

/** What one server does with these commands. The client on one primary is no measure: it splits there too. */
class OneServer {
  private readonly values = new Map<string, Buffer>();

  mset(pairs: readonly (readonly [Key, string])[]): string {
    for (const [key, value] of pairs) {
      this.values.set(hexOf(key), Buffer.from(value));
    }
    return 'OK';
  }

  mget(keys: readonly Key[]): (Buffer | null)[] {
    return keys.map((key) => this.values.get(hexOf(key)) ?? null);
  }

  exists(keys: readonly Key[]): number {
    return keys.filter((key) => this.values.has(hexOf(key))).length;
  }

  del(keys: readonly Key[]): number {
    return keys.filter((key) => this.values.delete(hexOf(key))).length;
  }

  keys(): string[] {
    return [...this.values.keys()].sort();
  }
}

/** A key's bytes on the wire. */
const hexOf = (key: Key): string =>
  Buffer.from(Buffer.isBuffer(key) ? key : String(key)).toString('hex');
