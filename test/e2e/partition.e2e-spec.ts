import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisClusterClient } from '../../lib/index.js';
import { keySlot } from '../../lib/routing/key-slot.js';
import { LocalRedisCluster } from '../../lib/testing/index.js';
import { clientConnections } from '../support/server-statistics.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** One key of each shard of three. */
const KEYS = ['b', 'c', 'a'];

let cluster: LocalRedisCluster;
let proxies: TcpProxy[];

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({
    replicas: 0,
    nodeTimeoutMs: 4_000,
  });
  proxies = await Promise.all(cluster.nodes.map((node) => TcpProxy.open(node)));
});

afterAll(async () => {
  await Promise.all(proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
  await cluster.stop();
});

/** Connections of the client as the servers have them, node by node. */
async function connections(): Promise<number[]> {
  const all = await clientConnections(cluster);
  return cluster.nodes.map(
    (owner) =>
      all.filter(({ node, name }) => node === owner && name === 'parted')
        .length,
  );
}

describe('a partition between the client and most of the cluster', () => {
  it('leaves no stale route and no dead socket behind when it heals (conformance 64)', async () => {
    await using client = new RedisClusterClient({
      nodes: proxies.map(({ address }) => address),
      addressMap: Object.fromEntries(
        cluster.nodes.map(({ address }, n) => [address, proxies[n]!.address]),
      ),
      clientName: 'parted',
      socketTimeoutMs: 1_500,
      topologyRefreshMs: 500,
      reconnectDelayMs: { min: 20, max: 200 },
    });
    await client.connect();
    await client.mset({ a: 'a', b: 'b', c: 'c' });
    const before = await connections();
    expect(before.every((count) => count > 0)).toBe(true);

    const parted = [1, 2];
    for (const n of parted) proxies[n]!.freeze('toServer', 'toClient');
    const quick = client.with({ timeoutMs: 5_000 });
    const reads = await Promise.allSettled(KEYS.map((key) => quick.get(key)));
    expect(reads).toMatchObject([
      { value: 'b' },
      { reason: { code: 'TIMEOUT' } },
      { reason: { code: 'TIMEOUT' } },
    ]);
    // meanwhile a slot goes to the other side, where the client cannot look
    await cluster.migrateSlots(keySlot('c'), cluster.nodes[2]!);
    // and one to this side
    await cluster.migrateSlots(keySlot('a'), cluster.nodes[0]!);
    // long enough for the client to give up and try anew, more than once
    await expect.poll(() => proxies[1]!.acceptedConnections).toBeGreaterThan(3);
    expect(await client.get('a')).toBe('a');

    for (const n of parted) proxies[n]!.thaw('toServer', 'toClient');
    expect(await client.mget(...KEYS)).toEqual(['b', 'c', 'a']);
    await client.mset({ a: '1', b: '2', c: '3' });
    expect(await client.mget(...KEYS)).toEqual(['2', '3', '1']);
    // those that were opened in vain are gone, on both sides
    await expect.poll(connections).toEqual(before);
    const sum = before.reduce((total, count) => total + count, 0);
    await expect
      .poll(() => proxies.reduce((all, p) => all + p.openConnections, 0))
      .toBe(sum);
  });
});
