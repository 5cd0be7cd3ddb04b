import {
  ConfigurationError,
  RedisClusterClient,
  type RedisClusterClientOptions,
} from 'nest-redis-cluster';
import { LocalRedisCluster } from 'nest-redis-cluster/testing';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  expectTypeOf,
  it,
} from 'vitest';

let cluster: LocalRedisCluster;
const open: RedisClusterClient[] = [];
const bytes = Buffer.from([0xff, 0x00, 0xfe]);

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({ replicas: 0 });
});

afterAll(async () => {
  await cluster.stop();
});

beforeEach(async () => {
  await cluster.flush();
});

afterEach(() => {
  for (const client of open.splice(0)) client.destroy();
});

describe.each([2, 3] as const)('on RESP%i', (protocol) => {
  function clientOf(
    options: Partial<RedisClusterClientOptions> = {},
  ): RedisClusterClient {
    const client = new RedisClusterClient({
      ...cluster.clientOptions,
      protocol,
      ...options,
    });
    open.push(client);
    return client;
  }

  it('integers are bigints where that is asked for, and scores stay numbers', async () => {
    const client = clientOf();
    const exact = client.with({ replies: { integers: 'bigint' } });
    const one = await exact.incr('n');
    expectTypeOf(one).toEqualTypeOf<bigint>();
    expect(one).toBe(1n);
    expect(await client.incr('n')).toBe(2);
    expect(await exact.zadd('z', [{ score: 1, member: 'a' }])).toBe(1n);
    const rank = await exact.zrank('z', 'a');
    expectTypeOf(rank).toEqualTypeOf<bigint | null>();
    expect(rank).toBe(0n);
    const score = await exact.zscore('z', 'a');
    expectTypeOf(score).toEqualTypeOf<number | null>();
    expect(score).toBe(1);
    expect(await exact.call('STRLEN', 'n')).toBe(1n);
  });

  it('integers beyond 2^53 are bigints in any case', async () => {
    const client = clientOf();
    await client.set('n', 9_007_199_254_740_992n);
    expect(await client.incr('n')).toBe(9_007_199_254_740_993n);
    expect(await client.with({ replies: 'strings' }).decr('n')).toBe(
      9_007_199_254_740_992n,
    );
  });

  it('sums over slots and nodes are bigints too', async () => {
    const exact = clientOf().with({ replies: { integers: 'bigint' } });
    await exact.mset({ '{a}': 1, '{b}': 2, '{c}': 3 });
    expect(await exact.dbsize()).toBe(3n);
    expect(await exact.exists('{a}', '{b}', '{d}')).toBe(2n);
    expect(await exact.scriptExists('0'.repeat(40))).toEqual([0n]);
    expect(await exact.del('{a}', '{b}', '{c}')).toBe(3n);
  });

  it('hashes are Maps where that is asked for, in the order of the server', async () => {
    const client = clientOf();
    await client.hset('h', { b: 1, __proto__x: 2, a: 3 });
    await client.hset('h', '__proto__', 'data');
    const map = await client.with({ replies: { maps: 'map' } }).hgetall('h');
    expectTypeOf(map).toEqualTypeOf<Map<string, string>>();
    expect([...map]).toEqual([
      ['b', '1'],
      ['__proto__x', '2'],
      ['a', '3'],
      ['__proto__', 'data'],
    ]);
    const plain = await client.hgetall('h');
    expect(plain['__proto__']).toBe('data');
    const none = await client.with({ replies: { maps: 'map' } }).hgetall('no');
    expect(none).toStrictEqual(new Map());
  });

  it('a Map of Buffers keeps names that are no text', async () => {
    const client = clientOf();
    await client.hset('h', [[bytes, bytes]]);
    const map = await client
      .with({ replies: { maps: 'map', strings: 'buffers' } })
      .hgetall('h');
    expectTypeOf(map).toEqualTypeOf<Map<Buffer, Buffer>>();
    expect([...map]).toEqual([[bytes, bytes]]);
  });

  it('sets are Sets where that is asked for', async () => {
    const client = clientOf();
    await client.sadd('s', 'a', 'b');
    await client.sadd('{s}2', 'b', 'c');
    const sets = client.with({ replies: { sets: 'set' } });
    const members = await sets.smembers('s');
    expectTypeOf(members).toEqualTypeOf<Set<string>>();
    expect(members).toStrictEqual(new Set(['a', 'b']));
    expect(await sets.sinter('s', '{s}2')).toStrictEqual(new Set(['b']));
    expect(await sets.sunion('{s}2')).toStrictEqual(new Set(['b', 'c']));
    expect(await sets.sdiff('none')).toStrictEqual(new Set());
    expect(await sets.spop('{s}2', 5)).toStrictEqual(new Set(['b', 'c']));
    expect(await sets.spop('{s}2')).toBeNull();
    // lists are no sets
    expect(await sets.mget('s1')).toEqual([null]);
    expect(await client.smembers('s')).toHaveLength(2);
  });

  it('replies with fields of their own keep them', async () => {
    const all = clientOf().with({
      replies: {
        strings: 'buffers',
        integers: 'bigint',
        maps: 'map',
        sets: 'set',
      },
    });
    await all.zadd('z', [{ score: 1.5, member: 'a' }]);
    expect(await all.zrange('z', 0, -1, { withscores: true })).toEqual([
      { member: Buffer.from('a'), score: 1.5 },
    ]);
    await all.rpush('{l}1', 'abc');
    await all.set('{l}2', 'abc');
    await all.set('{l}3', 'abd');
    expect(await all.lcs('{l}2', '{l}3', { idx: true })).toMatchObject({
      len: 2,
    });
    expect(await all.evalRo('return {1, {2}}')).toEqual([1n, [2n]]);
  });

  it('an option of the client is for every call, and a call changes only what it names', async () => {
    const client = clientOf({ replies: { integers: 'bigint', sets: 'set' } });
    expect(await client.sadd('s', 'a')).toBe(1n);
    expect(await client.smembers('s')).toStrictEqual(new Set(['a']));
    const raw = client.with({ replies: 'buffers' });
    expect(await raw.smembers('s')).toStrictEqual(new Set([Buffer.from('a')]));
    expect(await raw.scard('s')).toBe(1n);
    const numbers = client.with({ replies: { integers: 'number' } });
    expect(await numbers.scard('s')).toBe(1);
  });

  it('node replies and what is retried keep the form', async () => {
    const client = clientOf({ replies: { integers: 'bigint' } });
    const sizes = await client.at('primaries').dbsize();
    expect(Object.values(sizes)).toEqual([0n, 0n, 0n]);
  });
});

describe('a wrong option of replies', () => {
  it.each([
    [{ integer: 'bigint' }, /did you mean 'integers'/],
    [
      { integers: 'BigInt' },
      /replies\.integers: expected 'number' or 'bigint'/,
    ],
    ['bytes', /replies: expected 'strings' or 'buffers'/],
    [null, /replies/],
  ])('%o is refused by the client and by a call', (replies, message) => {
    const wrong = replies as unknown as 'strings';
    const make = () =>
      new RedisClusterClient({ nodes: ['127.0.0.1:1'], replies: wrong });
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(message);
    const client = new RedisClusterClient({ nodes: ['127.0.0.1:1'] });
    open.push(client);
    expect(() => client.with({ replies: wrong })).toThrow(message);
  });
});
