import { expect, it } from 'vitest';
import { RedisClusterClient } from '../../../lib/client/redis-cluster-client.js';
import { LocalRedisCluster } from '../../../lib/testing/index.js';
import { prove, shardOf, unreplicated } from '../../support/scope-outcomes.js';

it("'all' is also of a former primary that has come back as a replica since the topology was read", async () => {
  const key = '{rejoined}';
  await using cluster = await LocalRedisCluster.start({
    replicas: 2,
    // longer than the former primary is frozen
    nodeTimeoutMs: 2_000,
    requireFullCoverage: false,
  });
  await using client = new RedisClusterClient({
    ...cluster.clientOptions,
    // what is learned of the shard is learned by the barrier
    topologyRefreshMs: 3_600_000,
  });
  await client.connect();
  const { primary: former } = await shardOf(cluster, key);
  await prove(client, key, 2);

  await cluster.kill(former);
  await expect.poll(() => cluster.primaryOf(key)).not.toBe(former);
  // the survivors: the new primary and the one replica left
  await expect
    .poll(() =>
      client
        .ensureReplicationWithReport('all', 700, () => client.set(key, 'x'))
        .then(
          ({ report }) => report.shards[0]!.configured?.length,
          (error: Error) => error.message,
        ),
    )
    .toBe(1);
  await cluster.restart(former);
  await cluster.waitUntilStable();
  await cluster.freeze(former);

  const error = await unreplicated(
    client.ensureReplication('all', 700, () => client.set(key, 'y')),
  );
  expect(error.shards).toMatchObject([
    { required: 2, acknowledged: 1, applied: 'yes', proof: 'marker' },
  ]);
  expect(error.shards[0]!.configured).toContain(former.address);

  await cluster.resume(former);
  const { report } = await client.ensureReplicationWithReport(
    'all',
    20_000,
    () => client.set(key, 'z'),
  );
  expect(report.shards).toMatchObject([{ required: 2, acknowledged: 2 }]);
});
