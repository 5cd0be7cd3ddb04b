import {
  NoReplicaError,
  OutcomeUnknownError,
  RedisClusterClient,
  type ReadCandidate,
  type ReadFrom,
  type RedisClusterClientOptions,
} from 'nest-redis-cluster';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from 'nest-redis-cluster/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { withNodeTimeout } from '../support/node-timeout.js';
import { until } from '../support/scripted-cluster.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import {
  callsAt,
  callsOf,
  clientConnections,
  errorReplies,
  resetStatistics,
} from '../support/server-statistics.js';

/** A key of each shard of three. */
const KEYS = ['b', 'c', 'a'];
const KEY = 'a';

/** How long a call may take: a failover, also where its first election comes to nothing. */
const PATIENT_MS = 100_000;

/** A read that took longer waited for a node that does not answer. */
const WAITED_MS = 30_000;

let cluster: LocalRedisCluster;
const open: RedisClusterClient[] = [];

async function connected(
  options: Partial<RedisClusterClientOptions> = {},
): Promise<RedisClusterClient> {
  const client = new RedisClusterClient({
    ...cluster.clientOptions,
    commandTimeoutMs: PATIENT_MS,
    reconnectDelayMs: { min: 20, max: 200 },
    ...options,
  });
  open.push(client);
  await client.connect();
  return client;
}

const times = async (
  count: number,
  work: () => Promise<unknown>,
): Promise<void> => {
  for (let nth = 0; nth < count; nth++) await work();
};

/** The shard of {@link KEY}. */
async function shard(): Promise<{
  primary: LocalRedisNode;
  replicas: readonly LocalRedisNode[];
}> {
  const primary = await cluster.primaryOf(KEY);
  return { primary, replicas: await cluster.replicasOf(primary) };
}

/** Resolves when the replicas of the shard are connected to, and have said how they are. */
async function warm(client: RedisClusterClient): Promise<void> {
  await expect
    .poll(async () => {
      let ready = false;
      await client
        .with({
          readFrom: (candidates) => {
            ready = candidates.every(
              ({ latencyMs }) => latencyMs !== undefined,
            );
            return candidates;
          },
        })
        .get(KEY);
      return ready;
    })
    .toBe(true);
}

/** How often each node of the shard of {@link KEY} was sent a command: the primary, then the replicas. */
async function spread(name: string): Promise<number[]> {
  const { primary, replicas } = await shard();
  return Promise.all(
    [primary, ...replicas].map((node) => callsAt(cluster, node, name)),
  );
}

/** Reads until it is stopped, and keeps what failed and how long the longest took. */
class Reader {
  static readonly CALLERS = 4;
  readonly errors: unknown[] = [];
  reads = 0;
  longestMs = 0;
  private running = true;
  private readonly callers: Promise<void>[];

  constructor(client: { get(key: string): Promise<unknown> }) {
    this.callers = Array.from({ length: Reader.CALLERS }, () =>
      this.read(client),
    );
  }

  async progress(count: number): Promise<void> {
    const goal = this.reads + count;
    await until(() => this.reads >= goal);
  }

  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.callers);
  }

  private async read(client: {
    get(key: string): Promise<unknown>;
  }): Promise<void> {
    while (this.running) {
      const startedAt = performance.now();
      try {
        await client.get(KEY);
        this.reads += 1;
      } catch (error) {
        this.errors.push(error);
      }
      this.longestMs = Math.max(this.longestMs, performance.now() - startedAt);
    }
  }
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});

describe('reads of three shards with two replicas each', () => {
  beforeAll(async () => {
    cluster = await LocalRedisCluster.start({
      replicas: 2,
      nodeTimeoutMs: 30_000,
    });
    const client = await connected();
    await client.ensureReplication('all', PATIENT_MS, () =>
      client.mset({ a: 1, b: 2, c: 3 }),
    );
  });

  afterAll(() => cluster.stop());

  it('go to the primary where nobody says otherwise', async () => {
    const client = await connected();
    await resetStatistics(cluster);
    await times(30, () => client.get(KEY));
    expect(await spread('get')).toEqual([30, 0, 0]);
    expect(client.explain('GET', KEY)).toMatchObject({ readFrom: 'primary' });
  });

  it('go to the replicas in turn by preferReplica and replica, from the first one on (conformance 130, 135)', async () => {
    for (const readFrom of ['preferReplica', 'replica'] as const) {
      const client = await connected({ readFrom });
      await resetStatistics(cluster);
      await times(40, () => client.get(KEY));
      expect(await spread('get')).toEqual([0, 20, 20]);
    }
  });

  it('go to all nodes of the shard in turn by any (conformance 135)', async () => {
    const client = await connected({ readFrom: 'any' });
    await warm(client);
    await resetStatistics(cluster);
    await times(60, () => client.get(KEY));
    expect(await spread('get')).toEqual([20, 20, 20]);
  });

  it('go where a function says, which is given what is known (conformance 135)', async () => {
    const seen: ReadCandidate[][] = [];
    const client = await connected();
    const chosen = client.with({
      readFrom: (candidates) => {
        seen.push(candidates.map((candidate) => ({ ...facts(candidate) })));
        return candidates.find(({ role }) => role === 'replica');
      },
    });
    await chosen.get(KEY);
    await expect
      .poll(async () => {
        await chosen.get(KEY);
        return seen.at(-1)!.every(({ latencyMs }) => latencyMs !== undefined);
      })
      .toBe(true);
    const { primary, replicas } = await shard();
    const last = seen.at(-1)!;
    expect(last.map(({ role }) => role)).toEqual([
      'replica',
      'replica',
      'primary',
    ]);
    expect(last.map(({ address }) => address).toSorted()).toEqual(
      [primary, ...replicas].map(({ address }) => address).toSorted(),
    );
    for (const { healthy, lagBytes } of last) {
      expect(healthy).toBe(true);
      expect(lagBytes).toBeGreaterThanOrEqual(0);
    }
    await resetStatistics(cluster);
    await times(10, () => chosen.get(KEY));
    expect((await spread('get')).toSorted((a, b) => a - b)).toEqual([0, 0, 10]);
    await resetStatistics(cluster);
    const byPrimary = client.with({ readFrom: (all) => all.toReversed() });
    await times(10, () => byPrimary.get(KEY));
    const byNothing = client.with({ readFrom: () => undefined });
    await times(10, () => byNothing.get(KEY));
    expect(await spread('get')).toEqual([20, 0, 0]);
    await expect(
      client
        .with({
          readFrom: () => {
            throw new RangeError('mine');
          },
        })
        .get(KEY),
    ).rejects.toBeInstanceOf(RangeError);
  });

  it('go to whoever answers fastest by lowestLatency, and away from one that became slow (conformance 135)', async () => {
    const { primary, replicas } = await shard();
    const nodes = [primary, ...replicas];
    await using first = await TcpProxy.open(nodes[0]!);
    await using second = await TcpProxy.open(nodes[1]!);
    await using third = await TcpProxy.open(nodes[2]!);
    const proxies = [first, second, third];
    const client = await connected({
      readFrom: 'lowestLatency',
      addressMap: Object.fromEntries(
        nodes.map(({ address }, nth) => [address, proxies[nth]!.address]),
      ),
    });
    /** Which of the nodes have any of so many reads. */
    const readers = async (): Promise<number[]> => {
      await resetStatistics(cluster);
      await times(10, () => client.get(KEY));
      const counts = await Promise.all(
        nodes.map((node) => callsAt(cluster, node, 'get')),
      );
      expect(counts.reduce((sum, count) => sum + count)).toBe(10);
      return [0, 1, 2].filter((nth) => counts[nth]! > 0);
    };
    for (const fast of [1, 0]) {
      proxies.forEach((proxy, nth) =>
        proxy.delay(nth === fast ? 0 : 100, 'toClient'),
      );
      // eight answers are looked back on, one a second
      await expect.poll(readers, { interval: 300 }).toEqual([fast]);
    }
  });

  it('never take a write along, nor what may write, whatever the policy (conformance 132, 138)', async () => {
    const policies: ReadFrom[] = [
      'preferReplica',
      'replica',
      'any',
      'lowestLatency',
      { zone: 'here' },
      (all) => all,
    ];
    const { replicas } = await shard();
    for (const readFrom of policies) {
      const client = await connected({ readFrom });
      await resetStatistics(cluster);
      // in one turn of the event loop, so in one write for each node
      await Promise.all(
        Array.from({ length: 20 }, () => [
          client.set(KEY, 1),
          client.get(KEY),
          client.incr('{a}n'),
          client.strlen(KEY),
          client.eval('return redis.call("GET", KEYS[1])', [KEY], []),
          client.pfcount('{a}p'),
          client.call('BITFIELD', '{a}bits', 'GET', 'u8', 0),
          client.hscan('{a}h', 0),
          client.touch(KEY),
        ]).flat(),
      );
      expect(await errorReplies(cluster, 'MOVED')).toBe(0);
      for (const name of ['eval', 'pfcount', 'bitfield', 'hscan', 'touch']) {
        expect([name, await callsOf(cluster, name, replicas)]).toEqual([
          name,
          0,
        ]);
      }
      expect(await errorReplies(cluster, 'READONLY')).toBe(0);
    }
  });

  it('take along scripts of the read-only kind, reads of several keys and the parts of a split (conformance 74)', async () => {
    const client = await connected({ readFrom: 'replica' });
    await resetStatistics(cluster);
    const script = 'return redis.call("GET", KEYS[1])';
    expect(await client.evalRo(script, [KEY], [])).toBe('1');
    expect(await client.mget('a', '{a}2')).toEqual(['1', null]);
    expect(await client.mget('a', 'b', 'c')).toEqual(['1', '2', '3']);
    expect(await client.exists('a', 'b', 'c')).toBe(3);
    expect(await client.call('MY.GET', KEY).catch(() => 'unknown')).toBe(
      'unknown',
    );
    const primaries = await cluster.primaries();
    for (const name of ['eval_ro', 'mget', 'exists']) {
      expect([name, await callsOf(cluster, name, primaries)]).toEqual([
        name,
        0,
      ]);
    }
    expect(await callsOf(cluster, 'mget')).toBe(4);
    // a split that writes has every part at a primary
    await client.mset({ a: 1, b: 2, c: 3 });
    await client.touch('a', 'b', 'c');
    expect(await callsOf(cluster, 'mset', primaries)).toBe(3);
    expect(await callsOf(cluster, 'touch', primaries)).toBe(3);
    expect(await errorReplies(cluster, 'MOVED')).toBe(0);
  });

  it('go elsewhere by a call’s own readFrom (conformance 136)', async () => {
    const client = await connected({ readFrom: 'replica' });
    await warm(client);
    await resetStatistics(cluster);
    const exact = client.with({ readFrom: 'primary' });
    await Promise.all(
      Array.from({ length: 10 }, () => [
        client.get(KEY),
        exact.get(KEY),
      ]).flat(),
    );
    expect(await spread('get')).toEqual([10, 5, 5]);
    expect(await client.at({ key: KEY }).get(KEY)).toBe('1');
    expect((await spread('get'))[0]).toBe(11);
  });

  it('say READONLY before the first read, however many come at once (conformance 133)', async () => {
    await resetStatistics(cluster);
    const client = await connected();
    const reading = client.with({ readFrom: 'replica' });
    await Promise.all(Array.from({ length: 200 }, () => reading.get(KEY)));
    expect(await errorReplies(cluster, 'MOVED')).toBe(0);
    expect(await spread('readonly')).toEqual([0, 1, 1]);
    expect(await spread('get')).toEqual([0, 100, 100]);
  });

  it('wait for the connection to a replica also when this process stood still meanwhile', async () => {
    const client = await connected();
    await resetStatistics(cluster);
    const reading = client.with({ readFrom: 'preferReplica' });
    const reads = Array.from({ length: 20 }, () => reading.get(KEY));
    const end = performance.now() + 600;
    while (performance.now() < end);
    await Promise.all(reads);
    expect(await spread('get')).toEqual([0, 10, 10]);
  });

  it('go to the primary in a scope that wrote to the shard, and elsewhere to replicas', async () => {
    const client = await connected({ readFrom: 'replica' });
    await client.get(KEY);
    await resetStatistics(cluster);
    await client.ensureReplication(1, PATIENT_MS, async () => {
      await client.get(KEY);
      expect((await spread('get'))[0]).toBe(0);
      for (let nth = 0; nth < 50; nth++) {
        await client.set(KEY, nth);
        expect(await client.get(KEY)).toBe(String(nth));
      }
      await client.ensureReplication(1, PATIENT_MS, () => client.get('{a}2'));
      expect((await spread('get'))[0]).toBe(51);
      // of another shard nothing was written
      await client.get('b');
    });
    const owner = await cluster.primaryOf('b');
    expect(await callsAt(cluster, owner, 'get')).toBe(0);
    await client.get(KEY);
    expect((await spread('get'))[0]).toBe(51);
  });

  it('read in an outer scope what an inner one proved on some replicas, at the primary', async () => {
    const client = await connected({ readFrom: 'replica' });
    await client.get(KEY);
    await resetStatistics(cluster);
    await client.ensureReplication(1, PATIENT_MS, async () => {
      await client.ensureReplication(1, PATIENT_MS, () =>
        client.set(KEY, 'inner'),
      );
      expect(await client.get(KEY)).toBe('inner');
    });
    expect(await spread('get')).toEqual([1, 0, 0]);
  });

  it('open one more connection for each replica that is read, and no other (conformance 144)', async () => {
    const clientName = 'counted';
    const client = await connected({ clientName, readFrom: 'preferReplica' });
    await Promise.all(
      KEYS.flatMap((key) => [client.get(key), client.set(key, 1)]),
    );
    await times(10, () => client.mget(...KEYS));
    const connections = async (): Promise<number> =>
      (await clientConnections(cluster)).filter(
        ({ name }) => name === clientName,
      ).length;
    // three primaries, six replicas, and the control connection
    await expect.poll(connections).toBe(3 + 6 + 1);
  });

  it('wait at a replica when they block, and for no other read', async () => {
    const client = await connected({ readFrom: 'replica' });
    await client.xadd('{a}s', { f: 'v' }, { id: '1-1' });
    const { replicas } = await shard();
    const reading = client.call(
      'XREAD',
      'BLOCK',
      20_000,
      'STREAMS',
      '{a}s',
      '1-1',
    );
    const blocked = async (): Promise<number> => {
      const infos = await Promise.all(
        replicas.map((node) => cluster.command(node, 'INFO', 'clients')),
      );
      return infos.filter((info) => String(info).includes('blocked_clients:1'))
        .length;
    };
    await expect.poll(blocked).toBe(1);
    await times(4, () => client.get(KEY));
    await client.xadd('{a}s', { f: 'w' }, { id: '2-1' });
    expect(JSON.stringify(await reading)).toContain('2-1');
  });

  it('are explained: where they would go, and what does not', async () => {
    const client = await connected({ readFrom: 'preferReplica' });
    await times(4, () => client.mget(...KEYS));
    const { primary, replicas } = await shard();
    const addresses = replicas.map(({ address }) => address).toSorted();
    const plan = client.explain('GET', KEY);
    expect(plan).toMatchObject({ readFrom: 'preferReplica', target: 'slot' });
    expect(plan.nodes.toSorted()).toEqual(addresses);
    expect(client.explain('SET', KEY, 1)).toMatchObject({
      readFrom: 'primary',
      nodes: [primary.address],
    });
    expect(client.explain('HSCAN', KEY, 0)).toMatchObject({
      readFrom: 'primary',
      nodes: [primary.address],
    });
    const split = client.explain('MGET', 'a', 'b');
    expect(split.readFrom).toBe('preferReplica');
    expect(addresses).toContain(split.parts[0]!.node);
    expect(client.explain('DBSIZE')).toMatchObject({ readFrom: 'primary' });
  });

  it('find keys that have left their slot, where replicas know of it', async () => {
    const client = await connected({ readFrom: 'replica' });
    await client.ensureReplication('all', PATIENT_MS, () =>
      client.mset({ '{m}1': 'one', '{m}2': 'two' }),
    );
    const source = await cluster.primaryOf('{m}');
    const target = (await cluster.primaries()).find(
      ({ id }) => id !== source.id,
    );
    const migration = await cluster.migrateSlots(
      await cluster.slotOf('{m}1'),
      target!,
      { stopHalfway: true },
    );
    await migration.moveKeys(['{m}1']);
    const { kind, major } = cluster.serverVersion;
    // Redis, and Valkey before 8: such a key does not exist
    const known = kind === 'valkey' && major >= 8;
    for (const readFrom of ['replica', 'preferReplica'] as const) {
      const reading = client.with({ readFrom });
      await expect.poll(() => reading.get('{m}1')).toBe(known ? 'one' : null);
      expect(await reading.get('{m}2')).toBe('two');
      expect(await reading.get('{m}none')).toBeNull();
    }
    const exact = client.with({ readFrom: 'primary' });
    expect(await exact.get('{m}1')).toBe('one');
    await migration.finish();
    await expect.poll(() => client.get('{m}2')).toBe('two');
  });

  it('go to the replica in the zone where the servers have zones, and to any where they have none (conformance 137)', async () => {
    const { primary, replicas } = await shard();
    const zoned = await Promise.all(
      [primary, ...replicas].map((node, nth) =>
        cluster
          .command(node, 'CONFIG', 'SET', 'availability-zone', `zone-${nth}`)
          .catch((error: Error) => error),
      ),
    );
    const zones = zoned.every((reply) => reply === 'OK');
    // Redis and Valkey before 8 know no such setting
    const { kind, major } = cluster.serverVersion;
    expect(zones).toBe(kind === 'valkey' && major >= 8);
    const client = await connected({ readFrom: { zone: 'zone-2' } });
    const share = async (): Promise<number[]> => {
      await resetStatistics(cluster);
      await times(20, () => client.get(KEY));
      return spread('get');
    };
    await expect.poll(share).toEqual(zones ? [0, 0, 20] : [0, 10, 10]);
    const primaryZone = client.with({ readFrom: { zone: 'zone-0' } });
    await resetStatistics(cluster);
    await expect
      .poll(async () => {
        await resetStatistics(cluster);
        await times(20, () => primaryZone.get(KEY));
        return spread('get');
      })
      .toEqual(zones ? [20, 0, 0] : [0, 10, 10]);
    if (zones) await cluster.freeze(replicas[1]!);
    await times(20, () => client.get(KEY));
    if (zones) await cluster.resume(replicas[1]!);
  });
});

describe('reads of a shard in trouble', () => {
  beforeAll(async () => {
    cluster = await LocalRedisCluster.start({
      replicas: 2,
      // no replica takes over from a primary that is only busy
      nodeTimeoutMs: 5_000,
      requireFullCoverage: false,
    });
  });

  afterAll(() => cluster.stop());

  it('go on at others while a replica is frozen, without an error and without waiting for it again (conformance 130)', async () => {
    const client = await connected({ readFrom: 'preferReplica' });
    const frozen = (await shard()).replicas[0]!;
    const readsThere = (): Promise<number> => callsAt(cluster, frozen, 'get');
    await resetStatistics(cluster);
    await expect
      .poll(async () => {
        await client.get(KEY);
        return readsThere();
      })
      .toBeGreaterThan(0);
    const before = await readsThere();
    await cluster.freeze(frozen);
    const reader = new Reader(client);
    await reader.progress(4_000);
    await reader.stop();
    expect(reader.errors).toEqual([]);
    expect(reader.longestMs).toBeLessThan(WAITED_MS);
    await cluster.resume(frozen);
    await cluster.waitUntilStable();
    // what it was sent is answered late: one of each caller, before it was suspected
    const during = (await readsThere()) - before;
    expect(during).toBeGreaterThan(0);
    expect(during).toBeLessThanOrEqual(Reader.CALLERS);
    await expect
      .poll(async () => {
        await resetStatistics(cluster);
        await times(10, () => client.get(KEY));
        return callsAt(cluster, frozen, 'get');
      })
      .toBe(5);
  });

  it('connect and go on while a replica is dead (conformance 12)', async () => {
    const dead = (await shard()).replicas[0]!;
    await cluster.kill(dead);
    const client = await connected({ readFrom: 'replica' });
    const reader = new Reader(client);
    await reader.progress(200);
    await reader.stop();
    expect(reader.errors).toEqual([]);
    expect(reader.longestMs).toBeLessThan(WAITED_MS);
    await cluster.restart(dead);
    await cluster.waitUntilStable();
    await expect
      .poll(async () => {
        await resetStatistics(cluster);
        await times(10, () => client.get(KEY));
        return callsAt(cluster, dead, 'get');
      })
      .toBe(5);
  });

  it('are the primary’s by preferReplica when no replica is left, and a typed error by replica (conformance 130, 131)', async () => {
    const client = await connected({ readFrom: 'preferReplica' });
    await client.get(KEY);
    const { primary, replicas } = await shard();
    await Promise.all(replicas.map((node) => cluster.kill(node)));
    await resetStatistics(cluster);
    await times(10, () => client.get(KEY));
    expect(await callsAt(cluster, primary, 'get')).toBe(10);
    const strict = client.with({ readFrom: 'replica' });
    const refused = strict.get(KEY);
    await expect(refused).rejects.toBeInstanceOf(NoReplicaError);
    await expect(refused).rejects.toMatchObject({
      code: 'NO_REPLICA',
      command: 'GET',
    });
    await expect(strict.get(KEY)).rejects.toBeInstanceOf(NoReplicaError);
    expect(await callsAt(cluster, primary, 'get')).toBe(10);
    expect(await client.set(KEY, 1)).toBe('OK');
    expect(await strict.set(KEY, 1)).toBe('OK');
    await Promise.all(replicas.map((node) => cluster.restart(node)));
    await cluster.waitUntilStable();
    await expect
      .poll(() => strict.get(KEY).catch((error: Error) => error.name))
      .toBe('1');
  });

  it('go on through failovers by hand and by death, without an error (conformance 130)', async () => {
    const client = await connected({ readFrom: 'preferReplica' });
    const reader = new Reader(client);
    const unknown: unknown[] = [];
    await reader.progress(50);
    for (let round = 0; round < 2; round++) {
      await cluster.failover((await shard()).replicas[0]!);
      await reader.progress(100);
    }
    const dead = (await shard()).primary;
    await withNodeTimeout(cluster, 1_500, async () => {
      await cluster.kill(dead);
      await client.set(KEY, 2).catch((error: unknown) => unknown.push(error));
      await reader.progress(100);
      await expect.poll(() => cluster.primaryOf(KEY)).not.toBe(dead);
    });
    await reader.stop();
    expect(reader.errors).toEqual([]);
    for (const error of unknown) {
      expect(error).toBeInstanceOf(OutcomeUnknownError);
    }
    await cluster.restart(dead);
    await cluster.waitUntilStable();
  });

  it.each(['yes', 'no'])(
    'leave out a replica that has lost its primary (replica-serve-stale-data %s), without an error (conformance 46)',
    async (serves) => {
      const client = await connected({ readFrom: 'preferReplica' });
      await client.ensureReplication('all', PATIENT_MS, () =>
        client.set(KEY, 'old'),
      );
      const reader = new Reader(client);
      await reader.progress(50);
      const { primary, replicas } = await shard();
      const cut = replicas[0]!;
      const set = (...words: string[]): Promise<unknown> =>
        cluster.command(cut, 'CONFIG', 'SET', ...words);
      await set('replica-serve-stale-data', serves);
      await set('masteruser', 'nobody');
      await set('masterauth', 'wrong');
      await cluster.command(primary, 'CLIENT', 'KILL', 'TYPE', 'replica');
      await expect
        .poll(async () =>
          String(await cluster.command(cut, 'INFO', 'replication')),
        )
        .toContain('master_link_status:down');
      // the other one lost its link too: it has this before it is read
      await client.ensureReplication(1, PATIENT_MS, () =>
        client.set(KEY, 'new'),
      );
      await expect
        .poll(async () => {
          await resetStatistics(cluster);
          await reader.progress(20);
          return callsAt(cluster, cut, 'get');
        })
        .toBe(0);
      for (let nth = 0; nth < 10; nth++) {
        expect(await client.get(KEY)).toBe('new');
      }
      await reader.stop();
      expect(reader.errors).toEqual([]);
      expect(reader.longestMs).toBeLessThan(WAITED_MS);
      await set('masterauth', '');
      await set('masteruser', '');
      await set('replica-serve-stale-data', 'yes');
      await cluster.waitUntilStable();
    },
  );
});

function facts(candidate: ReadCandidate): ReadCandidate {
  const { address, role, zone, latencyMs, lagBytes, healthy } = candidate;
  return { address, role, zone, latencyMs, lagBytes, healthy };
}
