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
import { ReplicationError } from '../../../lib/errors/replication-error.js';
import type { ReplicationReport } from '../../../lib/replication/replication-report.js';
import { keySlot } from '../../../lib/routing/key-slot.js';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from '../../../lib/testing/index.js';
import { prove } from '../../support/scope-outcomes.js';

/** So many scopes of as many slots end at once. */
const SCOPES = 80;

describe('many scopes whose barriers are one group', () => {
  let cluster: LocalRedisCluster;
  let client: RedisClusterClient;
  let primary: LocalRedisNode;
  let target: LocalRedisNode;
  /** Keys of one primary, each of another slot. */
  let keys: string[];

  beforeAll(async () => {
    cluster = await LocalRedisCluster.start({
      replicas: 1,
      // no replica takes over from a primary that is only busy
      nodeTimeoutMs: 15_000,
    });
    [primary, target] = (await cluster.primaries()) as [
      LocalRedisNode,
      LocalRedisNode,
    ];
    const bySlot = new Map<number, string>();
    for (let nth = 0; bySlot.size < SCOPES; nth += 1) {
      const key = `large:${nth}`;
      if ((await cluster.primaryOf(key)) === primary)
        bySlot.set(keySlot(key), key);
    }
    keys = [...bySlot.values()];
  });
  afterAll(() => cluster?.stop());

  beforeEach(async () => {
    client = new RedisClusterClient(cluster.clientOptions);
    await client.connect();
    await prove(client, keys[0]!, 1);
  });
  afterEach(async () => {
    client?.destroy();
    await cluster.waitUntilStable();
  });

  /** One scope a key; between all writes and all barriers something happens. */
  async function scopes(
    between: () => Promise<unknown>,
  ): Promise<(ReplicationReport | ReplicationError)[]> {
    let written = 0;
    let happened: () => void;
    const until = new Promise<void>((resolve) => (happened = resolve));
    const running = keys.map((key) =>
      client
        .ensureReplicationWithReport(1, 60_000, async () => {
          await client.set(key, 'x');
          written += 1;
          if (written === keys.length) {
            await between();
            happened();
          }
          await until;
        })
        .then(
          ({ report }) => report,
          (error: unknown) => {
            if (error instanceof ReplicationError) return error;
            throw error;
          },
        ),
    );
    return Promise.all(running);
  }

  async function calls(name: string): Promise<number> {
    const stats = String(await primary.command('INFO', 'commandstats'));
    const found = new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats);
    return Number(found?.[1] ?? 0);
  }

  it('are proven without a question for each slot', async () => {
    const before = await calls('exists');
    const outcomes = await scopes(async () => undefined);
    for (const { shards } of outcomes) {
      expect(shards).toMatchObject([{ acknowledged: 1, proof: 'marker' }]);
    }
    // the first write, while it was alone, may have taken a barrier of its own along
    const sizes = outcomes.map(({ shards }) => shards[0]!.groupSize);
    expect(Math.max(...sizes)).toBeGreaterThanOrEqual(SCOPES - 1);
    expect((await calls('exists')) - before).toBeLessThanOrEqual(2);
  });

  it('are judged one by one where a slot has moved away', async () => {
    const moved = keySlot(keys[7]!);
    const outcomes = await scopes(() => cluster.migrateSlots(moved, target));
    for (const [index, { shards }] of outcomes.entries()) {
      expect(shards).toMatchObject([
        index === 7
          ? {
              acknowledged: 0,
              proof: 'none',
              reason: 'a written slot has moved to another shard',
            }
          : { acknowledged: 1, proof: 'marker' },
      ]);
    }
    await cluster.migrateSlots(moved, primary);
  });

  it('are judged by their keys where a slot is being moved', async () => {
    const slot = keySlot(keys[7]!);
    // a second key of the slot: it stays behind
    const staying = `{${keys[7]}}`;
    let migration: Awaited<ReturnType<typeof cluster.migrateSlots>> | undefined;
    keys.push(staying);
    const outcomes = await scopes(async () => {
      migration = await cluster.migrateSlots(slot, target, {
        stopHalfway: true,
      });
      await migration.moveKeys([keys[7]!]);
    }).finally(() => keys.pop());
    for (const [index, { shards }] of outcomes.entries()) {
      // the two keys of the slot are asked for in one EXISTS
      const unknown = index === 7 || index === SCOPES;
      expect(shards).toMatchObject([
        unknown
          ? {
              acknowledged: 0,
              proof: 'none',
              reason: 'a written slot is moving to another shard',
            }
          : { acknowledged: 1, proof: 'marker' },
      ]);
    }
    await migration!.finish();
    await cluster.migrateSlots(slot, primary);
  });
});
