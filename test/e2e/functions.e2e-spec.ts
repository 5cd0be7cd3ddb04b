import {
  ConfigurationError,
  CrossSlotError,
  FanOutError,
  type FunctionLibraryOptions,
  RedisClusterClient,
  TypedFunctionLibrary,
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
const A = '{a}1';
const B = '{b}2';
const C = '{c}3';

const STOCK = {
  code: `#!lua name=stock
redis.register_function('put', function(keys, args)
  return redis.call('INCRBY', keys[1], args[1])
end)
redis.register_function{
  function_name = 'left',
  callback = function(keys) return redis.call('GET', keys[1]) end,
  flags = {'no-writes'},
}
redis.register_function('fail', function(keys)
  redis.call('INCR', keys[1])
  return redis.error_reply('SOLD out')
end)`,
  functions: {
    put: { numberOfKeys: 1, reply: Number },
    left: { numberOfKeys: 1, readOnly: true, reply: Number },
    fail: { numberOfKeys: 1 },
  },
} as const satisfies FunctionLibraryOptions;

/** The same with another body. */
const CHANGED = { ...STOCK, code: `${STOCK.code}\n-- changed` } as const;

let cluster: LocalRedisCluster;
let client: RedisClusterClient;

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({
    // a node that a busy machine holds up has not failed; a longer one lets
    // nodes that come and go wait for gossip
    nodeTimeoutMs: 5_000,
  });
  client = new RedisClusterClient({
    ...cluster.clientOptions,
    // outlasts a failover whose first election comes to nothing
    commandTimeoutMs: 100_000,
  });
  await client.connect();
});

afterAll(async () => {
  await client.close();
  await cluster.stop();
});

beforeEach(async () => {
  await cluster.flush();
  await client.functionFlush();
  await resetStatistics(cluster);
});

const owner = (key: string): Promise<LocalRedisNode> => cluster.primaryOf(key);

/** What each primary has or did, without the addresses. */
const kinds = (byNode: Record<string, string>): string[] =>
  Object.values(byNode).sort();

describe('a library of functions', () => {
  it('is loaded on all primaries, and only where it is not', async () => {
    const stock = client.functionLibrary(STOCK);
    expect(stock).toBeInstanceOf(TypedFunctionLibrary);
    expect(stock.name).toBe('stock');
    expect(kinds(await stock.verify())).toEqual([
      'missing',
      'missing',
      'missing',
    ]);
    const { address } = await owner(B);
    await client.at({ node: address }).functionLoad(STOCK.code);
    const loads = await stock.load();
    expect(kinds(loads)).toEqual(['current', 'loaded', 'loaded']);
    expect(loads[address]).toBe('current');
    expect(kinds(await stock.load())).toEqual([
      'current',
      'current',
      'current',
    ]);
    const primaries = await cluster.primaries();
    expect(await callsOf(cluster, 'function|load', primaries)).toBe(3);
    expect(kinds(await stock.verify())).toEqual([
      'current',
      'current',
      'current',
    ]);
  });

  it('is called by name, with replies of its own types', async () => {
    const stock = client.functionLibrary(STOCK);
    await stock.load();
    const put: number = await stock.call('put', A, 5);
    const left: number = await stock.call('left', [A]);
    expect([put, left]).toEqual([5, 5]);
    expect(await callsAt(cluster, await owner(A), 'fcall_ro')).toBe(1);
    await expect(stock.call('fail', [A])).rejects.toMatchObject({
      code: 'REPLY',
      message: 'SOLD out',
    });
  });

  it('refuses what it does not know, before anything is sent', async () => {
    const stock = client.functionLibrary({
      ...STOCK,
      functions: {
        ...STOCK.functions,
        put: { numberOfKeys: 2 },
        idle: { numberOfKeys: 0 },
      },
    });
    await expect(stock.call('take' as never, [] as never)).rejects.toThrow(
      "'take' is none of the functions given for stock",
    );
    await expect(stock.call('put', [A] as never)).rejects.toThrow(
      'FCALL: it has 2 keys, and was called with 1',
    );
    await expect(stock.call('put', [A, B])).rejects.toBeInstanceOf(
      CrossSlotError,
    );
    await expect(stock.call('idle', [])).rejects.toBeInstanceOf(
      ConfigurationError,
    );
    expect(await callsOf(cluster, 'fcall')).toBe(0);
  });

  it.each([
    ['no source', { code: '', functions: {} }],
    ['a source without a name', { code: 'return 1', functions: {} }],
    ['a version that is none', { ...STOCK, version: 0 }],
    [
      'a number of keys that is none',
      { ...STOCK, functions: { f: { numberOfKeys: -1 } } },
    ],
    ['an option that is none', { ...STOCK, versoin: 2 }],
    ['a conflict rule that is none', { ...STOCK, onConflict: 'overwrite' }],
    [
      'a function of an option that is none',
      { ...STOCK, functions: { left: { readonly: true } } },
    ],
    [
      'a reply that is no function',
      { ...STOCK, functions: { left: { reply: 'number' } } },
    ],
    ['no functions', { code: STOCK.code }],
  ] as [string, FunctionLibraryOptions][])(
    'is refused with %s',
    (_, options) => {
      expect(() => client.functionLibrary(options)).toThrow(ConfigurationError);
    },
  );
});

describe('versions of a library', () => {
  it('without a number are not overwritten: other code is a conflict, and nothing is loaded anywhere', async () => {
    const { address } = await owner(A);
    await client.at({ node: address }).functionLoad(STOCK.code);
    await resetStatistics(cluster);
    const changed = client.functionLibrary(CHANGED);
    const error: unknown = await changed.load().catch((reason) => reason);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as Error).message).toContain(
      `${address} has other code under the name stock`,
    );
    expect(await callsOf(cluster, 'function|load')).toBe(0);
    expect(kinds(await changed.verify())).toEqual([
      'missing',
      'missing',
      'other',
    ]);
  });

  it('are replaced on demand', async () => {
    await client.functionLibrary(STOCK).load();
    const changed = client.functionLibrary({
      ...CHANGED,
      onConflict: 'replace',
    });
    expect(kinds(await changed.load())).toEqual([
      'replaced',
      'replaced',
      'replaced',
    ]);
    expect(kinds(await changed.verify())).toEqual([
      'current',
      'current',
      'current',
    ]);
  });

  it('with numbers go up and never down, whoever boots last', async () => {
    const first = client.functionLibrary({ ...STOCK, version: 1 });
    const second = client.functionLibrary({ ...CHANGED, version: 2 });
    await client.functionLibrary(STOCK).load();
    expect(kinds(await first.load())).toEqual([
      'replaced',
      'replaced',
      'replaced',
    ]);
    expect(kinds(await second.load())).toEqual([
      'replaced',
      'replaced',
      'replaced',
    ]);
    // a process of the release before starts again
    expect(kinds(await first.load())).toEqual(['newer', 'newer', 'newer']);
    expect(kinds(await second.verify())).toEqual([
      'current',
      'current',
      'current',
    ]);
    expect(kinds(await first.verify())).toEqual(['newer', 'newer', 'newer']);
    await expect(
      client.functionLibrary({ ...STOCK, version: 2 }).load(),
    ).rejects.toBeInstanceOf(ConfigurationError);
  });

  it('are loaded by many processes at once without an error', async () => {
    const loads = await Promise.all(
      Array.from({ length: 20 }, () => client.functionLibrary(STOCK).load()),
    );
    for (const load of loads) expect(Object.keys(load)).toHaveLength(3);
    expect(kinds(await client.functionLibrary(STOCK).verify())).toEqual([
      'current',
      'current',
      'current',
    ]);
  });

  it('that do not compile fail on every node, and say so by node', async () => {
    const broken = client.functionLibrary({
      code: '#!lua name=broken\nredis.register_function(',
      functions: {},
    });
    const error: unknown = await broken.load().catch((reason) => reason);
    expect(error).toBeInstanceOf(FanOutError);
    expect(Object.keys((error as FanOutError).errorsByNode)).toHaveLength(3);
    expect((error as FanOutError).message).toContain('ompil');
  });
});

describe('a primary without the library', () => {
  it('gets it with the call that found out: a slot moves to a new node (conformance 129)', async () => {
    const stock = client.functionLibrary({ ...STOCK, version: 3 });
    await stock.load();
    await stock.call('put', A, 1);
    const before = await owner(A);
    const guest = await cluster.addNode();
    await cluster.migrateSlots(keySlot(A), guest);
    expect(
      await Promise.all(
        Array.from({ length: 20 }, () => stock.call('put', A, 1)),
      ),
    ).toHaveLength(20);
    expect(await stock.call('left', A)).toBe(21);
    expect(await callsAt(cluster, guest, 'function|load')).toBe(1);
    expect(kinds(await stock.verify())).toEqual([
      'current',
      'current',
      'current',
      'current',
    ]);
    await cluster.migrateSlots(keySlot(A), before);
    await cluster.removeNode(guest);
  });

  it('does not lose another library of its name over it: the call fails', async () => {
    const other =
      "#!lua name=stock\nredis.register_function('other', function() return 1 end)";
    await client.functionLoad(other);
    await expect(
      client.functionLibrary(STOCK).call('put', A, 1),
    ).rejects.toMatchObject({
      code: 'REPLY',
      message: expect.stringContaining("'stock' already exists") as string,
      cause: { message: 'ERR Function not found' },
    });
    expect(await client.fcall('other', [A])).toBe(1);
    expect(await client.get(A)).toBeNull();
  });

  it('is an error as the server gave it for a plain fcall (conformance 129)', async () => {
    await expect(client.fcall('put', [A], [1])).rejects.toMatchObject({
      code: 'REPLY',
      message: 'ERR Function not found',
    });
  });

  it('is told from a function whose own error says so: it is not called twice', async () => {
    const liar = client.functionLibrary({
      code: `#!lua name=liar
redis.register_function('lie', function(keys)
  redis.call('INCR', keys[1])
  return redis.error_reply('ERR Function not found')
end)`,
      functions: { lie: { numberOfKeys: 1 } },
    });
    await liar.load();
    await expect(liar.call('lie', C)).rejects.toThrow('Function not found');
    expect(await client.get(C)).toBe('1');
  });

  it('keeps it through a failover: replicas have it by replication', async () => {
    const stock = client.functionLibrary(STOCK);
    await stock.load();
    const [replica] = await cluster.replicasOf(await owner(C));
    await stock.call('put', C, 1);
    await cluster.failover(replica!);
    expect(await stock.call('put', C, 1)).toBe(2);
    expect(await callsAt(cluster, replica!, 'function|load')).toBe(1);
    expect(kinds(await stock.verify())).toEqual([
      'current',
      'current',
      'current',
    ]);
  });
});

it('a function that only reads runs on a replica', async () => {
  const stock = client.functionLibrary(STOCK);
  await stock.load();
  await stock.call('put', A, 7);
  const [replica] = await cluster.replicasOf(await owner(A));
  const there = stock.on(client.at({ node: replica!.address }));
  await expect.poll(() => there.call('left', A)).toBe(7);
  expect(await callsAt(cluster, replica!, 'fcall_ro')).toBeGreaterThan(0);
});

it('load() waits for a failover', async () => {
  const primary = await owner(B);
  const [replica] = await cluster.replicasOf(primary);
  await cluster.kill(primary);
  const stock = client.functionLibrary(STOCK);
  let settled = false;
  const loading = stock.load().finally(() => (settled = true));
  // the others were asked
  const others = (await cluster.primaries()).filter(
    ({ state }) => state === 'running',
  );
  await expect
    .poll(() => callsOf(cluster, 'function|list', others))
    .toBeGreaterThanOrEqual(2);
  expect(settled).toBe(false);
  // what an election leads to, without waiting for the death to be known
  await cluster.failover(replica!, 'force');
  const loads = await loading;
  expect(kinds(loads)).toEqual(['loaded', 'loaded', 'loaded']);
  expect(loads[replica!.address]).toBe('loaded');
  expect(await stock.call('put', B, 1)).toBe(1);
  await cluster.restart(primary);
});
