import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RedisClusterClient } from '../../lib/index.js';
import { LocalRedisCluster } from '../../lib/testing/index.js';
import { cutClients } from '../support/cut-clients.js';
import { Load } from '../support/load.js';
import { withNodeTimeout } from '../support/node-timeout.js';

/** One key of each shard of three. */
const KEYS = ['b', 'c', 'a'];
const CALLERS = 4;

let cluster: LocalRedisCluster;
let client: RedisClusterClient;
let load: Load;

async function underLoad(): Promise<void> {
  client = new RedisClusterClient({
    ...cluster.clientOptions,
    // outlasts a failover whose first election comes to nothing
    commandTimeoutMs: 100_000,
    reconnectDelayMs: { min: 20, max: 200 },
  });
  await client.connect();
  await client.del(KEYS);
  load = new Load(client, KEYS, CALLERS);
  await load.progress(20);
}

async function stopped(): Promise<Record<string, number>> {
  await load.stop();
  const values = await client.mget(...KEYS);
  return Object.fromEntries(KEYS.map((key, n) => [key, Number(values[n])]));
}

/** No outcome is unknown, and the servers have what was acknowledged. */
function expectEveryWriteOnce(values: Record<string, number>): void {
  for (const key of KEYS) {
    const { acknowledged, unknown } = load.of(key);
    expect({ key, unknown }).toEqual({ key, unknown: 0 });
    expect({ key, value: values[key] }).toEqual({
      key,
      value: acknowledged,
    });
  }
}

describe('three shards with a replica each, under load', () => {
  beforeAll(async () => {
    cluster = await LocalRedisCluster.start({
      // no node is taken for dead for being slow, where a test means none
      nodeTimeoutMs: 5_000,
      requireFullCoverage: false,
    });
  });

  afterEach(async () => {
    await load.stop();
    client.destroy();
  });

  afterAll(() => cluster.stop());

  it('lose a primary: reads all succeed, no write runs twice, other shards notice nothing (conformance 50, 53, 55)', async () => {
    await underLoad();
    const primary = await cluster.primaryOf('a');
    await withNodeTimeout(cluster, 1_000, async () => {
      await cluster.kill(primary);
      await load.progress(20);
    });
    const values = await stopped();

    expect(load.errors).toEqual([]);
    for (const key of ['b', 'c']) {
      expect(load.of(key).unknown).toBe(0);
      expect(values[key]).toBe(load.of(key).acknowledged);
    }
    const { acknowledged, unknown } = load.of('a');
    expect(unknown).toBeLessThanOrEqual(CALLERS);
    expect(values['a']).toBeLessThanOrEqual(acknowledged + unknown);
    // replication is asynchronous: what was answered in the last turn may be lost
    expect(values['a']).toBeGreaterThanOrEqual(acknowledged - CALLERS);

    await cluster.restart(primary);
    await cluster.waitUntilStable();
  });

  it('have a primary frozen, whose sockets stay open: reads all succeed, writes go to the replica once it is promoted (conformance 51, 52)', async () => {
    await underLoad();
    const primary = await cluster.primaryOf('a');
    await withNodeTimeout(cluster, 1_000, async () => {
      await cluster.freeze(primary);
      await load.progress(20);
      await stopped();
      expect(await cluster.primaryOf('a')).not.toBe(primary);
      await cluster.resume(primary);
    });

    expect(load.errors).toEqual([]);
    expect(load.of('a').unknown).toBeLessThanOrEqual(CALLERS);
    for (const key of ['b', 'c']) expect(load.of(key).unknown).toBe(0);
    await cluster.waitUntilStable();
  });

  it('are never given up for being busy: a paused shard answers late, and no write is unknown', async () => {
    await underLoad();
    const primary = await cluster.primaryOf('a');
    // longer than a silence is suspicious: only the cluster, which sees the node alive, may condemn it
    await cluster.command(primary, 'CLIENT', 'PAUSE', 2_000, 'ALL');
    await load.progress(20);
    const values = await stopped();
    expect(load.errors).toEqual([]);
    expectEveryWriteOnce(values);
    expect(await cluster.primaryOf('a')).toBe(primary);
  });

  it('fail over by hand without any error, and every write once (conformance 63)', async () => {
    await underLoad();
    for (const key of KEYS) {
      const [replica] = await cluster.replicasOf(await cluster.primaryOf(key));
      await cluster.failover(replica!);
      await load.progress(20);
    }
    const values = await stopped();
    expect(load.errors).toEqual([]);
    expectEveryWriteOnce(values);
  });

  it('lose the connections by CLIENT KILL: reads succeed, no write runs twice (conformance 53, 54)', async () => {
    await underLoad();
    for (let round = 0; round < 8; round++) {
      await cutClients(cluster);
      await load.progress(10);
    }
    const values = await stopped();
    expect(load.errors).toEqual([]);
    for (const key of KEYS) {
      const { acknowledged, unknown } = load.of(key);
      expect(values[key]).toBeGreaterThanOrEqual(acknowledged);
      expect(values[key]).toBeLessThanOrEqual(acknowledged + unknown);
    }
  });
});

const clients = async (): Promise<number> => {
  let count = 0;
  for (const node of cluster.nodes) {
    const list = String(await node.command('CLIENT', 'LIST', 'TYPE', 'normal'));
    count += list.trim().split('\n').length;
  }
  return count;
};

describe('three shards without replicas', () => {
  beforeAll(async () => {
    cluster = await LocalRedisCluster.start({
      replicas: 0,
      nodeTimeoutMs: 2_000,
      requireFullCoverage: false,
    });
  });

  afterAll(() => cluster.stop());

  it('are all restarted, one after another: the client goes on, with as many connections as before (conformance 58)', async () => {
    client = new RedisClusterClient(cluster.clientOptions);
    await using _ = client;
    await client.connect();
    await client.mget(...KEYS);
    const before = await clients();
    for (const node of cluster.nodes) {
      await cluster.restart(node);
      await cluster.waitUntilStable();
      await client.mset(Object.fromEntries(KEYS.map((key) => [key, '1'])));
      expect(await client.mget(...KEYS)).toEqual(['1', '1', '1']);
    }
    await expect.poll(clients).toBeLessThanOrEqual(before);
  });

  it('are connected to with one of them dead; only its calls fail (conformance 11)', async () => {
    const dead = await cluster.primaryOf('a');
    await cluster.kill(dead);
    client = new RedisClusterClient(cluster.clientOptions);
    await using _ = client;
    await client.connect();
    expect(await client.set('b', 1)).toBe('OK');
    expect(await client.set('c', 1)).toBe('OK');
    await expect(
      client.with({ timeoutMs: 2_000 }).get('a'),
    ).rejects.toMatchObject({
      command: 'GET',
      slot: 15_495,
      node: dead.address,
      code: expect.stringMatching(/TIMEOUT|CLUSTER_DOWN/) as string,
    });
    await cluster.restart(dead);
    await cluster.waitUntilStable();
    expect(await client.get('a')).toBe(null);
  });
});
