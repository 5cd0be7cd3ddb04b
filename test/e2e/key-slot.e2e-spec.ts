import * as fc from 'fast-check';
import {
  CrossSlotError,
  RedisClusterClient,
  type Key,
} from 'nest-redis-cluster';
import { LocalRedisCluster } from 'nest-redis-cluster/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  callsAt,
  callsOf,
  errorReplies,
  resetStatistics,
} from '../support/server-statistics.js';

let cluster: LocalRedisCluster;
let client: RedisClusterClient;

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({ replicas: 0 });
  client = new RedisClusterClient(cluster.clientOptions);
  await client.connect();
});

afterAll(async () => {
  await client.close();
  await cluster.stop();
});

beforeEach(async () => {
  await cluster.flush();
  await resetStatistics(cluster);
});

/** A key as its bytes on the wire, made without the client. */
const bytesOf = (key: Key): Buffer =>
  Buffer.isBuffer(key) ? key : Buffer.from(String(key));

/** The slots as the client computes them: the refusal of a cross-slot call names them. */
async function slotsByClient(keys: readonly Key[]): Promise<readonly number[]> {
  // two keys of different slots, so that there is something to refuse
  const strict = client.with({ nonAtomicCrossSlot: false });
  const refusal: unknown = await strict
    .mget(['a', 'b', ...keys])
    .catch((error: unknown) => error);
  if (!(refusal instanceof CrossSlotError)) throw refusal;
  return refusal.slots.slice(2);
}

function slotsByServer(keys: readonly Key[]): Promise<number[]> {
  return Promise.all(keys.map((key) => cluster.slotOf(bytesOf(key))));
}

/** Writes and reads a key back through the client, and what the servers saw of it. */
async function routing(key: Key): Promise<Record<string, unknown>> {
  const bytes = bytesOf(key);
  await client.set(key, 'value');
  const owner = await cluster.primaryOf(bytes);
  return {
    value: await client.get(key),
    atOwner: await cluster.command(owner, 'GET', bytes),
    callsAtOwner: await callsAt(cluster, owner, 'set'),
    calls: await callsOf(cluster, 'set'),
    redirects: await errorReplies(cluster, 'MOVED'),
  };
}

// pieces that make tags, empty tags and half of them likely
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '{',
        '}',
        '{}',
        '{a}',
        'a',
        'é',
        '€',
        '😀',
        '\ud800',
        '\udfff',
        '\0',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    ),
    { maxLength: 8 },
  )
  .map((pieces) => pieces.join(''));

const bytes = fc
  .array(
    fc.oneof(
      fc.constantFrom([0x7b], [0x7d], [0x7b, 0x7d], [0xff, 0xfe], [0xc3]),
      fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 6 }),
    ),
    { maxLength: 8 },
  )
  .map((pieces) => Buffer.from(pieces.flat()));

describe('the slot of a key', () => {
  it('equals CLUSTER KEYSLOT for thousands of random strings (conformance 1)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { minLength: 100, maxLength: 200 }),
        async (keys) => {
          expect(await slotsByClient(keys)).toEqual(await slotsByServer(keys));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('equals CLUSTER KEYSLOT for thousands of random byte keys (conformance 1)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(bytes, { minLength: 100, maxLength: 200 }),
        async (keys) => {
          expect(await slotsByClient(keys)).toEqual(await slotsByServer(keys));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('is the one the cluster specification names for its CRC16 vector (conformance 1)', async () => {
    expect(await slotsByClient(['123456789'])).toEqual([0x31c3]);
    expect(await slotsByServer(['123456789'])).toEqual([0x31c3]);
  });

  const odd: readonly (readonly [what: string, key: Key])[] = [
    ['an empty first tag: foo{}{bar}', 'foo{}{bar}'],
    ['an empty first tag in bytes', Buffer.from('foo{}{bar}')],
    ['only tags, the first empty: {}{bar}', '{}{bar}'],
    ['nothing: the empty key', ''],
    ['no bytes: the empty Buffer', Buffer.alloc(0)],
    ['a lone high surrogate', 'key:\ud83d:end'],
    ['a lone low surrogate in a tag', 'a{\ude00}b'],
    ['a number', 12345],
    ['a negative number with decimals', -1.5],
    ['invalid UTF-8', Buffer.from([0xff, 0x00, 0xc3, 0x28])],
    ['invalid UTF-8 in a tag', Buffer.from([0x41, 0x7b, 0xfe, 0x7d, 0x42])],
    ['a tag', 'user:{42}:name'],
    ['two tags', '{a}{b}'],
    ['a brace that is never closed', 'foo{bar'],
    ['a nested brace', 'foo{{bar}}zap'],
    ['line breaks', 'a\r\nb'],
    ['characters beyond the basic plane', '{😀}é€'],
  ];

  it.each(odd)(
    'needs no redirect for %s (conformance 2, 3, 4, 5, 6)',
    async (_, key) => {
      expect(await routing(key)).toEqual({
        value: 'value',
        atOwner: 'value',
        callsAtOwner: 1,
        calls: 1,
        redirects: 0,
      });
    },
  );

  it('is 0 for the empty key (conformance 4)', async () => {
    expect(await slotsByClient(['', Buffer.alloc(0)])).toEqual([0, 0]);
  });

  it('is that of the replacement character where a surrogate is alone, as on the wire (conformance 5)', async () => {
    await client.set('x\ud800', 'value');
    const [stored] = await client.with({ replies: 'buffers' }).keys('x*');
    expect(stored).toEqual(Buffer.from('x\ufffd'));
  });

  it('of a number equals that of its text (conformance 6)', async () => {
    await client.set(7, 'seven');
    expect(await client.get('7')).toBe('seven');
    expect(await client.get(Buffer.from('7'))).toBe('seven');
  });
});

describe('the first true key decides the node (conformance 7)', () => {
  const tags = ['{a}', '{b}', '{c}'];

  const commands: readonly (readonly [
    name: string,
    run: (tag: string) => Promise<unknown>,
  ])[] = [
    [
      'EVAL',
      (t) => client.eval('return redis.call("get", KEYS[1])', [`${t}k`]),
    ],
    [
      'EVAL_RO',
      (t) => client.evalRo('return redis.call("get", KEYS[1])', [`${t}k`]),
    ],
    [
      'XREADGROUP',
      (t) =>
        client.call(
          'XREADGROUP',
          'GROUP',
          'g',
          'c',
          'COUNT',
          1,
          'STREAMS',
          `${t}x`,
          '>',
        ),
    ],
    ['XREAD', (t) => client.call('XREAD', 'COUNT', 1, 'STREAMS', `${t}x`, '0')],
    ['XINFO STREAM', (t) => client.call('XINFO', 'STREAM', `${t}x`)],
    ['OBJECT ENCODING', (t) => client.objectEncoding(`${t}k`)],
    ['MEMORY USAGE', (t) => client.call('MEMORY', 'USAGE', `${t}k`)],
    ['BITOP', (t) => client.call('BITOP', 'AND', `${t}dest`, `${t}k`)],
    ['ZINTERCARD', (t) => client.zintercard([`${t}z`, `${t}z2`])],
    ['ZUNIONSTORE', (t) => client.zunionstore(`${t}zz`, [`${t}z`, `${t}z2`])],
    ['LMPOP', (t) => client.lmpop([`${t}gone`, `${t}l`], 'left')],
    ['SINTERCARD', (t) => client.sintercard([`${t}s`])],
    [
      'GEORADIUS STORE',
      (t) =>
        client.call('GEORADIUS', `${t}geo`, 0, 0, 1, 'km', 'STORE', `${t}out`),
    ],
    [
      'SORT STORE',
      (t) => client.sort(`${t}l`, { alpha: true, store: `${t}out` }),
    ],
    [
      'MIGRATE KEYS',
      (t) => client.migrate('127.0.0.1', 1, 0, 100, [`${t}no such key`]),
    ],
    [
      'CLUSTER COUNTKEYSINSLOT',
      () => client.call('CLUSTER', 'COUNTKEYSINSLOT', 0),
    ],
  ];

  beforeEach(async () => {
    for (const tag of tags) {
      await client.set(`${tag}k`, 'v');
      await client.rpush(`${tag}l`, 'a', 'b');
      await client.zadd(`${tag}z`, { score: 1, member: 'm' });
      await client.call('XADD', `${tag}x`, '*', 'f', 'v');
      await client.call('XGROUP', 'CREATE', `${tag}x`, 'g', '0');
    }
    await resetStatistics(cluster);
  });

  it.each(commands)('%s', async (_, run) => {
    // each tag's slot is on another primary
    for (const tag of tags) await run(tag);
    expect(await errorReplies(cluster, 'MOVED')).toBe(0);
    expect(await errorReplies(cluster, 'CROSSSLOT')).toBe(0);
  });

  it('the tags of this test are on three primaries', async () => {
    const owners = await Promise.all(tags.map((tag) => cluster.primaryOf(tag)));
    expect(new Set(owners).size).toBe(3);
  });
});

describe('call', () => {
  it("gives the server's own error for a command that neither a table nor the server knows (conformance 8)", async () => {
    await expect(client.call('MYMODULE.GET', 'k')).rejects.toMatchObject({
      code: 'REPLY',
      message: expect.stringMatching(/^ERR unknown command 'MYMODULE.GET'/),
    });
  });

  it('sends a command that no table knows to the owner of the key it comes with (conformance 8)', async () => {
    const owner = await cluster.primaryOf('{b}k');
    const slot = await cluster.slotOf('{b}k');
    await expect(
      client.call('MYMODULE.GET', 'x', '{b}k', { keys: ['{b}k'] }),
    ).rejects.toMatchObject({
      code: 'REPLY',
      prefix: 'ERR',
      command: 'MYMODULE.GET',
      node: owner.address,
      slot,
    });
  });

  it.each(['get', 'GET', 'gEt'])(
    'routes, flags and answers %s alike (conformance 9)',
    async (name) => {
      await client.set('{c}key', 'value');
      expect(await client.call(name, '{c}key')).toBe('value');
      expect(await client.call(name, 'none')).toBeNull();
      expect(await errorReplies(cluster, 'MOVED')).toBe(0);
    },
  );

  it('splits, merges and shapes commands of any case like the methods (conformance 9)', async () => {
    await client.call('hSet', 'hash', 'field', 'value');
    expect(await client.call('HgetAll', 'hash')).toEqual({ field: 'value' });
    await client.call('mset', 'a', 1, 'b', 2, 'c', 3);
    expect(await client.call('Exists', 'a', 'b', 'c', 'a')).toBe(4);
    expect(await client.call('script', 'exists', 'f'.repeat(40))).toEqual([0]);
  });
});
