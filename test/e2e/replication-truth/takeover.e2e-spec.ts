import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from 'vitest';
import { RedisClusterClient } from '../../../lib/client/redis-cluster-client.js';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from '../../../lib/testing/index.js';
import { admitReplicas, cutFromReplicas } from '../../support/replica-links.js';
import {
  prove,
  shardOf,
  unreplicated,
  untilBlocked,
} from '../../support/scope-outcomes.js';

describe.each([1, 2])(
  'a primary that is lost or demoted under a scope, replicas of each shard: %i',
  (count) => {
    let cluster: LocalRedisCluster;
    let client: RedisClusterClient;
    let primary: LocalRedisNode;
    let replicas: LocalRedisNode[];
    let key: string;
    let tests = 0;

    beforeAll(async () => {
      cluster = await LocalRedisCluster.start({
        replicas: count,
        // who takes over is told to: nobody else does, however busy the machine
        nodeTimeoutMs: 3_000,
      });
    });
    afterAll(() => cluster?.stop());

    beforeEach(async () => {
      tests += 1;
      key = `{takeover}${tests}`;
      ({ primary, replicas } = await shardOf(cluster, key));
      client = new RedisClusterClient(cluster.clientOptions);
      await client.connect();
      await prove(client, key, count);
    });

    afterEach(async () => {
      client?.destroy();
      for (const node of cluster.nodes) await cluster.resume(node);
      await cluster.waitUntilStable();
    });

    it('proves a write by the replica that took over from behind it: CLUSTER FAILOVER between write and barrier', async () => {
      const [successor] = replicas as [LocalRedisNode];
      const { report } = await client.ensureReplicationWithReport(
        1,
        60_000,
        async () => {
          await client.set(key, 'kept');
          await cluster.failover(successor);
        },
      );
      expect(report.shards).toMatchObject([
        {
          node: primary.address,
          proof: 'takeover',
          takenOverBy: successor.address,
          applied: 'yes',
        },
      ]);
      expect(report.acknowledged).toBeGreaterThanOrEqual(1);
      expect(await client.get(key)).toBe('kept');
    });

    it('proves nothing when a replica without the write took over, and the write is gone', async () => {
      const [successor] = replicas as [LocalRedisNode];
      const error = await unreplicated(
        client.ensureReplication(1, 5_000, async () => {
          // cuts the replication links and nothing else
          await cutFromReplicas(primary);
          await client.set(key, 'lost');
          await cluster.failover(successor, 'takeover');
          await admitReplicas(primary);
        }),
      );
      expect(error.shards).toMatchObject([
        { acknowledged: 0, proof: 'none', applied: 'yes' },
      ]);
      await cluster.waitUntilStable();
      expect(await client.get(key)).toBeNull();
    });

    it('proves nothing when the primary was killed between write and barrier: nobody knows how far it went', async () => {
      const error = await unreplicated(
        client.ensureReplication(1, 1_000, async () => {
          await client.set(key, 'x');
          await cluster.kill(primary);
        }),
      );
      await cluster.restart(primary);
      expect(error.shards).toMatchObject([
        {
          node: primary.address,
          acknowledged: 0,
          proof: 'none',
          applied: 'yes',
        },
      ]);
    });

    // these need a second one: WAIT blocks for it, or it is left when the first was promoted
    if (count === 1) return;

    it('proves a write during whose WAIT the primary handed over', async () => {
      const [successor, other] = replicas as [LocalRedisNode, LocalRedisNode];
      await cluster.freeze(other);
      const running = client.ensureReplicationWithReport(2, 60_000, () =>
        client.set(key, 'kept'),
      );
      await untilBlocked(primary, 1);
      await cluster.failover(successor);
      await cluster.resume(other);
      // Redis 8.6 may leave it with the former primary for good: it is sent on
      await cluster.waitUntilStable();
      const { report } = await running;
      expect(report.shards).toMatchObject([
        {
          acknowledged: 2,
          proof: 'takeover',
          takenOverBy: successor.address,
        },
      ]);
      expect(await client.get(key)).toBe('kept');
    });

    it('proves a write of a primary that was killed during WAIT by its successor, which has it', async () => {
      const [successor, other] = replicas as [LocalRedisNode, LocalRedisNode];
      await cluster.freeze(other);
      const running = client.ensureReplicationWithReport(2, 60_000, () =>
        client.set(key, 'kept'),
      );
      await untilBlocked(primary, 1);
      await cluster.kill(primary);
      // no election: on a busy machine it may fail once
      await successor.command('CLUSTER', 'FAILOVER', 'TAKEOVER');
      await cluster.resume(other);
      await cluster.restart(primary);
      const { report } = await running;
      expect(report.shards).toMatchObject([
        {
          node: primary.address,
          proof: 'takeover',
          takenOverBy: successor.address,
          applied: 'yes',
        },
      ]);
      expect(await client.get(key)).toBe('kept');
    });

    it('proves by marker what was written after a failover, of the primary killed before the write', async () => {
      const [successor] = replicas as [LocalRedisNode];
      await cluster.kill(primary);
      const running = client.ensureReplicationWithReport(1, 60_000, () =>
        client.set(key, 'later'),
      );
      await successor.command('CLUSTER', 'FAILOVER', 'TAKEOVER');
      const { report } = await running;
      await cluster.restart(primary);
      expect(report.shards).toMatchObject([
        { proof: 'marker', applied: 'yes' },
      ]);
      expect(report.shards[0]!.node).toBe(successor.address);
    });
  },
);
