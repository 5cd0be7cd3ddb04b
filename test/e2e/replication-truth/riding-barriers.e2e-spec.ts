import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RedisClusterClient } from '../../../lib/client/redis-cluster-client.js';
import type { ReplicationReport } from '../../../lib/replication/replication-report.js';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from '../../../lib/testing/index.js';
import {
  prove,
  shardOf,
  unreplicated,
  untilBlocked,
} from '../../support/scope-outcomes.js';

const key = '{lone}';

/** More than are let pass after some that were of no use. */
const ENOUGH = 2_000;

const CALLERS = 16;

/** Another one in every process. */
async function runIdOf(node: LocalRedisNode): Promise<string | undefined> {
  const info = String(await node.command('INFO', 'server'));
  return /^run_id:(\w+)/m.exec(info)?.[1];
}

describe('writes with their barrier behind them on one connection', () => {
  let cluster: LocalRedisCluster;
  let primary: LocalRedisNode;
  let replica: LocalRedisNode;
  let client: RedisClusterClient;

  beforeAll(async () => {
    cluster = await LocalRedisCluster.start({
      replicas: 1,
      // nobody is taken for dead while its replica is frozen
      nodeTimeoutMs: 60_000,
      replicaMigration: false,
    });
    const shard = await shardOf(cluster, key);
    primary = shard.primary;
    replica = shard.replicas[0]!;
  });
  afterAll(() => cluster?.stop());

  beforeEach(async () => {
    await client?.close();
    client = new RedisClusterClient(cluster.clientOptions);
    await client.connect();
    // the connection for barriers is open, the history known
    await prove(client, key, 1);
  });

  /** What the connection of everybody's commands did last. */
  async function lastCommand(id: unknown): Promise<string | undefined> {
    const line = String(
      await primary.command('CLIENT', 'LIST', 'ID', id as number),
    );
    return / cmd=(\S+)/.exec(line)?.[1];
  }

  /** Scopes of a lone caller until one had its barrier there. */
  async function alone(): Promise<void> {
    const id = await client.at({ key }).clientId();
    for (let count = 0; count < ENOUGH; count += 1) {
      await client.ensureReplication(1, 30_000, () => client.set(key, count));
      if ((await lastCommand(id)) === 'exists') return;
    }
    expect.fail(`no barrier rode along with ${ENOUGH} writes`);
  }

  it('goes along as a whole, however short the queue is', async () => {
    const small = new RedisClusterClient({
      ...cluster.clientOptions,
      // the write, and either the question for its history or the barrier
      maxQueuedCommands: 2,
    });
    try {
      // or what connects it in the background asks for the cluster's state meanwhile
      await small.connect();
      await prove(small, key, 1);
      const id = await small.at({ key }).clientId();
      const last = new Set<string | undefined>();
      for (
        let count = 0;
        count < 70 || (count < ENOUGH && !last.has('exists'));
        count += 1
      ) {
        await small.ensureReplication(1, 30_000, () => small.set(key, count));
        last.add(await lastCommand(id));
      }
      // a whole barrier ends with the probe of the slot; the write goes alone
      // where there was no room, and how often depends on the answers' timing
      expect(last).toContain('exists');
      last.delete('exists');
      last.delete('set');
      expect([...last], 'the end of a barrier cut off').toEqual([]);
    } finally {
      await small.close();
    }
  });

  it('proves what WAIT on a connection of its own proves', async () => {
    await alone();
    const { report } = await client.ensureReplicationWithReport(1, 30_000, () =>
      client.set(key, 'x'),
    );
    expect(report.shards).toMatchObject([
      {
        acknowledged: 1,
        acknowledgedBy: [replica.address],
        proof: 'marker',
        groupSize: 1,
      },
    ]);
  });

  it('keeps others waiting for some milliseconds at most, and the scope has its whole time', async () => {
    await alone();
    await cluster.freeze(replica);
    let running: Promise<unknown>;
    try {
      await new Promise<void>((written) => {
        running = client.ensureReplication(1, 60_000, async () => {
          await client.set(key, 'held');
          written();
        });
      });
      // or it would have its reply when the replica is awake again
      expect(await client.get(key)).toBe('held');
    } finally {
      await cluster.resume(replica);
    }
    await running!;
  });

  it('leaves the primary alive where a pause of writes holds it back, and others come', async () => {
    const before = await runIdOf(primary);
    for (let round = 0; round < 3; round += 1) {
      await alone();
      await primary.command('CLIENT', 'PAUSE', 60_000, 'WRITE');
      const held: Promise<unknown>[] = [];
      try {
        await new Promise<void>((pushed) => {
          held.push(
            client.ensureReplication(1, 60_000, () => {
              const written = client.set(key, round);
              setImmediate(pushed);
              return written;
            }),
          );
        });
        held.push(client.get(key), client.set(key, 'later'));
        // both lie behind the write, and it is held back
        await untilBlocked(primary, 1);
      } finally {
        await primary.command('CLIENT', 'UNPAUSE');
      }
      expect(await Promise.all(held)).toEqual(['OK', String(round), 'OK']);
    }
    expect(await runIdOf(primary)).toBe(before);
  });

  it('says no where the replica is frozen', async () => {
    await alone();
    await cluster.freeze(replica);
    try {
      const { shards } = await unreplicated(
        client.ensureReplication(1, 300, () => client.set(key, 'z')),
      );
      expect(shards).toMatchObject([{ acknowledged: 0, applied: 'yes' }]);
    } finally {
      await cluster.resume(replica);
    }
  });

  it('says no behind a write that changed nothing, where the change is on no replica', async () => {
    const set = `${key}:set`;
    await alone();
    await cluster.freeze(replica);
    try {
      await primary.command('SADD', set, 'member');
      const { shards } = await unreplicated(
        client.ensureReplication(1, 300, () => client.sadd(set, 'member')),
      );
      expect(shards).toMatchObject([{ acknowledged: 0, applied: 'yes' }]);
    } finally {
      await cluster.resume(replica);
    }
  });

  /** Scopes of many callers at once. */
  function together(timeoutMs: number): Promise<ReplicationReport>[] {
    return Array.from({ length: CALLERS }, (_, caller) =>
      client
        .ensureReplicationWithReport(1, timeoutMs, () =>
          client.set(`${key}:${caller}`, 'x'),
        )
        .then(({ report }) => report),
    );
  }

  /** Until the scopes of many had one together. */
  async function allTogether(): Promise<void> {
    const id = await client.at({ key }).clientId();
    for (let count = 0; count < ENOUGH; count += 1) {
      const reports = await Promise.all(together(30_000));
      const sizes = reports.map(({ shards }) => shards[0]!.groupSize);
      if ((await lastCommand(id)) === 'exists' && sizes.includes(CALLERS)) {
        return;
      }
    }
    expect.fail(`no barrier rode along with the writes of ${CALLERS} callers`);
  }

  it('proves those of many callers, who leave together', async () => {
    await allTogether();
    for (const { shards } of await Promise.all(together(30_000))) {
      expect(shards).toMatchObject([
        { acknowledged: 1, acknowledgedBy: [replica.address], proof: 'marker' },
      ]);
    }
  });

  it('says no to each of them where the replica is frozen', async () => {
    await allTogether();
    await cluster.freeze(replica);
    try {
      for (const scope of together(300)) {
        const { shards } = await unreplicated(scope);
        expect(shards).toMatchObject([{ acknowledged: 0, applied: 'yes' }]);
      }
    } finally {
      await cluster.resume(replica);
    }
  });

  it('has those who come behind it wait for some milliseconds at most, callers of scopes and others', async () => {
    await allTogether();
    await cluster.freeze(replica);
    const scopes: Promise<unknown>[] = [];
    const written = (value: string): Promise<void> =>
      new Promise((resolve) => {
        scopes.push(
          client.ensureReplication(1, 60_000, async () => {
            await client.set(key, value);
            resolve();
          }),
        );
      });
    try {
      const first = written('first');
      await new Promise((resolve) => setImmediate(resolve));
      const second = written('second');
      // or they would have their replies when the replica is awake again
      await first;
      await second;
      expect(await client.get(key)).toBe('second');
    } finally {
      await cluster.resume(replica);
    }
    await Promise.all(scopes);
  });

  it('leaves the order of commands as it is', async () => {
    await allTogether();
    const list = `${key}:list`;
    await client.del(list);
    const stop = new AbortController();
    const others = Array.from({ length: CALLERS }, async () => {
      while (!stop.signal.aborted) await Promise.all(together(30_000));
    });
    for (let count = 1; count <= 200; count += 1) {
      const values = await client.ensureReplication(1, 30_000, () => {
        const pushed = client.rpush(list, count);
        const length = client.llen(list);
        return Promise.all([pushed, length]);
      });
      expect(values).toEqual([count, count]);
    }
    stop.abort();
    await Promise.all(others);
    expect(await client.lrange(list, 0, -1)).toEqual(
      Array.from({ length: 200 }, (_, at) => String(at + 1)),
    );
  });
});
