import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RedisClusterClient, type ClusterEvent } from '../../lib/index.js';
import { LocalRedisCluster } from '../../lib/testing/index.js';
import { ScriptedCluster, until } from '../support/scripted-cluster.js';

type EventOf<Type extends ClusterEvent['type']> = Extract<
  ClusterEvent,
  { type: Type }
>;

/** What a client told. */
class Told {
  readonly events: ClusterEvent[] = [];

  constructor(client: RedisClusterClient) {
    client.events$.subscribe((event) => this.events.push(event));
  }

  of<Type extends ClusterEvent['type']>(type: Type): EventOf<Type>[] {
    return this.events.filter(
      (event): event is EventOf<Type> => event.type === type,
    );
  }
}

describe('the events of a cluster (conformance 155)', () => {
  let cluster: LocalRedisCluster;
  let client: RedisClusterClient;
  let told: Told;

  beforeAll(async () => {
    // what is asked for takes over: not a replica of a node that is busy
    cluster = await LocalRedisCluster.start({ nodeTimeoutMs: 15_000 });
  });
  afterEach(() => client.destroy());
  afterAll(() => cluster.stop());

  async function connected(): Promise<void> {
    client = new RedisClusterClient({
      ...cluster.clientOptions,
      // what is told here has other reasons
      topologyRefreshMs: 600_000,
    });
    told = new Told(client);
    await client.connect();
  }

  it('tell of the topology who told it, and why it was read', async () => {
    await connected();
    const [first, ...others] = told.of('topologyChanged');
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      reason: 'connect',
      node: expect.toSatisfy((label: string) =>
        cluster.nodes.some(({ address }) => address === label),
      ) as unknown,
    });
    expect(told.of('coverageChanged')).toEqual([]);
    expect(told.of('failover')).toEqual([]);
  });

  it('tell of a failover once, with both nodes and the slots, however many calls meet it', async () => {
    await connected();
    const former = await cluster.primaryOf('a');
    const [replica] = await cluster.replicasOf(former);
    await cluster.failover(replica!);
    await cluster.waitUntilStable();
    await Promise.all(Array.from({ length: 500 }, () => client.set('a', 1)));
    await until(() => told.of('failover').length > 0);
    await client.mset({ a: 1, b: 1, c: 1 });
    expect(told.of('failover')).toMatchObject([
      { node: replica!.address, former: former.address },
    ]);
    const [{ slots, reason }] = told.of('failover') as [EventOf<'failover'>];
    expect(slots.some(([low, high]) => low <= 15_495 && 15_495 <= high)).toBe(
      true,
    );
    expect(['redirect', 'nodeLost', 'refusal']).toContain(reason);
    expect(told.of('coverageChanged')).toEqual([]);
  });

  it('tell of slots that moved who redirected, and not one for each call', async () => {
    await connected();
    const slot = await cluster.slotOf('a');
    const from = await cluster.primaryOf(slot);
    const to = (await cluster.primaries()).find((node) => node !== from)!;
    told.events.length = 0;
    await cluster.migrateSlots(slot, to);
    await Promise.all(Array.from({ length: 500 }, () => client.get('a')));
    const [first, ...others] = told.of('topologyChanged');
    expect(first).toMatchObject({ reason: 'redirect', node: from.address });
    // what the redirect said, and what the node asked behind it had to add
    expect(others.length).toBeLessThanOrEqual(2);
    expect(told.of('failover')).toEqual([]);
    await cluster.migrateSlots(slot, from);
  });
});

describe('slots that no node serves', () => {
  it('are told when they are lost and when they are served again, once each (conformance 155)', async () => {
    await using cluster = await ScriptedCluster.open(3);
    const all = cluster.shards;
    const client = await cluster.connected({ topologyRefreshMs: 30 });
    const told = new Told(client);
    const asked = (): number => cluster.count('CLUSTER', 'SLOTS');
    // of the oldest epoch: the others know better
    cluster.shards = all.slice(1);
    await until(() => told.of('coverageChanged').length > 0);
    cluster.shards = all;
    await until(() => told.of('coverageChanged').length > 1);
    const before = asked();
    await until(() => asked() > before + 5);
    expect(told.of('coverageChanged')).toMatchObject([
      { unserved: [[0, 5_460]], reason: 'periodic' },
      { unserved: [], reason: 'periodic' },
    ]);
    for (const { node } of told.of('coverageChanged')) {
      expect(cluster.servers.map(({ address }) => address)).toContain(node);
    }
  });

  it('and a cluster that nobody can be asked of: the event says what it was to be read for', async () => {
    await using cluster = await ScriptedCluster.open(1);
    const client = await cluster.connected({ topologyRefreshMs: 30 });
    const told = new Told(client);
    await cluster.servers[0]!.close();
    await until(() => told.of('topologyRefreshFailed').length > 0);
    expect(told.of('topologyRefreshFailed')[0]).toMatchObject({
      reason: expect.stringMatching(/^(periodic|nodeLost)$/) as unknown,
    });
  });
});
