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
import { OutcomeUnknownError } from '../../../lib/errors/outcome-unknown-error.js';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from '../../../lib/testing/index.js';
import { admitReplicas, cutFromReplicas } from '../../support/replica-links.js';
import { prove, shardOf, unreplicated } from '../../support/scope-outcomes.js';
import { setTimeout as pause } from 'node:timers/promises';
import { TcpProxy } from '../../support/tcp-proxy.js';

/** Enough for a replica that is awake, also on a slow and busy machine; waited out for one that is not. */
const SOME_MS = 3_000;

describe.each([1, 2])(
  'links that break under a scope, replicas of each shard: %i',
  (count) => {
    let cluster: LocalRedisCluster;
    let client: RedisClusterClient;
    let primary: LocalRedisNode;
    let replicas: LocalRedisNode[];
    let proxy: TcpProxy;
    let key: string;
    let tests = 0;

    beforeAll(async () => {
      cluster = await LocalRedisCluster.start({
        replicas: count,
        // what is frozen stays what it is, and so does what is busy
        nodeTimeoutMs: 30_000,
      });
    });
    afterAll(() => cluster?.stop());

    beforeEach(async () => {
      tests += 1;
      key = `{links}${tests}`;
      ({ primary, replicas } = await shardOf(cluster, key));
      proxy = await TcpProxy.open(primary);
      client = new RedisClusterClient({
        ...cluster.clientOptions,
        // the one primary is reached through the proxy
        addressMap: (address) =>
          address.port === primary.port
            ? { host: '127.0.0.1', port: proxy.port }
            : address,
      });
      await client.connect();
      await prove(client, key, count);
    });

    afterEach(async () => {
      client?.destroy();
      await proxy?.close();
      for (const node of cluster.nodes) await cluster.resume(node);
      await cluster.waitUntilStable();
    });

    it('proves a write whose connection was cut between write and barrier: the primary lives, and so does its history', async () => {
      const { report } = await client.ensureReplicationWithReport(
        count,
        60_000,
        async () => {
          await client.set(key, 'kept');
          proxy.cut();
        },
      );
      expect(report.shards).toMatchObject([
        { acknowledged: count, proof: 'marker', applied: 'yes' },
      ]);
    });

    it('says unknown for a write whose reply was lost, also when the work went on; nothing is repeated', async () => {
      const error = await unreplicated(
        client.ensureReplication(1, 5_000, async () => {
          proxy.freeze('toClient');
          const write = client.incr(key).catch((reason: unknown) => reason);
          await expect.poll(() => primary.command('GET', key)).toBe('1');
          proxy.cut();
          expect(await write).toBeInstanceOf(OutcomeUnknownError);
          proxy.thaw('toClient');
        }),
      );
      expect(error.shards).toMatchObject([
        { applied: 'unknown', proof: 'none' },
      ]);
      expect(await primary.command('GET', key)).toBe('1');
    });

    it('says unknown where retryUnknownWrites has repeated a write', async () => {
      const repeating = new RedisClusterClient({
        ...cluster.clientOptions,
        retryUnknownWrites: true,
        addressMap: (address) =>
          address.port === primary.port
            ? { host: '127.0.0.1', port: proxy.port }
            : address,
      });
      try {
        await repeating.connect();
        await repeating.set(key, '0');
        const error = await unreplicated(
          repeating.ensureReplication(1, 5_000, async () => {
            proxy.freeze('toClient');
            const write = repeating.incr(key);
            await expect.poll(() => primary.command('GET', key)).toBe('1');
            // first cut: the reply that was held back must not arrive
            proxy.cut('rst');
            proxy.thaw('toClient');
            await write;
          }),
        );
        expect(error.shards).toMatchObject([
          { applied: 'unknown', proof: 'none' },
        ]);
      } finally {
        repeating.destroy();
      }
    });

    it('says that no replica has it when the replication links are cut and the client link is fine', async () => {
      await cutFromReplicas(primary);
      const error = await unreplicated(
        client.ensureReplication(1, 600, () => client.set(key, 'x')),
      ).finally(() => admitReplicas(primary));
      expect(error.shards).toMatchObject([
        {
          acknowledged: 0,
          acknowledgedBy: [],
          proof: 'marker',
          applied: 'yes',
        },
      ]);
    });

    it('refuses a timeout of 0 before anything is written', async () => {
      await expect(
        client.ensureReplication(1, 0, () => client.set(key, 'x')),
      ).rejects.toThrow('timeoutMs');
      expect(await client.exists(key)).toBe(0);
    });

    // one of two frozen
    if (count === 1) return;

    it('names the replica that has it when the other is frozen', async () => {
      const [awake, frozen] = replicas as [LocalRedisNode, LocalRedisNode];
      await cluster.freeze(frozen);
      const error = await unreplicated(
        client.ensureReplication('all', SOME_MS, () => client.set(key, 'x')),
      );
      expect(error).toMatchObject({
        required: 2,
        acknowledged: 1,
        shards: [
          {
            acknowledgedBy: [awake.address],
            proof: 'marker',
            applied: 'yes',
          },
        ],
      });
      expect(new Set(error.shards[0]!.configured)).toEqual(
        new Set(replicas.map(({ address }) => address)),
      );
      // a majority of two is both
      const majority = await unreplicated(
        client.ensureReplication('majority', SOME_MS, () =>
          client.set(key, 'y'),
        ),
      );
      expect(majority).toMatchObject({ required: 2, acknowledged: 1 });
    });
  },
);

describe('a slow link between primary and replica', () => {
  it('proves a write over a replication link of 150 ms while others write on the same connection', async () => {
    await using cluster = await LocalRedisCluster.start({
      replicas: 1,
      nodeTimeoutMs: 30_000,
    });
    const key = '{slow}';
    const { primary, replicas } = await shardOf(cluster, key);
    const client = new RedisClusterClient(cluster.clientOptions);
    await client.connect();
    await prove(client, key, 1);
    // REPLICAOF is refused in a cluster: the replica is slowed by stopping it in turns
    const running = { slow: true, writing: true };
    const turns = (async () => {
      while (running.slow) {
        await cluster.freeze(replicas[0]!);
        await pause(150);
        await cluster.resume(replicas[0]!);
        // time to run for it, also where others have the cores
        await pause(20);
      }
    })();
    const others = (async () => {
      while (running.writing) await client.incr(`${key}:others`);
    })();
    try {
      const { report } = await client.ensureReplicationWithReport(
        1,
        60_000,
        () => client.set(key, 'x'),
      );
      expect(report.shards).toMatchObject([
        { node: primary.address, acknowledged: 1, proof: 'marker' },
      ]);
    } finally {
      running.slow = false;
      running.writing = false;
      await Promise.all([turns, others]);
      client.destroy();
    }
  });
});
