import { afterEach, describe, expect, it, vi } from 'vitest';
import type { WriteConnection } from '../../../lib/replication/writes/write-connection.js';
import type { ReplicationReport } from '../../../lib/replication/replication-report.js';
import { ReplicationScope } from '../../../lib/replication/scope/replication-scope.js';
import { runInScope } from '../../../lib/replication/scope/run-in-scope.js';
import { until } from '../../support/scripted-cluster.js';
import { ScriptedPrimary } from '../../support/scripted-primary.js';

const LONG = 60_000;

function write(
  primary: ScriptedPrimary,
  alone: WriteConnection | undefined,
): void {
  const record = ReplicationScope.current(primary.client)!.began(
    primary.replication,
    1,
    'key',
    primary.replication.identify(primary.writes),
  );
  if (alone !== undefined) primary.replication.wroteAlone(record, 1, alone);
  setImmediate(() => record.applied());
}

function scope(work: () => void): Promise<ReplicationReport> {
  return runInScope({ replicas: 1, timeoutMs: LONG }, async () => {
    work();
    await new Promise((resolve) => setImmediate(resolve));
  }).then(({ report }) => report);
}

/** A primary with a barrier connection that is open and idle, as after the first scope. */
async function warm(): Promise<ScriptedPrimary> {
  const primary = new ScriptedPrimary();
  primary.wait = 1;
  primary.replicas = [{ offset: 1_000 }];
  await scope(() => write(primary, undefined));
  return primary;
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a barrier that goes along with a lone write', () => {
  it('proves it without another: one round trip', async () => {
    // it counts while its answer is half a millisecond old at most: on a busy machine that is over at once
    vi.useFakeTimers({ toFake: ['performance'] });
    const primary = await warm();
    const before = primary.calls('WAIT');
    const report = await scope(() => write(primary, primary.writes));
    expect(report.shards).toMatchObject([
      { acknowledged: 1, proof: 'marker', groupSize: 1, slots: [1] },
    ]);
    expect(primary.calls('WAIT')).toBe(before + 1);
    expect(primary.connections).toHaveLength(1);
  });

  it('proves nothing where its marker came before the write: an ordinary one follows', async () => {
    const primary = await warm();
    const before = primary.calls('WAIT');
    const overtaken = {
      send: async () => ['master', primary.offset + 1, []],
    };
    const report = await scope(() => write(primary, overtaken));
    expect(report.acknowledged).toBe(1);
    expect(primary.calls('WAIT')).toBe(before + 2);
    // and a few chances are let pass
    await scope(() => write(primary, primary.writes));
    expect(primary.calls('WAIT')).toBe(before + 3);
  });

  it('proves nothing where a write came between its marker and the offset behind that: WAIT counts up to the marker', async () => {
    const primary = await warm();
    const before = primary.calls('WAIT');
    // the barrier's ROLE shows 1,000, and no replica has acknowledged so much
    primary.replicas = [{ offset: 999 }];
    const report = await scope(() => write(primary, primary.writes));
    expect(report.acknowledged).toBe(1);
    expect(primary.calls('WAIT')).toBe(before + 2);
  });

  it('proves nothing where the offset behind the write is not known', async () => {
    const primary = await warm();
    const before = primary.calls('WAIT');
    const silent = { send: () => Promise.reject(new Error('NOPERM')) };
    const report = await scope(() => write(primary, silent));
    expect(report.acknowledged).toBe(1);
    expect(primary.calls('WAIT')).toBe(before + 2);
  });

  it('proves nothing for a scope that goes on after its write: the primary may have been demoted since', async () => {
    const primary = await warm();
    const before = primary.calls('WAIT');
    await runInScope({ replicas: 1, timeoutMs: LONG }, async () => {
      write(primary, primary.writes);
      await new Promise((resolve) => setTimeout(resolve, 20));
    });
    expect(primary.calls('WAIT')).toBe(before + 2);
  });

  it('is of no use to a scope that writes again', async () => {
    const primary = await warm();
    const before = primary.calls('WAIT');
    await scope(() => {
      write(primary, primary.writes);
      write(primary, undefined);
    });
    expect(primary.calls('WAIT')).toBe(before + 2);
  });

  it('keeps its scope from an ordinary one for a moment only', async () => {
    const primary = await warm();
    primary.wait = undefined;
    const running = scope(() => write(primary, primary.writes));
    await until(() => primary.waits.length === 2);
    primary.waits[1]!.answer(1);
    expect((await running).acknowledged).toBe(1);
  });

  it('proves nothing where the replication id behind it is another', async () => {
    const primary = await warm();
    const running = scope(() => {
      write(primary, primary.writes);
      primary.replicationId = 'b'.repeat(40);
    });
    await expect(running).rejects.toMatchObject({ code: 'REPLICATION' });
  });
});
