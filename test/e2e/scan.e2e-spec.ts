import { lastValueFrom, take, toArray } from 'rxjs';
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
  RedisClusterClient,
  ScanError,
  type KeyScan,
} from '../../lib/index.js';
import { keySlot } from '../../lib/routing/key-slot.js';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from '../../lib/testing/index.js';
import {
  callsAt,
  callsOf,
  resetStatistics,
} from '../support/server-statistics.js';
import { withNodeTimeout } from '../support/node-timeout.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const KEYS = Array.from({ length: 3_000 }, (_, index) => `key:${index}`);

/**
 * The replica takes over. With the node timeout of the tests the others would
 * vote about the same primary only once in 20 s.
 */
function handOver(
  cluster: LocalRedisCluster,
  replica: LocalRedisNode,
): Promise<void> {
  return withNodeTimeout(cluster, 1_000, () => cluster.failover(replica));
}

/** Writes the keys that exist throughout a test. */
async function fill(client: RedisClusterClient): Promise<void> {
  await Promise.all(KEYS.map((key) => client.set(key, '1')));
}

/** The keys that a scan has not given. */
function missing(seen: Iterable<string>): string[] {
  const found = new Set(seen);
  return KEYS.filter((key) => !found.has(key));
}

/** Reads the rest of a scan. */
async function rest(scan: KeyScan): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of scan.pages()) keys.push(...page);
  return keys;
}

/** Reads pages until a key of a slot that `wanted` accepts has come. */
async function readUntil(
  scan: KeyScan,
  wanted: (slot: number) => boolean,
): Promise<string[]> {
  const keys: string[] = [];
  const pages = scan.pages();
  while (!keys.some((key) => wanted(keySlot(key)))) {
    const page = await pages.next();
    if (page.done === true) throw new Error('The scan has ended before');
    keys.push(...page.value);
  }
  return keys;
}

/** How many pages one node was asked for. */
async function pagesAt(
  cluster: LocalRedisCluster,
  node: LocalRedisNode,
): Promise<number> {
  return (
    (await callsAt(cluster, node, 'scan')) +
    (await callsAt(cluster, node, 'clusterscan'))
  );
}

/** Slots that have keys, of the last shard. */
function lastSlots(): number[] {
  const slots = KEYS.map((key) => keySlot(key));
  return [...new Set(slots)].filter((slot) => slot > 16_300);
}

describe('a scan of a quiet cluster', () => {
  let cluster: LocalRedisCluster;
  let client: RedisClusterClient;

  beforeAll(async () => {
    cluster = await LocalRedisCluster.start({ replicas: 0 });
    client = new RedisClusterClient(cluster.clientOptions);
    await fill(client);
  });

  afterAll(async () => {
    client.destroy();
    await cluster.stop();
  });

  beforeEach(() => resetStatistics(cluster));

  it('gives every key of every shard, and ends (conformance 76)', async () => {
    const seen: string[] = [];
    for await (const key of client.scanIterator({ count: 100 })) {
      seen.push(key);
    }
    expect(missing(seen)).toEqual([]);
    expect(seen).toHaveLength(KEYS.length);
  });

  it('fetches no further than a slow reader needs (conformance 76)', async () => {
    const scan = client.scanIterator({ count: 10 });
    const pages = scan.pages();
    await pages.next();
    // far more pages than that would fit in the time of these round trips
    for (let turn = 0; turn < 50; turn++) await client.at('primaries').ping();
    const calls =
      (await callsOf(cluster, 'scan')) +
      (await callsOf(cluster, 'clusterscan'));
    expect(calls).toBeLessThanOrEqual(3 * 3);
    await pages.return?.();
  });

  it('leaves nothing running behind a loop that is left early (conformance 76)', async () => {
    const scan = client.scanIterator({ count: 10 });
    for await (const key of scan) {
      expect(KEYS).toContain(key);
      break;
    }
    await client.at('primaries').ping();
    await resetStatistics(cluster);
    for (let turn = 0; turn < 20; turn++) await client.at('primaries').ping();
    expect(await callsOf(cluster, 'scan')).toBe(0);
    expect(await callsOf(cluster, 'clusterscan')).toBe(0);
    expect(await scan.next()).toEqual({ done: true, value: undefined });
  });

  it('is independent of another that is read alternately (conformance 78)', async () => {
    const scans = [
      client.scanIterator({ count: 50 }),
      client.scanIterator({ count: 70 }),
    ] as const;
    const seen: [string[], string[]] = [[], []];
    const over = [false, false];
    while (!over[0] || !over[1]) {
      for (const index of [0, 1] as const) {
        const { done, value } = await scans[index].next();
        if (done === true) over[index] = true;
        else seen[index].push(value);
      }
    }
    expect(missing(seen[0])).toEqual([]);
    expect(missing(seen[1])).toEqual([]);
  });

  it('sends nothing before the first key is asked for', async () => {
    const scan = client.scanIterator();
    await client.at('primaries').ping();
    expect(await callsOf(cluster, 'scan')).toBe(0);
    expect(scan.cursor).toBe('0');
  });

  it('filters by pattern and type at the server', async () => {
    await client.sadd('a set', 'x');
    const byType = await rest(client.scanIterator({ type: 'set' }));
    expect(byType).toEqual(['a set']);
    const byPattern = await rest(client.scanIterator({ match: 'key:12?' }));
    expect(byPattern.sort()).toEqual(
      Array.from({ length: 10 }, (_, digit) => `key:12${digit}`),
    );
    await client.del('a set');
  });

  it('asks one node alone for a pattern that begins with one hash tag', async () => {
    await client.mset({ 'user:{42}:a': '1', 'user:{42}:b': '1' });
    await resetStatistics(cluster);
    const seen = await rest(client.scanIterator({ match: 'user:{42}:*' }));
    expect(seen.sort()).toEqual(['user:{42}:a', 'user:{42}:b']);
    const owner = await cluster.primaryOf('{42}');
    const others = cluster.nodes.filter((node) => node !== owner);
    for (const name of ['scan', 'clusterscan']) {
      expect(await callsOf(cluster, name, others)).toBe(0);
    }
    expect(await pagesAt(cluster, owner)).toBeGreaterThan(0);
    await client.del('user:{42}:a', 'user:{42}:b');
  });

  it('uses CLUSTERSCAN on servers that have it, and SCAN on others', async () => {
    const [node] = cluster.nodes;
    const info = (await cluster.command(
      node!,
      'COMMAND',
      'INFO',
      'CLUSTERSCAN',
    )) as unknown[];
    const has = info[0] !== null;
    expect(missing(await rest(client.scanIterator()))).toEqual([]);
    expect((await callsOf(cluster, 'clusterscan')) > 0).toBe(has);
    expect((await callsOf(cluster, 'scan')) > 0).toBe(!has);
  });

  it('sees keys of its key prefix alone, and gives them without it', async () => {
    const prefixed = new RedisClusterClient({
      ...cluster.clientOptions,
      keyPrefix: 'key:2*',
    });
    await prefixed.mset({ one: '1', two: '1' });
    expect((await rest(prefixed.scanIterator())).sort()).toEqual([
      'one',
      'two',
    ]);
    expect(await rest(prefixed.scanIterator({ match: 'o*' }))).toEqual(['one']);
    await prefixed.del('one', 'two');
    prefixed.destroy();
  });

  it('gives Buffers where replies are Buffers', async () => {
    const [key] = await client
      .with({ replies: 'buffers' })
      .scanIterator({ match: 'key:1' })
      .pages()
      .next()
      .then(({ value }) => value ?? []);
    expect(key).toEqual(Buffer.from('key:1'));
  });

  it('is an Observable that ends when nobody is subscribed any more', async () => {
    const all = await lastValueFrom(
      client.scanIterator().keys$.pipe(toArray()),
    );
    expect(missing(all)).toEqual([]);
    const scan = client.scanIterator({ count: 10 });
    await lastValueFrom(scan.pages$.pipe(take(2)));
    expect(await scan.next()).toEqual({ done: true, value: undefined });
  });

  it('goes on in another client, by its cursor', async () => {
    const other = new RedisClusterClient(cluster.clientOptions);
    const seen: string[] = [];
    let cursor = '0';
    let rounds = 0;
    do {
      const scan = [client, other][rounds % 2]!.scanIterator({
        cursor,
        count: 100,
      });
      let pages = 0;
      for await (const page of scan.pages()) {
        seen.push(...page);
        if (++pages === 5) break;
      }
      ({ cursor } = scan);
      rounds += 1;
    } while (cursor !== '0');
    other.destroy();
    expect(rounds).toBeGreaterThan(3);
    expect(missing(seen)).toEqual([]);
    // what was on its way when a scan was left is read again, and no more
    expect(seen.length).toBeLessThan(KEYS.length * 2);
  });

  it('ends with the reason of its signal', async () => {
    const abort = new AbortController();
    const scan = client.scanIterator({ count: 10, signal: abort.signal });
    await scan.next();
    abort.abort(new Error('enough'));
    await expect(rest(scan)).rejects.toThrow('enough');
  });

  it('reads the fields of a large hash, the members of a set and of a sorted set', async () => {
    const members = Array.from({ length: 2_000 }, (_, index) => `m${index}`);
    await client.hset(
      'hash',
      members.map((member) => [member, 'v'] as const),
    );
    await client.sadd('set', members);
    await client.zadd(
      'zset',
      members.map((member, score) => ({ member, score })),
    );
    const fields = new Map<string, string>();
    for await (const { field, value } of client.hscanIterator('hash', {
      count: 100,
    })) {
      fields.set(field, value);
    }
    expect(fields.size).toBe(2_000);
    expect(fields.get('m7')).toBe('v');
    const set = new Set<string>();
    for await (const member of client.sscanIterator('set', { count: 100 })) {
      set.add(member);
    }
    expect(set).toEqual(new Set(members));
    const scores = new Map<string, number>();
    for await (const { member, score } of client.zscanIterator('zset', {
      match: 'm1*',
    })) {
      scores.set(member, score);
    }
    expect(scores.get('m1999')).toBe(1_999);
    expect(scores.size).toBe(1_111);
    await client.del('hash', 'set', 'zset');
  });

  it('reads a small collection with one command', async () => {
    await client.hset('small', { one: '1' });
    await resetStatistics(cluster);
    for await (const entry of client.hscanIterator('small')) {
      expect(entry).toEqual({ field: 'one', value: '1' });
    }
    expect(await callsOf(cluster, 'hscan')).toBe(1);
    expect(await callsOf(cluster, 'info')).toBeLessThanOrEqual(3);
    await client.del('small');
  });
});

describe('a scan while slots move', () => {
  let cluster: LocalRedisCluster;
  let client: RedisClusterClient;
  let nodes: LocalRedisNode[];

  beforeAll(async () => {
    cluster = await LocalRedisCluster.start({ replicas: 0 });
    nodes = [
      await cluster.primaryOf(0),
      await cluster.primaryOf(8_000),
      await cluster.primaryOf(16_383),
    ];
    await using filling = new RedisClusterClient(cluster.clientOptions);
    await fill(filling);
  });

  afterAll(() => cluster.stop());

  beforeEach(() => {
    client = new RedisClusterClient({
      ...cluster.clientOptions,
      // its own map is of no help
      topologyRefreshMs: 3_600_000,
    });
  });

  afterEach(async () => {
    client.destroy();
    // what a test has moved goes home
    const home = nodes[2]!;
    const strayed: number[] = [];
    for (const slot of lastSlots()) {
      if ((await cluster.primaryOf(slot)) !== home) strayed.push(slot);
    }
    if (strayed.length > 0) await cluster.migrateSlots(strayed, home);
    await cluster.waitUntilStable();
  });

  it('finds the keys of slots that go from a node not yet scanned to one that is done', async () => {
    const scan = client.scanIterator({ count: 50, parallel: 1 });
    // one node after the other: the first is done when a key of the second comes
    const seen = await readUntil(scan, (slot) => slot >= 5_461);
    await cluster.migrateSlots(lastSlots(), nodes[0]!);
    seen.push(...(await rest(scan)));
    expect(missing(seen)).toEqual([]);
  });

  it('finds the keys of slots that leave a node in the middle of its scan', async () => {
    const scan = client.scanIterator({ count: 20, parallel: 1 });
    const seen = await readUntil(scan, (slot) => slot >= 10_923);
    await cluster.migrateSlots(lastSlots(), nodes[1]!);
    seen.push(...(await rest(scan)));
    expect(missing(seen)).toEqual([]);
  });

  it('finds the keys on both sides of a slot that is half-way for good', async () => {
    const slots = lastSlots();
    const migration = await cluster.migrateSlots(slots, nodes[0]!, {
      stopHalfway: true,
    });
    const moving = KEYS.filter((key) => slots.includes(keySlot(key)));
    const [slot] = slots;
    const ahead = moving.filter((key) => keySlot(key) === slot);
    expect(ahead.length).toBeGreaterThan(0);
    await migration.moveKeys(ahead);
    expect(missing(await rest(client.scanIterator({ count: 50 })))).toEqual([]);
    const [key] = ahead;
    const one = await rest(client.scanIterator({ match: key! }));
    expect(new Set(one)).toEqual(new Set([key]));
    await migration.finish();
  });

  it('finds keys that are handed over while both nodes are scanned', async () => {
    const slots = lastSlots();
    const migration = await cluster.migrateSlots(slots, nodes[0]!, {
      stopHalfway: true,
    });
    const scan = client.scanIterator({ count: 20 });
    const seen = await readUntil(scan, (slot) => slot > 10_923);
    await migration.moveKeys();
    seen.push(...(await rest(scan)));
    expect(missing(seen)).toEqual([]);
    await migration.finish();
  });

  it('finds every key while slots move all the time', async () => {
    const slots = lastSlots().slice(0, 5);
    const stop = new AbortController();
    const mover = (async () => {
      for (let turn = 0; !stop.signal.aborted; turn++) {
        await cluster.migrateSlots(slots, nodes[turn % 2]!);
        // the next one begins where every node agrees on this one
        await cluster.waitUntilStable();
      }
    })();
    const scans = (async () => {
      for (let round = 0; round < 3; round++) {
        const seen = await rest(client.scanIterator({ count: 20 }));
        expect(missing(seen)).toEqual([]);
      }
    })().finally(() => stop.abort());
    await Promise.all([scans, mover]);
  });

  it('reads a key again from its new node when its slot has moved', async () => {
    const members = Array.from({ length: 3_000 }, (_, index) => `m${index}`);
    await client.sadd('{big}set', members);
    const seen = new Set<string>();
    let moved = false;
    const from = await cluster.primaryOf('{big}');
    for await (const member of client.sscanIterator('{big}set', {
      count: 100,
    })) {
      seen.add(member);
      if (moved || seen.size < 500) continue;
      moved = true;
      const to = nodes.find((node) => node !== from)!;
      await cluster.migrateSlots(keySlot('{big}'), to);
    }
    expect(seen).toEqual(new Set(members));
    await client.del('{big}set');
    await cluster.migrateSlots(keySlot('{big}'), from);
  });
});

describe('a scan while nodes fail', () => {
  let cluster: LocalRedisCluster;
  let client: RedisClusterClient;

  beforeAll(async () => {
    cluster = await LocalRedisCluster.start({
      replicas: 1,
      // a node that a busy machine or its disk holds up has not failed
      nodeTimeoutMs: 10_000,
      args: ['--appendonly', 'yes'],
    });
  });

  afterAll(() => cluster.stop());

  beforeEach(async () => {
    client = new RedisClusterClient({
      ...cluster.clientOptions,
      // outlasts a failover whose first election comes to nothing
      commandTimeoutMs: 100_000,
    });
    await cluster.flush();
    // every key is on its replica before anything happens
    await client.ensureReplication('all', 60_000, () => fill(client));
  });

  afterEach(async () => {
    client.destroy();
    for (const node of cluster.nodes) {
      await cluster.resume(node);
      if (node.state !== 'running') await cluster.restart(node);
    }
    await cluster.waitUntilStable();
  });

  it('goes on at the replica that takes over from a killed primary (conformance 77)', async () => {
    const scan = client.scanIterator({ count: 50 });
    const seen = await readUntil(scan, (slot) => slot < 5_461);
    await withNodeTimeout(cluster, 1_000, async () => {
      await cluster.kill(await cluster.primaryOf(0));
      seen.push(...(await rest(scan)));
    });
    expect(missing(seen)).toEqual([]);
  });

  it('goes on where it was when its connections are cut again and again (conformance 77)', async () => {
    const proxies = await Promise.all(
      cluster.nodes.map(({ port }) =>
        TcpProxy.open({ host: '127.0.0.1', port }),
      ),
    );
    const proxied = new RedisClusterClient({
      ...cluster.clientOptions,
      reconnectDelayMs: { min: 5, max: 50 },
      addressMap: ({ host, port }) => {
        const index = cluster.nodes.findIndex((node) => node.port === port);
        return { host, port: proxies[index]!.port };
      },
    });
    await proxied.connect();
    await resetStatistics(cluster);
    const seen: string[] = [];
    let pages = 0;
    for await (const page of proxied.scanIterator({ count: 20 }).pages()) {
      seen.push(...page);
      pages += 1;
      if (pages % 20 === 0) for (const proxy of proxies) proxy.cut('rst');
    }
    proxied.destroy();
    await Promise.all(proxies.map((proxy) => proxy.close()));
    expect(missing(seen)).toEqual([]);
    // the node and its process are the same: only pages under way were lost
    expect(seen.length).toBeLessThan(KEYS.length * 1.5);
    expect(pages).toBeGreaterThan(100);
  });

  it('goes on at the replica that takes over from a frozen primary (conformance 77)', async () => {
    const scan = client.scanIterator({ count: 50 });
    const seen = await readUntil(scan, (slot) => slot < 5_461);
    const frozen = await cluster.primaryOf(0);
    await withNodeTimeout(cluster, 1_000, async () => {
      await cluster.freeze(frozen);
      seen.push(...(await rest(scan)));
      await cluster.resume(frozen);
    });
    expect(missing(seen)).toEqual([]);
  });

  it('does not take a demoted primary for one, which answers SCAN as before (conformance 77)', async () => {
    const scan = client.scanIterator({ count: 50 });
    const seen = await readUntil(scan, (slot) => slot < 5_461);
    const former = await cluster.primaryOf(0);
    const [replica] = await cluster.replicasOf(former);
    await handOver(cluster, replica!);
    const [, answer] = (await cluster.command(former, 'SCAN', 0)) as [
      string,
      string[],
    ];
    expect(answer.length).toBeGreaterThan(0);
    await resetStatistics(cluster);
    seen.push(...(await rest(scan)));
    expect(missing(seen)).toEqual([]);
    expect(await pagesAt(cluster, replica!)).toBeGreaterThan(0);
  });

  it('begins a shard anew whose process was restarted, since its cursor means nothing there (conformance 77)', async () => {
    const scan = client.scanIterator({ count: 50 });
    const seen = await readUntil(scan, (slot) => slot < 5_461);
    await cluster.restart(await cluster.primaryOf(0));
    seen.push(...(await rest(scan)));
    expect(missing(seen)).toEqual([]);
  });

  it('goes on by a cursor of before a failover (conformance 77)', async () => {
    const scan = client.scanIterator({ count: 50 });
    const seen = await readUntil(scan, (slot) => slot < 5_461);
    const { cursor } = scan;
    await scan.return();
    const former = await cluster.primaryOf(0);
    const [replica] = await cluster.replicasOf(former);
    await handOver(cluster, replica!);
    seen.push(...(await rest(client.scanIterator({ cursor, count: 50 }))));
    expect(missing(seen)).toEqual([]);
  });

  it('reads a key again from the replica that takes over', async () => {
    const members = Array.from({ length: 3_000 }, (_, index) => `m${index}`);
    await client.sadd('{big}set', members);
    const former = await cluster.primaryOf('{big}');
    const [replica] = await cluster.replicasOf(former);
    const seen = new Set<string>();
    let failedOver = false;
    for await (const member of client.sscanIterator('{big}set', {
      count: 100,
    })) {
      seen.add(member);
      if (failedOver || seen.size < 500) continue;
      failedOver = true;
      await handOver(cluster, replica!);
    }
    expect(seen).toEqual(new Set(members));
  });

  it('ends with an error that has a cursor when a shard stays away, and goes on from there (conformance 77)', async () => {
    const lost = await cluster.primaryOf(0);
    const [replica] = await cluster.replicasOf(lost);
    await cluster.kill(replica!);
    const scan = client.with({ timeoutMs: 1_500 }).scanIterator({ count: 50 });
    const seen = await readUntil(scan, (slot) => slot < 5_461);
    await cluster.kill(lost);
    const reading = async (): Promise<void> => {
      for await (const page of scan.pages()) seen.push(...page);
    };
    const error: unknown = await reading().catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(ScanError);
    const { cursor } = error as ScanError;
    expect(cursor).toBe(scan.cursor);
    await cluster.restart(lost);
    await cluster.restart(replica!);
    await cluster.waitUntilStable();
    seen.push(...(await rest(client.scanIterator({ cursor, count: 50 }))));
    expect(missing(seen)).toEqual([]);
  });
});
