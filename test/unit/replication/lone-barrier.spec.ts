import { describe, expect, it } from 'vitest';
import type { Companion } from '../../../lib/connection/companion.js';
import type { ReplicationReport } from '../../../lib/replication/replication-report.js';
import { ReplicationScope } from '../../../lib/replication/scope/replication-scope.js';
import { runInScope } from '../../../lib/replication/scope/run-in-scope.js';
import type { WriteRecord } from '../../../lib/replication/writes/shard-writes.js';
import type { AccompaniedConnection } from '../../../lib/replication/barrier/accompanied-connection.js';
import { until } from '../../support/scripted-cluster.js';
import {
  refusal,
  ScriptedConnection,
  ScriptedPrimary,
} from '../../support/scripted-primary.js';

const LONG = 60_000;

/** The connection of the writes: a write is pushed, leaves, and is answered. */
class Writes implements AccompaniedConnection {
  load = 0;
  companion: Companion | undefined;
  readsNoMore = false;
  readonly barriers: ScriptedConnection;

  constructor(primary: ScriptedPrimary) {
    this.barriers = new ScriptedConnection(primary);
  }

  accompany(companion: Companion | undefined): void {
    this.companion = companion;
  }

  exchange: AccompaniedConnection['exchange'] = (commands, replied) =>
    this.barriers.exchange(commands, replied);

  readNoMore(): void {
    this.readsNoMore = true;
  }

  /** Something is pushed, and leaves. */
  push(): void {
    this.load += 1;
    this.companion?.writing();
  }

  sent(name: string): number {
    return this.barriers.sent.filter(([word]) => word === name).length;
  }
}

function began(primary: ScriptedPrimary): WriteRecord {
  return ReplicationScope.current(primary.client)!.began(
    primary.replication,
    1,
    'key',
    primary.replication.identify(primary.writes),
  );
}

/** A write on the connection, whose reply comes in the next turn. */
function write(
  primary: ScriptedPrimary,
  alone?: Writes,
  replicates = false,
): void {
  const record = began(primary);
  if (alone !== undefined) {
    const lone = { record, replicas: 1, connection: alone, replicates };
    primary.replication.wroteAlone(lone);
    alone.push();
  }
  setImmediate(() => {
    if (alone !== undefined) alone.load -= 1;
    record.applied();
  });
}

function scope(work: () => void): Promise<ReplicationReport> {
  return runInScope({ replicas: 1, timeoutMs: LONG }, async () => {
    work();
    await new Promise((resolve) => setImmediate(resolve));
  }).then(({ report }) => report);
}

/** A primary with a barrier connection that is open and idle, as after the first scope. */
async function warm(): Promise<[ScriptedPrimary, Writes]> {
  const primary = new ScriptedPrimary();
  primary.wait = 1;
  primary.replicas = [{ offset: 1_000 }];
  await scope(() => write(primary));
  return [primary, new Writes(primary)];
}

/** How many chances are let pass. */
async function passed(primary: ScriptedPrimary, writes: Writes) {
  const before = writes.sent('WAIT');
  for (let count = 0; ; count += 1) {
    await scope(() => write(primary, writes));
    if (writes.sent('WAIT') > before) return count;
  }
}

describe('a barrier that goes along with a lone write', () => {
  it('proves it without another: one round trip, on the connection of the write', async () => {
    const [primary, writes] = await warm();
    const before = primary.calls('WAIT');
    const report = await scope(() => write(primary, writes));
    expect(report.shards).toMatchObject([
      { acknowledged: 1, proof: 'marker', groupSize: 1, slots: [1] },
    ]);
    expect(writes.sent('WAIT')).toBe(1);
    expect(primary.calls('WAIT')).toBe(before);
    expect(primary.connections).toHaveLength(1);
    expect(writes.companion).toBeUndefined();
    // and so does the next
    await scope(() => write(primary, writes));
    expect(writes.sent('WAIT')).toBe(2);
  });

  it('has no marker where the write is one itself, and no ROLE in any case', async () => {
    const [primary, writes] = await warm();
    const report = await scope(() => write(primary, writes, true));
    expect(writes.barriers.sent.map(([word]) => word)).toEqual([
      'WAIT',
      'INFO',
      'EXISTS',
    ]);
    expect(report.shards).toMatchObject([{ acknowledged: 1, proof: 'marker' }]);
    await scope(() => write(primary, writes));
    expect(writes.sent('FUNCTION')).toBe(1);
    expect(writes.sent('ROLE')).toBe(0);
  });

  it('names the replicas that WAIT counted: those that have come furthest', async () => {
    const [primary, writes] = await warm();
    primary.configured = 3;
    primary.replicas = [{ offset: 90 }, { offset: 120 }, { offset: 100 }];
    primary.wait = 2;
    const report = await scope(() => write(primary, writes, true));
    expect(report.shards[0]!.acknowledgedBy).toEqual([
      '127.0.0.1:7002',
      '127.0.0.1:7003',
    ]);
  });

  it('is not sent where the write does not leave alone', async () => {
    const [primary, writes] = await warm();
    await scope(() => {
      writes.load = 1;
      write(primary, writes);
    });
    expect(writes.sent('WAIT')).toBe(0);
  });

  it('is not sent where the scope writes again before the write leaves', async () => {
    const [primary, writes] = await warm();
    await scope(() => {
      const record = began(primary);
      primary.replication.wroteAlone({
        record,
        replicas: 1,
        connection: writes,
        replicates: false,
      });
      expect(writes.companion).toBeDefined();
      write(primary);
      writes.push();
      record.applied();
      expect(writes.companion).toBeUndefined();
    });
    expect(writes.sent('WAIT')).toBe(0);
  });

  it('proves nothing for a scope that goes on after its write: the primary may have been demoted since', async () => {
    const [primary, writes] = await warm();
    const before = primary.calls('WAIT');
    await runInScope({ replicas: 1, timeoutMs: LONG }, async () => {
      write(primary, writes);
      // one turn behind the reply, however little time that is
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    });
    expect(writes.sent('WAIT')).toBe(1);
    expect(primary.calls('WAIT')).toBe(before + 1);
  });

  it('is of no use to a scope that writes again', async () => {
    const [primary, writes] = await warm();
    const before = primary.calls('WAIT');
    await scope(() => {
      write(primary, writes);
      write(primary);
    });
    expect(writes.sent('WAIT')).toBe(1);
    expect(primary.calls('WAIT')).toBe(before + 1);
    // a few chances are let pass
    expect(await passed(primary, writes)).toBe(8);
  });

  it('keeps its scope from an ordinary one for a moment only', async () => {
    const [primary, writes] = await warm();
    primary.wait = undefined;
    const running = scope(() => write(primary, writes));
    await until(() => primary.waits.length === 2);
    primary.waits[1]!.answer(1);
    expect((await running).acknowledged).toBe(1);
  });

  it('proves nothing where the replication id behind it is another', async () => {
    const [primary, writes] = await warm();
    const running = scope(() => {
      primary.replicationId = 'b'.repeat(40);
      write(primary, writes);
    });
    await expect(running).rejects.toMatchObject({ code: 'REPLICATION' });
  });

  it('lets 64 chances pass when somebody else came, and has the server end nothing', async () => {
    const [primary, writes] = await warm();
    primary.wait = undefined;
    const running = scope(() => {
      write(primary, writes);
      writes.push();
    });
    await until(() => primary.waits.length === 1);
    primary.waits[0]!.answer(0);
    await until(() => primary.waits.length === 2);
    primary.waits[1]!.answer(1);
    expect((await running).acknowledged).toBe(1);
    // whom it met there may be a write that a pause holds back: unblocked, that one ends an old server
    expect(writes.sent('CLIENT') + primary.calls('CLIENT')).toBe(0);

    writes.load = 0;
    primary.wait = 1;
    expect(await passed(primary, writes)).toBe(64);
  });

  it('has an idle server look at its timeouts when somebody else waits', async () => {
    const [primary, writes] = await warm();
    primary.wait = undefined;
    const running = scope(() => {
      write(primary, writes);
      writes.push();
    });
    await until(() => writes.sent('PING') === 1);
    primary.waits[0]!.answer(0);
    await until(() => primary.waits.length === 2);
    primary.waits[1]!.answer(1);
    await running;
    expect(writes.companion).toBeUndefined();
    expect(writes.sent('PING')).toBe(1);
  });

  it('leaves its scope to an ordinary one when its connection is lost', async () => {
    const [primary, writes] = await warm();
    primary.wait = undefined;
    const running = scope(() => write(primary, writes));
    await until(() => primary.waits.length === 1);
    writes.barriers.destroy();
    await until(() => primary.waits.length === 2);
    primary.waits[1]!.answer(1);
    expect((await running).acknowledged).toBe(1);
  });

  it('knows that a demoted primary runs nothing that is behind its WAIT', async () => {
    const [primary, writes] = await warm();
    primary.replies.set('FUNCTION', () => {
      primary.wait = undefined;
      return 'OK';
    });
    const running = scope(() => write(primary, writes));
    await until(() => primary.waits.length === 1);
    primary.replies.delete('FUNCTION');
    primary.wait = 1;
    primary.waits[0]!.answer(
      refusal('UNBLOCKED force unblock from blocking operation'),
    );
    await running;
    expect(writes.readsNoMore).toBe(true);
  });
});
