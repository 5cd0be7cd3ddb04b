import { expect, it } from 'vitest';
import { RedisClusterClient } from '../../../lib/client/redis-cluster-client.js';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from '../../../lib/testing/index.js';
import { prove, shardOf, unreplicated } from '../../support/scope-outcomes.js';

/** Enough for a replica that is awake, also on a slow and busy machine; waited out for one that is not. */
const SOME_MS = 3_000;

it("'all' is also of a former primary that has come back as a replica since the topology was read", async () => {
  const key = '{rejoined}';
  await using cluster = await LocalRedisCluster.start({
    replicas: 2,
    // far longer than the former primary is frozen; who takes over is told to
    nodeTimeoutMs: 8_000,
    requireFullCoverage: false,
  });
  await using client = new RedisClusterClient({
    ...cluster.clientOptions,
    // what is learned of the shard is learned by the barrier
    topologyRefreshMs: 3_600_000,
  });
  await client.connect();
  const { primary: former, replicas } = await shardOf(cluster, key);
  const [successor] = replicas as [LocalRedisNode];
  await prove(client, key, 2);

  await cluster.kill(former);
  // no election: the two replicas might split its votes
  await successor.command('CLUSTER', 'FAILOVER', 'TAKEOVER');
  // the survivors: the new primary and the one replica left
  await expect
    .poll(() =>
      client
        .ensureReplicationWithReport('all', SOME_MS, () => client.set(key, 'x'))
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
    client.ensureReplication('all', SOME_MS, () => client.set(key, 'y')),
  );
  expect(error.shards).toMatchObject([
    { required: 2, acknowledged: 1, applied: 'yes', proof: 'marker' },
  ]);
  expect(error.shards[0]!.configured).toContain(former.address);

  await cluster.resume(former);
  const { report } = await client.ensureReplicationWithReport(
    'all',
    60_000,
    () => client.set(key, 'z'),
  );
  expect(report.shards).toMatchObject([{ required: 2, acknowledged: 2 }]);
});
