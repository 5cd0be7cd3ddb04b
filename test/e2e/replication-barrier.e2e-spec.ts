import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from 'vitest';
import { ReplicationError } from '../../lib/errors/replication-error.js';
import { runInScope } from '../../lib/replication/scope/run-in-scope.js';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from '../../lib/testing/index.js';
import { RawConnection } from '../support/raw-connection.js';
import { admitReplicas, cutFromReplicas } from '../support/replica-links.js';
import { ScopedWriter } from '../support/scoped-writer.js';

/** Waited out by scopes that are not proven; enough for a replica that is awake, also on a slow and busy machine. */
const SOME_MS = 3_000;
/** For what comes for certain. */
const PATIENT_MS = 60_000;

/** Runs the scope and gives its error, and how long the barrier took. */
async function failing(
  n: number,
  timeoutMs: number,
  work: () => unknown,
): Promise<{ error: ReplicationError; took: number }> {
  let settled = 0;
  const error = await runInScope({ replicas: n, timeoutMs }, async () => {
    await work();
    settled = performance.now();
  }).then(
    ({ report }) => expect.fail(`proven: ${JSON.stringify(report)}`),
    (reason: unknown) => reason,
  );
  const took = performance.now() - settled;
  expect(error).toBeInstanceOf(ReplicationError);
  return { error: error as ReplicationError, took };
}

/** Work calls it when it has written, and goes on when so many have: their scopes end together. */
function allWritten(scopes: number): () => Promise<void> {
  let missing = scopes;
  let release: () => void;
  const released = new Promise<void>((resolve) => (release = resolve));
  return () => {
    missing -= 1;
    if (missing === 0) release();
    return released;
  };
}

describe.each([1, 2])(
  'marker barrier on a real cluster, replicas of each shard: %i',
  (count) => {
    let cluster: LocalRedisCluster;
    let primary: LocalRedisNode;
    let replicas: LocalRedisNode[];
    let writer: ScopedWriter;
    let key: string;
    let tests = 0;
    const raw: RawConnection[] = [];

    beforeAll(async () => {
      cluster = await LocalRedisCluster.start({
        replicas: count,
        nodeTimeoutMs: 5_000,
      });
    });
    afterAll(() => cluster?.stop());

    beforeEach(async () => {
      tests += 1;
      key = `{barrier}${tests}`;
      primary = await cluster.primaryOf(key);
      replicas = await cluster.replicasOf(primary);
      writer = await ScopedWriter.open(primary, { replicas: count });
    });

    afterEach(async () => {
      writer.close();
      for (const connection of raw.splice(0)) connection.destroy();
      for (const node of cluster.nodes) await cluster.resume(node);
      await cluster.waitUntilStable();
    });

    async function open(
      node: LocalRedisNode = primary,
    ): Promise<RawConnection> {
      const connection = await RawConnection.open(node);
      raw.push(connection);
      return connection;
    }

    async function freeze(nodes: readonly LocalRedisNode[]): Promise<void> {
      for (const node of nodes) await cluster.freeze(node);
    }

    /** Lets the replicas acknowledge everything so far. */
    async function prove(): Promise<void> {
      await runInScope({ replicas: count, timeoutMs: PATIENT_MS }, () =>
        writer.write(['SET', `${key}:proved`, 'x']),
      );
    }

    function untilBlocked(clients: number): Promise<void> {
      return expect
        .poll(async () => String(await primary.command('INFO', 'clients')))
        .toContain(`blocked_clients:${clients}\r`);
    }

    function untilBarriers(opened: number): Promise<void> {
      return expect.poll(() => writer.barriers.length).toBe(opened);
    }

    async function calls(name: string): Promise<number> {
      const stats = String(await primary.command('INFO', 'commandstats'));
      return Number(
        new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0,
      );
    }

    it('proves a write that all replicas have, and reports it', async () => {
      const { value, report } = await runInScope(
        { replicas: 'all', timeoutMs: PATIENT_MS },
        () => writer.write(['SET', key, 'one']),
      );
      expect(value).toBe('OK');
      const slot = Number(await primary.command('CLUSTER', 'KEYSLOT', key));
      expect(report).toEqual({
        replicas: 'all',
        timeoutMs: PATIENT_MS,
        acknowledged: count,
        shards: [
          {
            node: primary.address,
            slots: [slot],
            required: count,
            acknowledged: count,
            acknowledgedBy: expect.any(Array),
            configured: ['replica-0:1', 'replica-1:1'].slice(0, count),
            applied: 'yes',
            proof: 'marker',
            milliseconds: expect.any(Number),
            groupSize: 1,
          },
        ],
      });
      expect(new Set(report.shards[0]!.acknowledgedBy)).toEqual(
        new Set(replicas.map(({ address }) => address)),
      );
      for (const replica of replicas) {
        const connection = await open(replica);
        await connection.send(['READONLY']);
        expect(await connection.send(['GET', key])).toBe('one');
      }
    });

    it('says 0 where WAIT on another connection says that all have it: the replicas are frozen (conformance 84)', async () => {
      const other = await open();
      await prove();
      await freeze(replicas);
      const { error, took } = await failing(1, 150, () =>
        writer.write(['SET', key, 'lost']),
      );
      expect(await other.send(['WAIT', 1, 50])).toBe(count);
      expect(error.acknowledged).toBe(0);
      expect(error.shards).toMatchObject([
        { node: primary.address, applied: 'yes', proof: 'marker' },
      ]);
      expect(took).toBeGreaterThanOrEqual(150);
    });

    it.each([
      ['SADD of a member that is there', 'SADD', ['member'], 'SADD'],
      ['SET NX of a key that is there', 'SET', ['other', 'NX'], 'SET'],
      ['DEL of a key that is gone', 'DEL', [], 'DEL'],
    ] as const)(
      'says 0 for a repeated write that changes nothing while the first is on no replica: %s',
      async (_, name, rest, first) => {
        const before = {
          SADD: () => primary.command('SADD', key, 'member'),
          SET: () => primary.command('SET', key, 'value'),
          DEL: () => primary.command('SET', key, 'value'),
        };
        if (first === 'DEL') await before.DEL();
        await freeze(replicas);
        if (first === 'DEL') await primary.command('DEL', key);
        else await before[first]();
        const { error } = await failing(1, 100, () =>
          writer.write([name, key, ...rest]),
        );
        expect(error.acknowledged).toBe(0);
      },
    );

    it('says 0 for a blocking pop that was served while the replicas were frozen, where WAIT says that they have it', async () => {
      const exclusive = await open();
      const { error } = await failing(1, 150, async () => {
        // not awaited: the freeze and the push come while it blocks
        const pop = writer.write(['BLPOP', key, 0], exclusive);
        await untilBlocked(1);
        await prove();
        await freeze(replicas);
        await primary.command('RPUSH', key, 'element');
        expect(await pop).toEqual([key, 'element']);
      });
      expect(error.acknowledged).toBe(0);
      expect(await exclusive.send(['WAIT', 1, 40])).toBe(count);
    });

    it('proves nothing after failover and failback on a living connection, where WAIT says yes and the write is lost', async () => {
      const [successor] = replicas as [LocalRedisNode];
      const { error } = await failing(1, 10_000, async () => {
        await cutFromReplicas(primary);
        await writer.write(['SET', key, 'lost']);
        await cluster.failover(successor, 'takeover');
        await admitReplicas(primary);
        await cluster.waitUntilStable();
        await cluster.failover(primary, 'takeover');
        await cluster.waitUntilStable();
      });
      expect(writer.connection.usable).toBe(true);
      expect(
        await writer.connection.send(['WAIT', 1, PATIENT_MS]),
      ).toBeGreaterThanOrEqual(1);
      expect(await writer.connection.send(['GET', key])).toBeNull();
      expect(error.shards).toMatchObject([
        { acknowledged: 0, proof: 'none', applied: 'yes' },
      ]);
      expect(error.message).toContain('replication id changed');

      const again = await runInScope(
        { replicas: count, timeoutMs: PATIENT_MS },
        () => writer.write(['SET', key, 'kept']),
      );
      expect(again.report.acknowledged).toBe(count);
    });

    it('proves nothing for a slot that moved away between write and barrier, where WAIT says yes', async () => {
      const slot = await cluster.slotOf(key);
      const target = (await cluster.primaries()).find(
        (node) => node !== primary,
      );
      const { error, took } = await failing(1, PATIENT_MS, async () => {
        await writer.write(['SET', key, 'moved']);
        await cluster.migrateSlots(slot, target!);
      });
      expect(
        await writer.connection.send(['WAIT', 1, PATIENT_MS]),
      ).toBeGreaterThanOrEqual(1);
      expect(error.shards).toMatchObject([
        {
          acknowledged: 0,
          proof: 'none',
          slots: [slot],
          reason: 'a written slot has moved to another shard',
        },
      ]);
      // long before its deadline
      expect(took).toBeLessThan(10_000);
      await cluster.migrateSlots(slot, primary);
    });

    it('tells keys that have moved from keys that have not while a slot is being moved', async () => {
      const slot = await cluster.slotOf(key);
      const target = (await cluster.primaries()).find(
        (node) => node !== primary,
      );
      const moving = `${key}:moving`;
      const staying = `${key}:staying`;
      const importer = await ScopedWriter.open(target!, { replicas: count });
      await writer.write(['SET', staying, 'here']);
      await writer.write(['SET', moving, 'here']);
      const migration = await cluster.migrateSlots(slot, target!, {
        stopHalfway: true,
      });
      const kept = await runInScope(
        { replicas: count, timeoutMs: PATIENT_MS },
        () => writer.write(['SET', staying, 'still here']),
      );
      expect(kept.report.acknowledged).toBe(count);

      const { error } = await failing(1, PATIENT_MS, async () => {
        await writer.write(['SET', staying, 'here']);
        await writer.write(['SET', moving, 'gone']);
        await migration.moveKeys([moving]);
      });
      expect(error.shards[0]!.reason).toBe(
        'a written slot is moving to another shard',
      );

      const asked = await runInScope(
        { replicas: count, timeoutMs: PATIENT_MS },
        () =>
          importer.write(['SET', moving, 'there'], importer.connection, true),
      );
      expect(asked.report.acknowledged).toBe(count);
      importer.close();
      await migration.finish();
      await cluster.migrateSlots(slot, primary);
    });

    it('ends at the deadline, never before and soon after, also on an idle server', async () => {
      await freeze(replicas);
      const late: number[] = [];
      // the server's own expiry would be 30 to 100 ms late each time; on a busy
      // machine any single one may be late for another reason, but not all
      for (let turn = 0; turn < 10 && !late.some((ms) => ms < 30); turn += 1) {
        for (const timeoutMs of [1, 20, 55, 80, 105, 130, 200]) {
          const { error, took } = await failing(1, timeoutMs, () =>
            writer.write(['SET', key, timeoutMs]),
          );
          late.push(took - timeoutMs);
          const known = took - timeoutMs < 90; // else the primary did not answer
          expect(error.shards).toMatchObject([
            { acknowledged: 0, ...(known && { proof: 'marker' }) },
          ]);
        }
      }
      expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
      expect(Math.min(...late)).toBeLessThan(30);
    });

    it('ends each scope of one group at its own deadline', async () => {
      await freeze(replicas);
      const timeouts = [4_000, 40, 120, 80];
      const together = allWritten(timeouts.length);
      const ended: number[] = [];
      const took = await Promise.all(
        timeouts.map((timeoutMs) =>
          failing(1, timeoutMs, async () => {
            await writer.write(['SET', key, timeoutMs]);
            await together();
          }).finally(() => ended.push(timeoutMs)),
        ),
      );
      for (const [index, timeoutMs] of timeouts.entries()) {
        expect(took[index]!.took).toBeGreaterThanOrEqual(timeoutMs);
      }
      // the others do not wait for the last one
      expect(ended.at(-1)).toBe(4_000);
      expect(took[0]!.error.shards[0]!.groupSize).toBe(4);
    });

    it('ends after the deadline when the primary itself is frozen and stays so', async () => {
      await writer.write(['SET', key, 'first']);
      const { error, took } = await failing(1, 200, async () => {
        await writer.write(['SET', key, 'second']);
        await cluster.freeze(primary);
      });
      await cluster.resume(primary);
      expect(took).toBeGreaterThanOrEqual(200);
      expect(error.shards).toMatchObject([
        { acknowledged: 0, proof: 'none', applied: 'yes' },
      ]);
    });

    it('serves many scopes with few barriers', async () => {
      const before = await calls('wait');
      const together = allWritten(300);
      const reports = await Promise.all(
        Array.from({ length: 300 }, (_, index) =>
          runInScope({ replicas: count, timeoutMs: PATIENT_MS }, async () => {
            await writer.write(['SET', `${key}:${index}`, 'x']);
            await together();
          }),
        ),
      );
      const groups = (await calls('wait')) - before;
      expect(groups).toBeLessThanOrEqual(30);
      const sizes = reports.map(({ report }) => report.shards[0]!.groupSize);
      expect(Math.max(...sizes)).toBeGreaterThanOrEqual(10);
      expect(writer.barriers.length).toBeLessThanOrEqual(2);
    });

    it('sends nothing for scopes that wrote nothing', async () => {
      const before = await calls('wait');
      const { report } = await runInScope({ replicas: 1, timeoutMs: 100 }, () =>
        writer.connection.send(['GET', key]),
      );
      expect(report.shards).toEqual([]);
      expect(await calls('wait')).toBe(before);
      expect(writer.barriers).toHaveLength(0);
    });

    it('repeats a barrier whose connection was lost', async () => {
      await freeze(replicas);
      const scope = runInScope({ replicas: count, timeoutMs: PATIENT_MS }, () =>
        writer.write(['SET', key, 'kept']),
      );
      await untilBarriers(1);
      await untilBlocked(1);
      writer.barriers[0]!.destroy();
      await untilBarriers(2);
      for (const replica of replicas) await cluster.resume(replica);
      const { report } = await scope;
      expect(report.acknowledged).toBe(count);
    });

    it('is unproven when the primary is killed during WAIT and nobody takes over', async () => {
      await freeze(replicas);
      // as long as it may take until it waits
      const running = failing(1, 6_000, () => writer.write(['SET', key, 'x']));
      await untilBlocked(1);
      await cluster.kill(primary);
      const { error, took } = await running;
      // a successor could have proven it, until the deadline
      expect(took).toBeGreaterThanOrEqual(6_000);
      expect(error.shards).toMatchObject([
        { acknowledged: 0, proof: 'none', applied: 'yes' },
      ]);
      await cluster.restart(primary);
    });

    it('ends at once, unproven, when the primary is killed between write and barrier', async () => {
      const { error, took } = await failing(1, PATIENT_MS, async () => {
        await writer.write(['SET', key, 'x']);
        await cluster.kill(primary);
      });
      // nobody knows how far its history went: long before its deadline
      expect(took).toBeLessThan(10_000);
      expect(error.shards).toMatchObject([
        {
          acknowledged: 0,
          proof: 'none',
          reason: 'the primary refuses connections',
        },
      ]);
      await cluster.restart(primary);
    });

    const set = (name: string, value: string): Promise<unknown> =>
      primary.command('CONFIG', 'SET', name, value);
    const snapshot = () => join(primary.directory, 'dump.rdb');
    const lastSnapshot = async (said: 'ok' | 'err'): Promise<void> => {
      await expect
        .poll(async () => {
          const info = String(await primary.command('INFO', 'persistence'));
          if (info.includes('rdb_bgsave_in_progress:1')) return false;
          if (info.includes(`rdb_last_bgsave_status:${said}`)) return true;
          await primary.command('BGSAVE');
          return false;
        })
        .toBe(true);
    };

    it.each<[string, () => Promise<unknown>, () => Promise<unknown>]>([
      [
        'out of memory (OOM)',
        () => set('maxmemory', '1'),
        () => set('maxmemory', '0'),
      ],
      [
        'too few good replicas (NOREPLICAS)',
        () => set('min-replicas-to-write', '5'),
        () => set('min-replicas-to-write', '0'),
      ],
      [
        'snapshots fail (MISCONF)',
        async () => {
          await set('save', '3600 1');
          await rm(snapshot(), { force: true });
          // nothing can be renamed over it
          await mkdir(join(snapshot(), 'occupied'), { recursive: true });
          await lastSnapshot('err');
        },
        async () => {
          await rm(snapshot(), { recursive: true });
          await lastSnapshot('ok');
          await set('save', '');
        },
      ],
    ])(
      'proves by the replication offset where the marker is refused: %s',
      async (_, refuse, allow) => {
        const { report } = await runInScope(
          { replicas: count, timeoutMs: PATIENT_MS },
          async () => {
            await writer.write(['SET', key, 'x']);
            await refuse();
          },
        ).finally(allow);
        expect(report.shards).toMatchObject([
          { acknowledged: count, proof: 'offset' },
        ]);
        expect(new Set(report.shards[0]!.acknowledgedBy)).toEqual(
          new Set(replicas.map(({ address }) => address)),
        );
      },
    );

    it.each([
      ['the marker', ['-@scripting'], 'offset'],
      ['WAIT', ['-wait'], 'offset'],
      ['INFO and ROLE', ['-@dangerous'], 'wait'],
      ['the marker and INFO', ['-@scripting', '-@dangerous'], 'plainWait'],
    ] as const)(
      'proves as much as it can where the user may not send %s',
      async (_, rights, proof) => {
        await primary.command(
          ...([
            'ACL',
            'SETUSER',
            'app',
            'on',
            '>secret',
            '~*',
            '+@all',
          ] as const),
          ...rights,
        );
        const limited = await ScopedWriter.open(primary, {
          user: ['app', 'secret'],
        });
        try {
          const { report } = await runInScope(
            { replicas: count, timeoutMs: PATIENT_MS },
            () => limited.write(['SET', key, 'x'], limited.limitedConnection),
          );
          expect(report.shards).toMatchObject([{ acknowledged: count, proof }]);
          await freeze(replicas);
          const { error } = await failing(1, 200, () =>
            limited.write(['SET', key, 'y'], limited.limitedConnection),
          );
          expect(error.shards).toMatchObject([{ acknowledged: 0, proof }]);
        } finally {
          limited.close();
          await primary.command('ACL', 'DELUSER', 'app');
        }
      },
    );

    it('waits to the deadline for more replicas than there are', async () => {
      const { error, took } = await failing(count + 1, SOME_MS, () =>
        writer.write(['SET', key, 'x']),
      );
      expect(took).toBeGreaterThanOrEqual(SOME_MS);
      expect(error.shards).toMatchObject([
        { required: count + 1, acknowledged: count },
      ]);
    });

    // one of two frozen
    if (count === 1) return;

    it('lets scopes that require 1 pass while 64 wait for a frozen second replica', async () => {
      const [frozen] = replicas as [LocalRedisNode];
      await freeze([frozen]);
      let settled = 0;
      const waiting = Array.from({ length: 64 }, () =>
        runInScope({ replicas: 2, timeoutMs: PATIENT_MS }, () =>
          writer.write(['SET', key, 'two']),
        ).finally(() => (settled += 1)),
      );
      // one after another: behind any of those that wait, 40 would not come to an end
      for (let turn = 0; turn < 40; turn += 1) {
        await runInScope({ replicas: 1, timeoutMs: PATIENT_MS }, () =>
          writer.write(['SET', key, turn]),
        );
      }
      expect(settled).toBe(0);
      await cluster.resume(frozen);
      for (const { report } of await Promise.all(waiting)) {
        expect(report.acknowledged).toBe(2);
      }
    });

    it('counts the replicas that have the writes also for a scope whose lanes are all blocked', async () => {
      await freeze(replicas.slice(1));
      const blocked: Promise<unknown>[] = [];
      while (blocked.length < 2) {
        blocked.push(
          failing(2, PATIENT_MS, () => writer.write(['SET', key, 'blocked'])),
        );
        await untilBlocked(blocked.length);
      }
      const { error, took } = await failing(2, SOME_MS, () =>
        writer.write(['SET', key, 'behind']),
      );
      expect(error.shards).toMatchObject([
        { acknowledged: 1, proof: 'marker' },
      ]);
      // not when those ahead of it have ended
      expect(took).toBeGreaterThanOrEqual(SOME_MS);
      expect(took).toBeLessThan(30_000);
      await cluster.resume(replicas[1]!);
      await Promise.allSettled(blocked);
    });

    it('counts by offset the replicas that have the writes when the marker is refused and one is frozen', async () => {
      await freeze(replicas.slice(1));
      const { error, took } = await failing(2, SOME_MS, async () => {
        await writer.write(['SET', key, 'x']);
        await primary.command('CONFIG', 'SET', 'maxmemory', '1');
      }).finally(() => primary.command('CONFIG', 'SET', 'maxmemory', '0'));
      expect(error.shards).toMatchObject([
        {
          acknowledged: 1,
          acknowledgedBy: [replicas[0]!.address],
          proof: 'offset',
        },
      ]);
      expect(took).toBeGreaterThanOrEqual(SOME_MS);
    });
  },
);
