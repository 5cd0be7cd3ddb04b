import {
  RedisClusterClient,
  ReplyError,
  TransactionError,
} from 'nest-redis-cluster';
import { LocalRedisCluster } from 'nest-redis-cluster/testing';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from 'vitest';
import { callsOf, resetStatistics } from '../support/server-statistics.js';

/** Keys of three shards. */
const KEYS = ['b', 'c', 'a'];

const APPEND = {
  lua: "return redis.call('APPEND', KEYS[1], ARGV[1])",
  numberOfKeys: 1,
  reply: Number,
} as const;

const READ = {
  lua: "return redis.call('GET', KEYS[1])",
  numberOfKeys: 1,
  readOnly: true,
  reply: String,
} as const;

const LIBRARY = {
  code: `#!lua name=batches
redis.register_function('add', function(keys, args)
  return redis.call('APPEND', keys[1], args[1])
end)
redis.register_function{
  function_name = 'see',
  callback = function(keys) return redis.call('GET', keys[1]) end,
  flags = {'no-writes'},
}`,
  functions: {
    add: { numberOfKeys: 1, reply: Number },
    see: { numberOfKeys: 1, readOnly: true, reply: String },
  },
} as const;

let cluster: LocalRedisCluster;
let client: RedisClusterClient;

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({
    // a node that a busy machine holds up has not failed
    nodeTimeoutMs: 15_000,
  });
});

afterAll(async () => {
  await cluster.stop();
});

describe.each([2, 3] as const)('scripts (RESP%d)', (protocol) => {
  beforeEach(async () => {
    await cluster.flush();
    client = new RedisClusterClient({ ...cluster.clientOptions, protocol });
    await client.connect();
    await client.at('nodes').scriptFlush();
    await resetStatistics(cluster);
  });

  afterEach(async () => {
    await client.close();
  });

  it('in a pipeline keep their place among commands on their key, where no node has them (conformance 124)', async () => {
    const append = client.script(APPEND);
    const read = client.script(READ);
    for (let round = 0; round < 5; round++) {
      const replies = await client.pipeline((p) =>
        KEYS.flatMap((key) => [
          p.set(key, ''),
          append.on(p).run(key, 'x'),
          p.append(key, 'y'),
          append.on(p).run(key, 'z'),
          read.on(p).run(key),
        ]),
      );
      expect(replies).toEqual(KEYS.flatMap(() => ['OK', 1, 2, 3, 'xyz']));
      await client.at('nodes').scriptFlush();
    }
  });

  it('in a pipeline run once each while scripts are flushed (conformance 124)', async () => {
    const append = client.script(APPEND);
    const pipelines = Array.from({ length: 60 }, async (_, n) => {
      if (n % 3 === 0) await client.at('nodes').scriptFlush();
      return client.pipeline((p) =>
        KEYS.map((key) => append.on(p).run(key, 'x')),
      );
    });
    await Promise.all(pipelines);
    expect(await client.pipeline((p) => KEYS.map((k) => p.strlen(k)))).toEqual([
      60, 60, 60,
    ]);
  });

  it('in a transaction are queued with their text, and need no loading (conformance 124)', async () => {
    const append = client.script(APPEND);
    const read = client.script(READ);
    const replies = await client.transaction((t) => [
      t.set('a', ''),
      append.on(t).run('a', 'x'),
      read.on(t).run('a'),
    ]);
    expect(replies).toEqual(['OK', 1, 'x']);
    const primaries = await cluster.primaries();
    const calls = (name: string) => callsOf(cluster, name, primaries);
    expect(await calls('evalsha')).toBe(0);
    expect(await calls('script|load')).toBe(0);
    expect([await calls('eval'), await calls('eval_ro')]).toEqual([1, 1]);
  });

  it('run on watched keys: those that read at once, the others in the transaction', async () => {
    const append = client.script(APPEND);
    const read = client.script(READ);
    await client.set('a', 'x');
    const length = await client.watch('a', async (watched) => {
      const before = await read.on(watched).run('a');
      await expect(append.on(watched).run('a', '!')).rejects.toMatchObject({
        code: 'CONFIGURATION',
      });
      return watched.transaction((t) => [append.on(t).run('a', before)]);
    });
    expect(length).toEqual([2]);
    expect(await client.get('a')).toBe('xx');
  });

  it('on exclusive connections are loaded by each on its own (conformance 124)', async () => {
    const append = client.script(APPEND);
    for (let round = 1; round <= 5; round++) {
      await client.at('nodes').scriptFlush();
      await Promise.all([
        append.run('a', 'x'),
        ...Array.from({ length: 8 }, () =>
          client.withConnection({ key: 'a' }, (own) =>
            append.on(own).run('a', 'x'),
          ),
        ),
      ]);
      expect(await client.strlen('a')).toBe(9 * round);
    }
  });

  it('in pipelines and transactions go with their slot, and to a primary that never had them (conformance 124)', async () => {
    const append = client.script(APPEND);
    const both = async (): Promise<unknown[]> => [
      ...(await client.pipeline((p) => [
        append.on(p).run('a', 'x'),
        p.append('a', 'y'),
      ])),
      ...(await client.transaction((t) => [append.on(t).run('a', 'z')])),
    ];
    expect(await both()).toEqual([1, 2, 3]);
    const source = await cluster.primaryOf('a');
    const target = (await cluster.primaries()).find((node) => node !== source)!;
    await cluster.command(target, 'SCRIPT', 'FLUSH');
    await cluster.migrateSlots(await cluster.slotOf('a'), target);
    expect(await both()).toEqual([4, 5, 6]);
    const [replica] = await cluster.replicasOf(target);
    await cluster.command(replica!, 'SCRIPT', 'FLUSH');
    await cluster.failover(replica!);
    expect(await both()).toEqual([7, 8, 9]);
    expect(await client.get('a')).toBe('xyzxyzxyz');
    await cluster.waitUntilStable();
  });

  it('with keys of several slots are refused in batches, and nothing is sent (conformance 126)', async () => {
    const two = client.script({ lua: 'return 1', numberOfKeys: 2 });
    await expect(
      client.pipeline((p) => [p.set('a', 1), two.on(p).run(['a', 'b'])]),
    ).rejects.toMatchObject({ code: 'CROSS_SLOT' });
    await expect(
      client.transaction((t) => [t.set('a', 1), two.on(t).run(['a', 'b'])]),
    ).rejects.toMatchObject({ code: 'CROSS_SLOT' });
    expect(await callsOf(cluster, 'set')).toBe(0);
  });
});

describe('functions', () => {
  beforeEach(async () => {
    await cluster.flush();
    client = new RedisClusterClient(cluster.clientOptions);
    await client.connect();
  });

  afterEach(async () => {
    await client.functionFlush();
    await client.close();
  });

  it('are called in pipelines, transactions, on watched keys and exclusive connections', async () => {
    const library = client.functionLibrary(LIBRARY);
    await library.load();
    const replies = await client.pipeline((p) =>
      KEYS.flatMap((key) => [
        library.on(p).call('add', key, 'x'),
        library.on(p).call('see', key),
      ]),
    );
    expect(replies).toEqual(KEYS.flatMap(() => [1, 'x']));
    const [length, text] = await client.transaction((t) => [
      library.on(t).call('add', 'a', 'y'),
      library.on(t).call('see', 'a'),
    ]);
    expect([length, text]).toEqual([2, 'xy']);
    const watched = await client.watch('a', async (w) => {
      const before = await library.on(w).call('see', 'a');
      return w.transaction((t) => [library.on(t).call('add', 'a', before)]);
    });
    expect(watched).toEqual([4]);
    const seen = await client.withConnection({ key: 'a' }, (own) =>
      library.on(own).call('see', 'a'),
    );
    expect(seen).toBe('xyxy');
  });

  it('bring their library along in a pipeline and on an exclusive connection; in a transaction its absence is an error as the server gave it (conformance 129)', async () => {
    const library = client.functionLibrary(LIBRARY);
    const missing = client.transaction((t) => [
      t.set('a', ''),
      library.on(t).call('add', 'a', 'x'),
    ]);
    const error = await missing.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TransactionError);
    const { results } = error as TransactionError;
    expect(results[0]).toMatchObject({ reply: 'OK' });
    expect(results[1]!.error).toBeInstanceOf(ReplyError);
    expect(results[1]!.error!.message).toContain('Function not found');
    expect(
      await client.pipeline((p) =>
        KEYS.map((key) => library.on(p).call('add', key, 'x')),
      ),
    ).toEqual([1, 1, 1]);
    await client.functionFlush();
    expect(
      await client.withConnection({ key: 'a' }, (own) =>
        library.on(own).call('add', 'a', 'x'),
      ),
    ).toBe(2);
  });
});
