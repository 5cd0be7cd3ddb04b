import {
  RedisClusterClient,
  ReplyError,
  type CommandView,
} from 'nest-redis-cluster';
import { LocalRedisCluster } from 'nest-redis-cluster/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callsOf, resetStatistics } from '../support/server-statistics.js';

let cluster: LocalRedisCluster;
const clients = new Map<2 | 3, RedisClusterClient>();

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({ replicas: 0 });
  for (const protocol of [2, 3] as const) {
    const client = new RedisClusterClient({
      ...cluster.clientOptions,
      protocol,
    });
    await client.connect();
    clients.set(protocol, client);
  }
});

afterAll(async () => {
  await Promise.all([...clients.values()].map((client) => client.close()));
  await cluster.stop();
});

beforeEach(async () => {
  await cluster.flush();
  await resetStatistics(cluster);
});

/** An object as replies are: without prototype. */
function plain<T>(entries: Record<string, T>): Record<string, T> {
  return Object.assign(Object.create(null) as Record<string, T>, entries);
}

/** Members in an order that does not depend on the server. */
const sorted = (members: readonly string[]): string[] => members.toSorted();

// 2^53 + 1: the first integer that a number cannot hold
const BIG = 9_007_199_254_740_993n;

describe.each([2, 3] as const)(
  'with protocol %i (conformance 158)',
  (protocol) => {
    let client: RedisClusterClient;
    let buffers: CommandView<Buffer>;

    beforeEach(() => {
      client = clients.get(protocol)!;
      buffers = client.with({ replies: 'buffers' });
    });

    it('that protocol is spoken', async () => {
      const lists = (await client.call('CLIENT', 'LIST')) as Record<
        string,
        string
      >;
      const mine = Object.values(lists)
        .flatMap((list) => list.split('\n'))
        .filter((line) => line.includes('cmd=client|list'));
      expect(mine).toHaveLength(3);
      // servers before 7.2 do not show it
      for (const line of mine.filter((text) => text.includes(' resp='))) {
        expect(line).toContain(` resp=${protocol}`);
      }
      // a double is one only in RESP3, so a script's reply tells
      const script = 'redis.setresp(3); return redis.call("hgetall", KEYS[1])';
      await client.hset('{a}h', 'f', 'v');
      expect(await client.eval(script, ['{a}h'])).toEqual(
        protocol === 3 ? plain({ f: 'v' }) : ['f', 'v'],
      );
    });

    it('strings', async () => {
      expect(await client.set('k', 'v')).toBe('OK');
      expect(await client.set('k', 'w', { nx: true })).toBeNull();
      expect(await client.set('k', 'w', { xx: true, get: true })).toBe('v');
      expect(await client.get('k')).toBe('w');
      expect(await client.get('none')).toBeNull();
      expect(await client.append('k', 'xyz')).toBe(4);
      expect(await client.getrange('k', 1, -2)).toBe('xy');
      expect(await client.setrange('k', 0, 'W')).toBe(4);
      expect(await client.strlen('k')).toBe(4);
      expect(await client.getex('k', { ex: 1_000 })).toBe('Wxyz');
      expect(await client.ttl('k')).toBeGreaterThan(900);
      expect(await client.getdel('k')).toBe('Wxyz');
      expect(await client.setnx('k', 'v')).toBe(1);
      expect(await client.incr('n')).toBe(1);
      expect(await client.incrby('n', 41)).toBe(42);
      expect(await client.decrby('n', 2)).toBe(40);
      expect(await client.incrbyfloat('n', 0.5)).toBe('40.5');
      expect(await client.setex('k', 5, 'v')).toBe('OK');
      expect(
        await client.mset({ '{t}a': 'ohmytext', '{t}b': 'mynewtext' }),
      ).toBe('OK');
      expect(await client.lcs('{t}a', '{t}b')).toBe('mytext');
      expect(await client.lcs('{t}a', '{t}b', { len: true })).toBe(6);
      expect(
        await client.lcs('{t}a', '{t}b', {
          idx: true,
          minmatchlen: 4,
          withmatchlen: true,
        }),
      ).toEqual({
        matches: [{ key1: [4, 7], key2: [5, 8], length: 4 }],
        len: 6,
      });
    });

    it('keys', async () => {
      await client.mset({ '{t}a': 1, '{t}b': 2 });
      expect(await client.type('{t}a')).toBe('string');
      expect(await client.type('none')).toBe('none');
      expect(await client.expire('{t}a', 1_000)).toBe(1);
      expect(await client.expire('{t}a', 50, { gt: true })).toBe(0);
      expect(await client.ttl('{t}a')).toBeGreaterThan(900);
      expect(await client.ttl('{t}b')).toBe(-1);
      expect(await client.pttl('none')).toBe(-2);
      expect(await client.persist('{t}a')).toBe(1);
      expect(await client.pexpireat('{t}a', 33_177_117_420_000)).toBe(1);
      expect(await client.pexpiretime('{t}a')).toBe(33_177_117_420_000);
      expect(await client.copy('{t}a', '{t}c')).toBe(1);
      expect(await client.rename('{t}c', '{t}d')).toBe('OK');
      expect(await client.renamenx('{t}d', '{t}a')).toBe(0);
      expect(await client.objectEncoding('{t}a')).toBe('int');
      const dump = await buffers.dump('{t}b');
      expect(await client.restore('{t}e', 0, dump!)).toBe('OK');
      expect(await client.get('{t}e')).toBe('2');
      await client.rpush('{t}l', '3', '1', '2');
      expect(
        await client.sort('{t}l', {
          desc: true,
          limit: { offset: 0, count: 2 },
        }),
      ).toEqual(['3', '2']);
      expect(sorted(await client.keys('{t}*'))).toEqual([
        '{t}a',
        '{t}b',
        '{t}d',
        '{t}e',
        '{t}l',
      ]);
    });

    it('hashes', async () => {
      expect(await client.hset('h', { f: 'v', g: 2 })).toBe(2);
      expect(await client.hset('h', 'f', 'w')).toBe(0);
      const all = await client.hgetall('h');
      expect(all).toEqual(plain({ f: 'w', g: '2' }));
      expect(Object.getPrototypeOf(all)).toBeNull();
      expect(await client.hgetall('none')).toEqual(plain({}));
      expect(await client.hget('h', 'f')).toBe('w');
      expect(await client.hmget('h', 'f', 'none', 'g')).toEqual([
        'w',
        null,
        '2',
      ]);
      expect(await client.hexists('h', 'f')).toBe(1);
      expect(await client.hincrby('h', 'g', 5)).toBe(7);
      expect(await client.hincrbyfloat('h', 'g', 0.5)).toBe('7.5');
      expect(sorted(await client.hkeys('h'))).toEqual(['f', 'g']);
      expect(sorted(await client.hvals('h'))).toEqual(['7.5', 'w']);
      expect(await client.hlen('h')).toBe(2);
      expect(await client.hstrlen('h', 'f')).toBe(1);
      expect(await client.hdel('h', 'g', 'none')).toBe(1);
      expect(await client.hrandfield('h')).toBe('f');
      expect(await client.hrandfield('h', 5, { withvalues: true })).toEqual([
        { field: 'f', value: 'w' },
      ]);
      expect(await client.hrandfield('h', -2)).toEqual(['f', 'f']);
      expect(await client.hscan('h', 0)).toEqual({
        cursor: '0',
        entries: [{ field: 'f', value: 'w' }],
      });
    });

    it('hashes with fields that JavaScript knows', async () => {
      const fields = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
      await client.hset(
        'h',
        fields.map((field) => [field, `value of ${field}`] as const),
      );
      const all = await client.hgetall('h');
      expect(Object.keys(all).toSorted()).toEqual(sorted(fields));
      expect(Object.getPrototypeOf(all)).toBeNull();
      expect(all['__proto__']).toBe('value of __proto__');
      expect(
        ({} as Record<string, unknown>)['value of __proto__'],
      ).toBeUndefined();
      expect(await client.hget('h', '__proto__')).toBe('value of __proto__');
      const parsed = JSON.parse('{"__proto__": "own"}') as Record<
        string,
        string
      >;
      expect(await client.hset('parsed', parsed)).toBe(1);
      expect(await client.hget('parsed', '__proto__')).toBe('own');
    });

    it('lists', async () => {
      expect(await client.rpush('l', 'a', 'b', 'c')).toBe(3);
      expect(await client.lpush('l', ['z', 'y'])).toBe(5);
      expect(await client.lrange('l', 0, -1)).toEqual([
        'y',
        'z',
        'a',
        'b',
        'c',
      ]);
      expect(await client.lrange('none', 0, -1)).toEqual([]);
      expect(await client.lindex('l', -1)).toBe('c');
      expect(await client.lindex('l', 99)).toBeNull();
      expect(await client.lpos('l', 'a')).toBe(2);
      expect(await client.lpos('l', 'none')).toBeNull();
      expect(await client.lpos('l', 'a', { count: 0 })).toEqual([2]);
      expect(await client.linsert('l', 'before', 'a', 'x')).toBe(6);
      expect(await client.lset('l', 0, 'Y')).toBe('OK');
      expect(await client.lrem('l', 0, 'x')).toBe(1);
      expect(await client.lpop('l')).toBe('Y');
      expect(await client.rpop('l', 2)).toEqual(['c', 'b']);
      expect(await client.lpop('none')).toBeNull();
      expect(await client.lpop('none', 2)).toBeNull();
      expect(await client.lmove('l', '{l}2', 'left', 'right')).toBe('z');
      expect(await client.lmpop('l', 'left', { count: 5 })).toEqual({
        key: 'l',
        elements: ['a'],
      });
      expect(await client.lmpop('l', 'left')).toBeNull();
      expect(await client.blpop('{l}2', 1)).toEqual({
        key: '{l}2',
        element: 'z',
      });
      expect(await client.brpop('{l}2', 0.02)).toBeNull();
    });

    it('sets', async () => {
      expect(await client.sadd('{s}1', 'a', 'b', 'c')).toBe(3);
      expect(await client.sadd('{s}2', ['b', 'c', 'd'])).toBe(3);
      const members = await client.smembers('{s}1');
      expect(members).toBeInstanceOf(Array);
      expect(sorted(members)).toEqual(['a', 'b', 'c']);
      expect(await client.smembers('none')).toEqual([]);
      expect(sorted(await client.sinter('{s}1', '{s}2'))).toEqual(['b', 'c']);
      expect(sorted(await client.sunion(['{s}1', '{s}2']))).toEqual([
        'a',
        'b',
        'c',
        'd',
      ]);
      expect(await client.sdiff('{s}1', '{s}2')).toEqual(['a']);
      expect(await client.sintercard(['{s}1', '{s}2'], { limit: 1 })).toBe(1);
      expect(await client.sismember('{s}1', 'a')).toBe(1);
      expect(await client.smismember('{s}1', 'a', 'z')).toEqual([1, 0]);
      expect(await client.smove('{s}1', '{s}2', 'a')).toBe(1);
      expect(await client.scard('{s}2')).toBe(4);
      expect(await client.sunionstore('{s}3', '{s}1', '{s}2')).toBe(4);
      expect(sorted(await client.spop('{s}3', 9))).toEqual([
        'a',
        'b',
        'c',
        'd',
      ]);
      expect(await client.spop('{s}3')).toBeNull();
      expect(await client.srandmember('none')).toBeNull();
      expect(await client.srandmember('{s}2', 9)).toHaveLength(4);
      expect(await client.srem('{s}2', 'a', 'z')).toBe(1);
      const step = await client.sscan('{s}2', 0);
      expect(step.cursor).toBe('0');
      expect(sorted(step.members)).toEqual(['b', 'c', 'd']);
    });

    it('sorted sets', async () => {
      expect(
        await client.zadd('{z}1', [
          { score: 1, member: 'a' },
          { score: 2.5, member: 'b' },
          { score: Infinity, member: 'c' },
        ]),
      ).toBe(3);
      expect(
        await client.zadd(
          '{z}1',
          { score: -Infinity, member: 'd' },
          { nx: true },
        ),
      ).toBe(1);
      expect(
        await client.zadd('{z}1', { score: 1, member: 'a' }, { incr: true }),
      ).toBe(2);
      expect(
        await client.zadd(
          '{z}1',
          { score: 1, member: 'a' },
          { incr: true, nx: true },
        ),
      ).toBeNull();
      expect(await client.zscore('{z}1', 'b')).toBe(2.5);
      expect(await client.zscore('{z}1', 'd')).toBe(-Infinity);
      expect(await client.zscore('{z}1', 'none')).toBeNull();
      expect(await client.zmscore('{z}1', 'c', 'none')).toEqual([
        Infinity,
        null,
      ]);
      expect(await client.zincrby('{z}1', 0.1, 'a')).toBeCloseTo(2.1);
      expect(await client.zrange('{z}1', 0, -1)).toEqual(['d', 'a', 'b', 'c']);
      expect(await client.zrange('{z}1', 1, 2, { withscores: true })).toEqual([
        { member: 'a', score: 2.1 },
        { member: 'b', score: 2.5 },
      ]);
      expect(
        await client.zrange('{z}1', '(2.1', Infinity, {
          byscore: true,
          limit: { offset: 0, count: 1 },
        }),
      ).toEqual(['b']);
      expect(
        await client.zrevrange('{z}1', 0, 0, { withscores: true }),
      ).toEqual([{ member: 'c', score: Infinity }]);
      expect(await client.zrank('{z}1', 'a')).toBe(1);
      expect(await client.zrank('{z}1', 'none')).toBeNull();
      expect(await client.zcount('{z}1', 0, '(2.5')).toBe(1);
      await client.zadd('{z}2', { score: 10, member: 'b' });
      expect(
        await client.zinter(['{z}1', '{z}2'], {
          withscores: true,
          weights: [1, 2],
        }),
      ).toEqual([{ member: 'b', score: 22.5 }]);
      expect(await client.zdiff(['{z}2', '{z}1'])).toEqual([]);
      expect(
        await client.zunionstore('{z}3', ['{z}1', '{z}2'], {
          aggregate: 'max',
        }),
      ).toBe(4);
      expect(await client.zrandmember('{z}2', 3, { withscores: true })).toEqual(
        [{ member: 'b', score: 10 }],
      );
      expect(await client.zpopmin('{z}1')).toEqual({
        member: 'd',
        score: -Infinity,
      });
      expect(await client.zpopmin('{z}1', 2)).toEqual([
        { member: 'a', score: 2.1 },
        { member: 'b', score: 2.5 },
      ]);
      expect(await client.zpopmax('none')).toBeNull();
      expect(await client.zpopmax('none', 2)).toEqual([]);
      expect(await client.zmpop(['{z}1', '{z}2'], 'max', { count: 2 })).toEqual(
        {
          key: '{z}1',
          members: [{ member: 'c', score: Infinity }],
        },
      );
      expect(await client.bzpopmax('{z}2', 1)).toEqual({
        key: '{z}2',
        member: 'b',
        score: 10,
      });
      expect(await client.zscan('{z}3', 0)).toMatchObject({
        cursor: '0',
        members: [
          { member: 'd', score: -Infinity },
          { member: 'a', score: 2.1 },
          { member: 'b', score: 10 },
          { member: 'c', score: Infinity },
        ],
      });
    });

    it('scripts', async () => {
      expect(await client.eval('return {1, "two", {3}, false}', ['k'])).toEqual(
        [1, 'two', [3], null],
      );
      expect(
        await client.eval('return redis.status_reply("FINE")', ['k']),
      ).toBe('FINE');
      expect(await client.eval('return ARGV', ['k'], ['x', 1, BIG])).toEqual([
        'x',
        '1',
        String(BIG),
      ]);
      await expect(
        client.eval('return redis.error_reply("MINE own words")', ['k']),
      ).rejects.toMatchObject({
        code: 'REPLY',
        prefix: 'MINE',
      });
      const [fine, error] = await client.eval<unknown[]>(
        'return {"fine", redis.error_reply("ERR inside")}',
        ['k'],
      );
      expect(fine).toBe('fine');
      expect(error).toBeInstanceOf(ReplyError);
      // it looks like a redirect, and is the script's own word
      await expect(
        client.eval('return redis.error_reply("MOVED 1 127.0.0.1:1")', ['k']),
      ).rejects.toMatchObject({ prefix: 'MOVED' });
    });

    it('the server', async () => {
      expect(await client.echo('hello')).toBe('hello');
      const [seconds, microseconds] = await client.time();
      expect(Number(seconds)).toBeCloseTo(Date.now() / 1_000, -2);
      expect(microseconds).toMatch(/^\d{1,6}$/);
    });

    it('integers beyond 2^53 are bigints, others numbers (conformance 159)', async () => {
      expect(await client.set('n', BIG)).toBe('OK');
      expect(await client.get('n')).toBe('9007199254740993');
      expect(await client.incr('n')).toBe(BIG + 1n);
      expect(await client.decrby('n', BIG)).toBe(1);
      expect(await client.incrby('n', -BIG)).toBe(1n - BIG);
      expect(await client.hincrby('h', 'n', 2n ** 63n - 1n)).toBe(
        2n ** 63n - 1n,
      );
      expect(await client.incrby('safe', 2 ** 53 - 1)).toBe(2 ** 53 - 1);
    });

    it('Buffers are given where they are asked for, byte for byte', async () => {
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
      const key = Buffer.from([0xff, 0x00, 0x0d, 0x0a, 0xfe]);
      await client.set(key, bytes);
      expect(await buffers.get(key)).toEqual(bytes);
      expect(await buffers.keys()).toEqual([key]);
      expect(await buffers.mget(key, 'none')).toEqual([bytes, null]);
      await client.hset('{x}h', [[bytes, bytes]]);
      expect(await buffers.hget('{x}h', bytes)).toEqual(bytes);
      expect(await buffers.hvals('{x}h')).toEqual([bytes]);
      await client.hset('{x}g', 'name', bytes);
      expect(await buffers.hgetall('{x}g')).toEqual(plain({ name: bytes }));
      await client.rpush('{x}l', bytes, 'text');
      expect(await buffers.lrange('{x}l', 0, -1)).toEqual([
        bytes,
        Buffer.from('text'),
      ]);
      await client.zadd('{x}z', { score: 1, member: bytes });
      expect(await buffers.zrange('{x}z', 0, -1, { withscores: true })).toEqual(
        [{ member: bytes, score: 1 }],
      );
      expect(await buffers.blpop('{x}l', 1)).toEqual({
        key: Buffer.from('{x}l'),
        element: bytes,
      });
      // numbers and states stay what they are
      expect(await buffers.strlen(key)).toBe(256);
      expect(await buffers.set('k', 'v')).toEqual(expect.anything());
      // the same client gives strings to others at the same time
      const [text, raw] = await Promise.all([
        client.get('k'),
        buffers.get('k'),
      ]);
      expect(text).toBe('v');
      expect(raw).toEqual(Buffer.from('v'));
    });

    it('any text is kept', async () => {
      const texts = [
        '',
        ' ',
        '\0',
        'a\r\nb',
        '+OK\r\n',
        '$-1\r\n',
        'é€',
        '日本語',
        '👩‍👩‍👧‍👦',
        '\u2028',
        'x'.repeat(70_000),
      ];
      await client.rpush('texts', ...texts);
      expect(await client.lrange('texts', 0, -1)).toEqual(texts);
      for (const text of texts) {
        expect(await client.set('text', text)).toBe('OK');
        expect(await client.get('text')).toBe(text);
      }
      await client.hset('h', { '': '' });
      expect(await client.hgetall('h')).toEqual(plain({ '': '' }));
    });

    it('a value of 20 MB is kept while others are served', async () => {
      const large = Buffer.alloc(20 * 1024 * 1024, 'abcdefg\r\n');
      const [stored, ...others] = await Promise.all([
        client.set('{big}', large),
        ...Array.from({ length: 100 }, (_, n) => client.set(`{big}${n}`, n)),
      ]);
      expect(stored).toBe('OK');
      expect(new Set(others)).toEqual(new Set(['OK']));
      const [read, after] = await Promise.all([
        buffers.get('{big}'),
        client.get('{big}7'),
      ]);
      expect(read!.equals(large)).toBe(true);
      expect(after).toBe('7');
      const text = await client.get('{big}');
      expect(text!.length).toBe(large.length);
      await client.unlink('{big}');
    });

    it('an error of the server has its words, its first word and where it came from (conformance 104, 150, 151)', async () => {
      await client.set('k', 'v');
      const error: unknown = await client
        .hget('k', 'f')
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ReplyError);
      expect(error).toMatchObject({
        name: 'ReplyError',
        code: 'REPLY',
        prefix: 'WRONGTYPE',
        message:
          'WRONGTYPE Operation against a key holding the wrong kind of value',
        command: 'HGET',
        node: (await cluster.primaryOf('k')).address,
        slot: await cluster.slotOf('k'),
        attempts: 1,
      });
      expect((error as ReplyError).elapsedMs).toBeTypeOf('number');
      // its neighbours in the same write are not touched
      const around = await Promise.allSettled([
        client.get('k'),
        client.incr('k'),
        client.get('k'),
      ]);
      expect(around.map(({ status }) => status)).toEqual([
        'fulfilled',
        'rejected',
        'fulfilled',
      ]);
    });
  },
);

/** Gets a wrong argument past the compiler. */
const bad = (value: unknown): any => value;

describe('arguments that are refused', () => {
  it.each<
    [string, string, (client: RedisClusterClient) => Promise<unknown>, RegExp]
  >([
    [
      'undefined for a key',
      'get',
      (c) => c.get(bad(undefined)),
      /GET: key must be .*, got undefined/,
    ],
    [
      'null for a value',
      'set',
      (c) => c.set('k', bad(null)),
      /SET: value must be .*, got null/,
    ],
    [
      'a boolean for a value',
      'set',
      (c) => c.set('k', bad(true)),
      /got a boolean/,
    ],
    [
      'a Date for a value',
      'set',
      (c) => c.set('k', bad(new Date())),
      /got a Date/,
    ],
    [
      'an object for a value',
      'set',
      (c) => c.set('k', bad({})),
      /got an object/,
    ],
    ['NaN for a value', 'set', (c) => c.set('k', NaN), /got NaN/],
    ['a bigint for a key', 'get', (c) => c.get(bad(1n)), /GET: key/],
    [
      'a fraction for an integer',
      'expire',
      (c) => c.expire('k', 1.5),
      /EXPIRE: seconds must be an integer/,
    ],
    [
      'NaN for a score',
      'zadd',
      (c) => c.zadd('k', { score: NaN, member: 'm' }),
      /ZADD/,
    ],
    ['undefined among keys', 'del', (c) => c.del('a', bad(undefined)), /DEL/],
    ['no keys', 'del', (c) => c.del([]), /DEL/],
    ['no members', 'sadd', (c) => c.sadd('k'), /SADD/],
    ['no fields', 'hset', (c) => c.hset('k', {}), /HSET/],
    [
      'undefined for a field’s value',
      'hset',
      (c) => c.hset('k', { f: bad(undefined) }),
      /HSET/,
    ],
    [
      'an unknown option',
      'set',
      (c) => c.set('k', 'v', bad({ exx: 1 })),
      /SET.*exx/,
    ],
    [
      'two options that exclude each other',
      'set',
      (c) => c.set('k', 'v', bad({ nx: true, xx: true })),
      /SET/,
    ],
    [
      'a word that is none of the choices',
      'lmove',
      (c) => c.lmove('{l}', '{l}2', bad('up'), 'left'),
      /LMOVE/,
    ],
    [
      'null in a call',
      'get',
      (c) => c.call('GET', bad(null)),
      /GET: argument 1 .* got null/,
    ],
  ])(
    '%s: named in the error, and nothing is sent',
    async (_, name, run, message) => {
      const client = clients.get(3)!;
      await expect(run(client)).rejects.toThrow(message);
      await expect(run(client)).rejects.toMatchObject({
        code: 'CONFIGURATION',
      });
      expect(await callsOf(cluster, name)).toBe(0);
    },
  );

  it('do not show the values (they may be secrets)', async () => {
    const client = clients.get(3)!;
    const error: unknown = await client
      .set('user', bad({ password: 'hunter2' }))
      .catch((reason: unknown) => reason);
    expect(String(error)).not.toContain('hunter2');
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });
});
