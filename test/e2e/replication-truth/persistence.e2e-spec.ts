import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RedisClusterClient } from '../../../lib/client/redis-cluster-client.js';
import { ConfigurationError } from '../../../lib/errors/configuration-error.js';
import { PersistenceError } from '../../../lib/errors/persistence-error.js';
import { ReplicationError } from '../../../lib/errors/replication-error.js';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from '../../../lib/testing/index.js';
import { shardOf, unprovenBy } from '../../support/scope-outcomes.js';

describe('ensurePersistence', () => {
  let cluster: LocalRedisCluster;
  let client: RedisClusterClient;
  /** Redis 7.0 does not know WAITAOF: there, it is the refusal that is shown. */
  let supported: boolean;
  let primary: LocalRedisNode;
  let replicas: LocalRedisNode[];
  const key = '{persistence}';

  beforeAll(async () => {
    cluster = await LocalRedisCluster.start({
      // freezing a replica for a moment is no failure, nor is a slow disk
      nodeTimeoutMs: 30_000,
      args: ['--appendonly', 'yes', '--appendfsync', 'everysec'],
    });
    const [node] = cluster.nodes;
    supported = !String(
      await node!.command('WAITAOF').catch((error: Error) => error.message),
    ).includes('unknown command');
    ({ primary, replicas } = await shardOf(cluster, key));
    client = new RedisClusterClient(cluster.clientOptions);
    await client.connect();
  });
  afterAll(async () => {
    client?.destroy();
    await cluster?.stop();
  });
  afterEach(async () => {
    for (const node of cluster.nodes) await cluster.resume(node);
    await cluster.waitUntilStable();
  });

  /** Whether the servers can; where not, that the work is refused before it starts. */
  async function canPersist(): Promise<boolean> {
    if (supported) return true;
    let started = false;
    const error = await client
      .ensurePersistence({}, async () => {
        started = true;
      })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as Error).message).toContain('WAITAOF');
    expect(started).toBe(false);
    return false;
  }

  it('proves that a write is on the disks of the primary and a replica; an older server is refused before the work starts', async () => {
    if (!(await canPersist())) return;
    const { value, report } = await client.ensurePersistenceWithReport(
      { replicas: 'all', timeoutMs: 60_000 },
      () => client.incr(`${key}:counter`),
    );
    expect(value).toBe(1);
    expect(report).toMatchObject({
      replicas: 'all',
      local: true,
      timeoutMs: 60_000,
      acknowledged: 1,
      shards: [
        {
          node: primary.address,
          required: 1,
          acknowledged: 1,
          local: true,
          proof: 'marker',
          applied: 'yes',
          configured: replicas.map(({ address }) => address),
        },
      ],
    });
  });

  it('says which disk is missing when the replica is frozen, at the deadline', async () => {
    if (!(await canPersist())) return;
    // its own disk is not waited for: a second and more, by default
    await primary.command('CONFIG', 'SET', 'appendfsync', 'always');
    await cluster.freeze(replicas[0]!);
    const started = performance.now();
    const error = await unprovenBy(
      PersistenceError,
      client.ensurePersistence({ replicas: 1, timeoutMs: 4_000 }, () =>
        client.set(key, 'x'),
      ),
    ).finally(() =>
      primary.command('CONFIG', 'SET', 'appendfsync', 'everysec'),
    );
    expect(performance.now() - started).toBeGreaterThanOrEqual(4_000);
    expect(error).toMatchObject({
      code: 'PERSISTENCE',
      local: true,
      required: 1,
      acknowledged: 0,
      shards: [
        { acknowledged: 0, local: true, proof: 'marker', applied: 'yes' },
      ],
    });
  });

  it("passes the server's words on when the primary writes no append-only file", async () => {
    if (!(await canPersist())) return;
    await primary.command('CONFIG', 'SET', 'appendonly', 'no');
    const error = await unprovenBy(
      PersistenceError,
      client.ensurePersistence({ timeoutMs: 60_000 }, () =>
        client.set(key, 'x'),
      ),
    ).finally(() => primary.command('CONFIG', 'SET', 'appendonly', 'yes'));
    expect(error.shards).toMatchObject([{ proof: 'none', applied: 'yes' }]);
    expect(error.message).toContain('appendonly');
  });

  it('holds for an outer replication scope, which does not wait again; not the other way round', async () => {
    if (!(await canPersist())) return;
    const { report } = await client.ensureReplicationWithReport(
      1,
      60_000,
      async () => {
        await client.ensurePersistence({ replicas: 1, timeoutMs: 60_000 }, () =>
          client.set(key, 'x'),
        );
        await cluster.freeze(replicas[0]!);
      },
    );
    expect(report.shards).toMatchObject([{ acknowledged: 1, local: true }]);
    await cluster.resume(replicas[0]!);

    const error = await unprovenBy(
      PersistenceError,
      client.ensurePersistence({ replicas: 1, timeoutMs: 300 }, async () => {
        await client.ensureReplication(1, 60_000, () => client.set(key, 'y'));
        await cluster.freeze(replicas[0]!);
        // newer than what the replica has synced by chance
        await client.set(key, 'z');
      }),
    );
    expect(error.acknowledged).toBe(0);
  });

  it('is not what ensureReplication waits for', async () => {
    const { report } = await client.ensureReplicationWithReport(1, 60_000, () =>
      client.set(key, 'x'),
    );
    expect(report.shards[0]!.local).toBeUndefined();
    expect(report.local).toBeUndefined();
  });

  it.each([
    [{ local: false }, 'replicas must be a positive integer'],
    [{ replicas: -1 }, 'replicas must be an integer from 0'],
    [{ timeoutMs: 0 }, 'timeoutMs'],
    [{ locale: true }, "did you mean 'local'"],
    [1, 'an object'],
  ])('refuses %j before the work starts', async (requirement, words) => {
    const error: unknown = await client
      .ensurePersistence(requirement as never, () => client.set(key, 'no'))
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).not.toBeInstanceOf(ReplicationError);
    expect((error as Error).message).toContain(words);
  });
});
