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
import { RawConnection } from '../../support/raw-connection.js';
import { prove, shardOf, unreplicated } from '../../support/scope-outcomes.js';

/**
 * Waited out by scopes that are not proven; enough for a replica that is awake,
 * also on a slow and busy machine.
 */
const SOME_MS = 3_000;
/** For what comes for certain, a resynchronization included. */
const PATIENT_MS = 60_000;

describe.each([1, 2])('scopes, replicas of each shard: %i', (count) => {
  let cluster: LocalRedisCluster;
  let client: RedisClusterClient;
  let primary: LocalRedisNode;
  let replicas: LocalRedisNode[];
  let key: string;
  /** A key of another shard. */
  let elsewhere: string;
  let tests = 0;

  beforeAll(async () => {
    cluster = await LocalRedisCluster.start({
      replicas: count,
      // what is frozen or killed stays what it is
      nodeTimeoutMs: 30_000,
      replicaMigration: false,
    });
  });
  afterAll(() => cluster?.stop());

  beforeEach(async () => {
    tests += 1;
    key = `{a}${tests}`;
    elsewhere = `{b}${tests}`;
    ({ primary, replicas } = await shardOf(cluster, key));
    client = new RedisClusterClient(cluster.clientOptions);
    await client.connect();
    await prove(client, key, count);
    await prove(client, elsewhere, count);
  });

  afterEach(async () => {
    client?.destroy();
    for (const node of cluster.nodes) await cluster.resume(node);
    await cluster.waitUntilStable();
  });

  async function freezeAll(): Promise<void> {
    for (const replica of replicas) await cluster.freeze(replica);
  }

  it('says 0 for a transaction while the replicas are frozen, where WAIT inside it says that they have it (since 7.2)', async () => {
    const raw = await RawConnection.open(primary);
    try {
      await raw.send(['SET', key, 'before']);
      expect(await raw.send(['WAIT', count, PATIENT_MS])).toBe(count);
      await freezeAll();
      await raw.send(['MULTI']);
      await raw.send(['SET', key, 'bare']);
      await raw.send(['WAIT', 1, 0]);
      // Redis 7.0 takes the newest offset for the connection's own
      const { kind, version } = cluster.serverVersion;
      const lies = kind === 'valkey' || !version.startsWith('7.0.');
      expect(await raw.send(['EXEC'])).toEqual(['OK', lies ? count : 0]);
    } finally {
      raw.destroy();
    }
    const error = await unreplicated(
      client.ensureReplication(1, SOME_MS, () =>
        client.transaction((t) => [t.set(key, 'scoped')]),
      ),
    );
    expect(error.shards).toMatchObject([
      { acknowledged: 0, proof: 'marker', applied: 'yes' },
    ]);
  });

  it("does not take a replica that moved in from another shard for one of those that 'all' means", async () => {
    const other = await shardOf(cluster, elsewhere);
    const [migrant] = other.replicas as [LocalRedisNode];
    await freezeAll();
    await migrant.command('CLUSTER', 'REPLICATE', primary.id);
    try {
      // the primary hears of it by gossip, and tells whoever asks for the topology
      await expect
        .poll(() => primary.command('CLUSTER', 'REPLICAS', primary.id))
        .toContainEqual(expect.stringContaining(migrant.id));
      // a number says how many, not which
      await client.ensureReplication(1, PATIENT_MS, () => client.set(key, 'x'));
      const error = await unreplicated(
        client.ensureReplication('all', SOME_MS, () => client.set(key, 'y')),
      );
      expect(error.shards).toMatchObject([
        {
          required: count + 1,
          acknowledged: 1,
          acknowledgedBy: [migrant.address],
          applied: 'yes',
        },
      ]);
      expect(new Set(error.shards[0]!.configured)).toEqual(
        new Set([...replicas, migrant].map(({ address }) => address)),
      );
    } finally {
      await migrant.command('CLUSTER', 'REPLICATE', other.primary.id);
    }
  });

  it('says who has it when a replica was killed, and is proven again with the one that came back', async () => {
    const [killed, ...others] = replicas as [LocalRedisNode];
    await cluster.kill(killed);
    const error = await unreplicated(
      client.ensureReplication('all', SOME_MS, () => client.set(key, 'x')),
    );
    expect(error.shards).toMatchObject([
      {
        required: count,
        acknowledged: count - 1,
        acknowledgedBy: others.map(({ address }) => address),
        proof: 'marker',
        applied: 'yes',
      },
    ]);
    await cluster.restart(killed);
    const { report } = await client.ensureReplicationWithReport(
      'all',
      PATIENT_MS,
      () => client.set(key, 'y'),
    );
    expect(report.acknowledged).toBe(count);
  });

  it('tells of each shard by itself for a slot that was migrated between two writes', async () => {
    const slot = await cluster.slotOf(key);
    const { primary: target } = await shardOf(cluster, elsewhere);
    const error = await unreplicated(
      client.ensureReplication('all', PATIENT_MS, async () => {
        await client.set(key, 'at the old owner');
        await cluster.migrateSlots(slot, target);
        await client.append(key, ', and at the new one');
      }),
    );
    const [before, after] = error.shards;
    expect(before).toMatchObject({
      node: primary.address,
      slots: [slot],
      applied: 'yes',
      proof: 'none',
      reason: 'a written slot has moved to another shard',
    });
    expect(after).toMatchObject({
      node: target.address,
      slots: [slot],
      applied: 'yes',
      proof: 'marker',
      acknowledged: count,
    });
    expect(await client.get(key)).toBe('at the old owner, and at the new one');
    await cluster.migrateSlots(slot, primary);
  });

  it('keeps concurrent scopes apart, and each to the shards it wrote to', async () => {
    await freezeAll();
    const [error, { report }] = await Promise.all([
      unreplicated(
        client.ensureReplication(1, 600, () => client.set(key, 'x')),
      ),
      client.ensureReplicationWithReport('majority', PATIENT_MS, () =>
        client.set(elsewhere, 'x'),
      ),
    ]);
    expect(error.shards.map(({ node }) => node)).toEqual([primary.address]);
    expect(report.shards.map(({ node }) => node)).not.toContain(
      primary.address,
    );
  });

  it('answers for two shards in one scope: the one that is not replicated fails it', async () => {
    await freezeAll();
    const error = await unreplicated(
      client.ensureReplication(1, SOME_MS, () =>
        client.mset({ [key]: 'x', [elsewhere]: 'x' }),
      ),
    );
    expect(error.acknowledged).toBe(0);
    expect(
      error.shards.find(({ node }) => node === primary.address),
    ).toMatchObject({ acknowledged: 0, applied: 'yes' });
    expect(
      error.shards.find(({ node }) => node !== primary.address)!.acknowledged,
    ).toBeGreaterThanOrEqual(1);
  });

  it('leaves to an outer scope what an inner one did not prove, and nothing else', async () => {
    const { report } = await client.ensureReplicationWithReport(
      1,
      PATIENT_MS,
      async () => {
        await client.ensureReplication(1, PATIENT_MS, () =>
          client.set(key, 'x'),
        );
        await freezeAll();
        await client.set(elsewhere, 'x');
      },
    );
    expect(report.shards).toHaveLength(2);

    // the same, but the inner one failed and nobody minded
    const error = await unreplicated(
      client.ensureReplication(1, 600, async () => {
        await unreplicated(
          client.ensureReplication(1, 300, () => client.set(key, 'y')),
        );
        await client.set(elsewhere, 'y');
      }),
    );
    expect(
      error.shards.find(({ node }) => node === primary.address),
    ).toMatchObject({ acknowledged: 0, applied: 'yes' });
  });

  it('answers for its own client only', async () => {
    await freezeAll();
    await using other = new RedisClusterClient(cluster.clientOptions);
    await other.connect();
    const { report } = await client.ensureReplicationWithReport(
      1,
      PATIENT_MS,
      async () => {
        await other.set(key, 'of the other');
        await client.set(elsewhere, 'of this one');
      },
    );
    expect(report.shards).toHaveLength(1);
    expect(report.shards[0]!.node).not.toBe(primary.address);
  });

  it('answers for a write that an inner scope did not await, and that was sent only after it', async () => {
    await freezeAll();
    // not connected: the write waits for the topology
    await using late = new RedisClusterClient(cluster.clientOptions);
    const error = await unreplicated(
      late.ensureReplication(1, 600, async () => {
        let write: Promise<unknown> | undefined;
        const { report } = await late.ensureReplicationWithReport(
          1,
          PATIENT_MS,
          () => {
            write = late.set(key, 'late');
          },
        );
        expect(report.shards).toEqual([]);
        await write;
      }),
    );
    expect(error.shards).toMatchObject([
      { node: primary.address, acknowledged: 0, applied: 'yes' },
    ]);
  });

  it("leaves work its own error, and waits for nobody: it is the caller's", async () => {
    await freezeAll();
    const started = performance.now();
    await expect(
      client.ensureReplication(1, 25_000, async () => {
        await client.set(key, 'x');
        throw new RangeError('its own');
      }),
    ).rejects.toThrow(RangeError);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

describe('servers without functions', () => {
  it('are proven by the replication offset, the marker being no command there', async () => {
    await using cluster = await LocalRedisCluster.start({
      // what is frozen stays what it is
      nodeTimeoutMs: 30_000,
      args: ['--rename-command', 'FUNCTION', ''],
    });
    await using client = new RedisClusterClient(cluster.clientOptions);
    await client.connect();
    const key = '{without}';
    const { replicas } = await shardOf(cluster, key);
    const { report } = await client.ensureReplicationWithReport(
      'all',
      PATIENT_MS,
      () => client.set(key, 'x'),
    );
    expect(report.shards).toMatchObject([
      {
        acknowledged: 1,
        acknowledgedBy: replicas.map(({ address }) => address),
        proof: 'offset',
      },
    ]);
    await cluster.freeze(replicas[0]!);
    const error = await unreplicated(
      client.ensureReplication(1, SOME_MS, () => client.set(key, 'y')),
    );
    expect(error.shards).toMatchObject([{ acknowledged: 0, proof: 'offset' }]);
    await cluster.resume(replicas[0]!);
  });
});
