import { describe, expect, it, vi } from 'vitest';
import { ConfigurationError } from '../../../lib/errors/configuration-error.js';
import { ReplicationError } from '../../../lib/errors/replication-error.js';
import type { ReplicaRequirement } from '../../../lib/replication/requirement.js';
import { ReplicationScope } from '../../../lib/replication/scope/replication-scope.js';
import { runInScope } from '../../../lib/replication/scope/run-in-scope.js';
import type { WriteRecord } from '../../../lib/replication/writes/shard-writes.js';
import { ScriptedPrimary } from '../../support/scripted-primary.js';

function begin(
  primary: ScriptedPrimary,
  slot = 1,
  key = `key-${slot}`,
): WriteRecord {
  const scope = ReplicationScope.current(primary.client);
  if (scope === undefined) throw new Error('no scope covers the client');
  return scope.began(
    primary.replication,
    slot,
    key,
    primary.replication.identify(primary.writes),
  );
}

async function write(primary: ScriptedPrimary, slot?: number): Promise<void> {
  const record = begin(primary, slot);
  await Promise.resolve();
  record.applied();
}

async function errorOf(promise: Promise<unknown>): Promise<ReplicationError> {
  const error = await promise.then(
    () => expect.fail('no error'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ReplicationError);
  return error as ReplicationError;
}

function healthy(address?: string, client?: object): ScriptedPrimary {
  const primary = new ScriptedPrimary(address, client);
  primary.wait = 1;
  return primary;
}

/** A deadline for tests that hang. */
const LONG = 60_000;

const one = { replicas: 1, timeoutMs: LONG };

/** For scopes that end at their deadline: everything else in them takes less. */
const SOON = 500;
const unproven = { replicas: 1, timeoutMs: SOON };

describe('replication scope', () => {
  it.each([
    [0, 100],
    [-1, 100],
    [1.5, 100],
    [Number.NaN, 100],
    ['most', 100],
    [1, 0],
    [1, -5],
    [1, Number.NaN],
    [1, Infinity],
    [1, 2 ** 31],
  ])(
    'refuses %s replicas within %s ms before the work starts',
    async (replicas, timeoutMs) => {
      const work = vi.fn<() => void>();
      await expect(
        runInScope(
          { replicas: replicas as ReplicaRequirement, timeoutMs },
          work,
        ),
      ).rejects.toBeInstanceOf(ConfigurationError);
      expect(work).not.toHaveBeenCalled();
    },
  );

  it('gives the value of the work and one entry a written shard', async () => {
    const first = healthy('127.0.0.1:7000');
    const second = healthy('127.0.0.1:7001', first.client);
    const { value, report } = await runInScope(one, async () => {
      await write(second, 9);
      await write(first, 5);
      await write(second, 7);
      await write(second, 9);
      return 'value';
    });
    expect(value).toBe('value');
    expect(report.acknowledged).toBe(1);
    expect(report.shards).toMatchObject([
      { node: '127.0.0.1:7001', slots: [7, 9], acknowledged: 1 },
      { node: '127.0.0.1:7000', slots: [5], acknowledged: 1 },
    ]);
    expect(second.calls('WAIT')).toBe(1);
  });

  it("lets the work's error win and waits for nothing", async () => {
    const primary = new ScriptedPrimary();
    const failure = new Error('mine');
    await expect(
      runInScope(one, async () => {
        await write(primary);
        throw failure;
      }),
    ).rejects.toBe(failure);
    expect(primary.connections).toHaveLength(0);
  });

  it('also for work that throws before it returns a promise', async () => {
    const failure = new Error('mine');
    await expect(
      runInScope(one, () => {
        throw failure;
      }),
    ).rejects.toBe(failure);
  });

  it('needs no barrier for a shard that refused every write', async () => {
    const primary = healthy();
    const { report } = await runInScope(one, () => begin(primary).rejected());
    expect(report).toMatchObject({ acknowledged: undefined, shards: [] });
    expect(primary.connections).toHaveLength(0);
  });

  it('counts a redirected write for the shard that executed it only', async () => {
    const source = healthy('127.0.0.1:7000');
    const target = healthy('127.0.0.1:7001', source.client);
    const { report } = await runInScope(one, () => {
      begin(source).rejected();
      begin(target).applied();
    });
    expect(report.shards.map(({ node }) => node)).toEqual(['127.0.0.1:7001']);
  });

  it('rejects at once when the reply to a write was lost, whatever the replicas say', async () => {
    const primary = healthy();
    const error = await errorOf(
      runInScope({ replicas: 1, timeoutMs: LONG }, () => {
        begin(primary, 1).applied();
        begin(primary, 2).unknown();
      }),
    );
    expect(error.shards).toMatchObject([
      { applied: 'unknown', acknowledged: 0, proof: 'none', slots: [1, 2] },
    ]);
  });

  it('waits for a failed script as for a write: it may have written before it failed', async () => {
    const primary = new ScriptedPrimary();
    primary.wait = 0;
    const error = await errorOf(
      runInScope(unproven, () => begin(primary).maybeApplied()),
    );
    expect(error.shards).toMatchObject([{ applied: 'yes', acknowledged: 0 }]);
  });

  it('takes the first verdict on a write only', async () => {
    const primary = healthy();
    const { report } = await runInScope(one, () => {
      const record = begin(primary);
      record.applied();
      record.unknown();
      record.rejected();
    });
    expect(report.acknowledged).toBe(1);
  });

  it('waits for writes that the work did not await, then for the barrier', async () => {
    const primary = healthy();
    let record: WriteRecord | undefined;
    const running = runInScope({ replicas: 1, timeoutMs: LONG }, () => {
      record = begin(primary);
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(primary.connections).toHaveLength(0);
    record!.applied();
    expect((await running).report.acknowledged).toBe(1);
  });

  it('says unknown when such a write is not answered by the deadline', async () => {
    const primary = healthy();
    const start = performance.now();
    const error = await errorOf(
      runInScope(unproven, () => void begin(primary)),
    );
    expect(performance.now() - start).toBeGreaterThanOrEqual(SOON);
    expect(error.shards).toMatchObject([
      { applied: 'unknown', acknowledged: 0, proof: 'none' },
    ]);
  });

  it('is invisible outside, and to clients it does not cover', async () => {
    const primary = healthy();
    const other = healthy();
    const covers = (client: object): boolean => client === primary.client;
    await runInScope({ ...one, covers }, () => {
      expect(ReplicationScope.current(primary.client)).toBeDefined();
      expect(ReplicationScope.current(other.client)).toBeUndefined();
    });
    expect(ReplicationScope.current(primary.client)).toBeUndefined();
  });

  it('keeps concurrent scopes apart', async () => {
    const slots = [11, 22, 33];
    const primary = healthy();
    const reports = await Promise.all(
      slots.map((slot) => runInScope(one, () => write(primary, slot))),
    );
    expect(reports.map(({ report }) => report.shards[0]!.slots)).toEqual([
      [11],
      [22],
      [33],
    ]);
  });

  it.each([
    ['all', 3, 3],
    ['majority', 3, 2],
    ['majority', 2, 2],
    ['majority', 1, 1],
  ] as const)(
    'asks for %s of %i configured replicas: %i',
    async (replicas, configured, required) => {
      const primary = new ScriptedPrimary();
      primary.configured = configured;
      primary.wait = required;
      const { report } = await runInScope({ replicas, timeoutMs: LONG }, () =>
        write(primary),
      );
      expect(report.shards).toMatchObject([{ required }]);
      expect(
        primary.connections[0]!.sent.find(([name]) => name === 'WAIT')?.[1],
      ).toBe(required);
    },
  );

  it("counts 'all' of a member of the cluster too that follows the primary and is not yet listed, and has the topology read", async () => {
    const primary = new ScriptedPrimary();
    primary.wait = 1;
    primary.members.add('127.0.0.1:7002');
    primary.replicas = [{ offset: 1e9 }, { offset: 0 }];
    const error = await errorOf(
      runInScope({ ...unproven, replicas: 'all' }, () => write(primary)),
    );
    expect(error.shards).toMatchObject([
      {
        required: 2,
        acknowledged: 1,
        configured: ['127.0.0.1:7001', '127.0.0.1:7002'],
        proof: 'marker',
      },
    ]);
    expect(primary.doubts).toBeGreaterThan(0);

    primary.replicas = [{ offset: 1e9 }, { offset: 1e9 }];
    const { report } = await runInScope(
      { replicas: 'all', timeoutMs: LONG },
      () => write(primary),
    );
    expect(report.shards).toMatchObject([{ required: 2, acknowledged: 2 }]);
  });

  it("counts 'all' without what follows the primary and is no member of the cluster", async () => {
    const primary = new ScriptedPrimary();
    primary.wait = 1;
    primary.replicas = [{ offset: 1e9 }, { offset: 0 }];
    const { report } = await runInScope(
      { replicas: 'all', timeoutMs: LONG },
      () => write(primary),
    );
    expect(report.shards).toMatchObject([{ required: 1, acknowledged: 1 }]);
    expect(primary.doubts).toBe(0);
  });

  it('proves nothing for all of no replicas', async () => {
    const primary = healthy();
    primary.configured = 0;
    const error = await errorOf(
      runInScope({ replicas: 'all', timeoutMs: LONG }, () => write(primary)),
    );
    expect(error.shards[0]!.reason).toBe(
      'the shard has no replicas configured',
    );
  });

  it('has the topology read again where it gives a shard no replicas: others may not have followed yet', async () => {
    const primary = healthy();
    primary.configured = 0;
    for (let scope = 0; scope < 10; scope += 1) {
      await errorOf(
        runInScope({ replicas: 'all', timeoutMs: LONG }, () => write(primary)),
      );
    }
    // one that stays without any is not asked about by every scope
    expect(primary.doubts).toBeGreaterThan(0);
    expect(primary.doubts).toBeLessThan(10);
  });

  it('can be opened, entered several times and closed by hand', async () => {
    const primary = healthy();
    const scope = new ReplicationScope(one);
    await scope.run(() => write(primary, 1));
    await scope.run(() => write(primary, 2));
    expect((await scope.close()).shards).toMatchObject([{ slots: [1, 2] }]);
    await expect(scope.close()).rejects.toThrow('closed already');
  });
});

describe('nested replication scopes', () => {
  it("waits again for 'all' where the inner scope proved a number only: whether that is all is not known", async () => {
    const primary = healthy();
    primary.members.add('127.0.0.1:7002');
    primary.replicas = [{ offset: 1e9 }, { offset: 0 }];
    const error = await errorOf(
      runInScope({ ...unproven, replicas: 'all' }, () =>
        runInScope(one, () => write(primary, 3)),
      ),
    );
    expect(error.shards).toMatchObject([{ required: 2, acknowledged: 1 }]);
  });

  it('waits once where the inner scope proved enough for the outer one', async () => {
    const primary = healthy();
    const { report } = await runInScope(one, async () => {
      const inner = await runInScope(one, () => write(primary, 3));
      expect(inner.report.acknowledged).toBe(1);
    });
    expect(report.shards).toMatchObject([{ slots: [3], acknowledged: 1 }]);
    expect(primary.calls('WAIT')).toBe(1);
  });

  it('counts what the inner barrier found beyond its own requirement', async () => {
    const primary = healthy();
    primary.wait = 2;
    await runInScope({ replicas: 2, timeoutMs: LONG }, () =>
      runInScope(one, () => write(primary)),
    );
    expect(primary.calls('WAIT')).toBe(1);
  });

  it('waits once for the union of what the inner scopes did not prove for the outer one', async () => {
    const primary = new ScriptedPrimary();
    primary.replies.set('INFO', () => primary.info());
    primary.wait = 1;
    const { report } = await runInScope(
      { replicas: 2, timeoutMs: LONG },
      async () => {
        await runInScope(one, () => write(primary, 4));
        await runInScope(one, () => write(primary, 2));
        await write(primary, 8);
        expect(primary.calls('WAIT')).toBe(2);
        primary.wait = 2;
      },
    );
    expect(report.shards).toMatchObject([
      { slots: [2, 4, 8], acknowledged: 2, required: 2 },
    ]);
    expect(primary.calls('WAIT')).toBe(3);
  });

  it('leaves the writes of a failed inner scope to the outer one', async () => {
    const primary = healthy();
    const { report } = await runInScope(one, () =>
      runInScope(one, async () => {
        await write(primary, 6);
        throw new Error('caught outside');
      }).catch(() => undefined),
    );
    expect(report.shards).toMatchObject([{ slots: [6], acknowledged: 1 }]);
  });

  it('makes the outer scope fail for a write whose inner scope lost its reply', async () => {
    const primary = healthy();
    const error = await errorOf(
      runInScope(one, () =>
        runInScope(one, () => begin(primary).unknown()).catch(() => undefined),
      ),
    );
    expect(error.shards).toMatchObject([{ applied: 'unknown' }]);
  });

  it('hears of a write that was answered only after its inner scope had ended', async () => {
    const primary = healthy();
    let record: WriteRecord | undefined;
    const { report } = await runInScope(
      { replicas: 1, timeoutMs: LONG },
      async () => {
        const error = await errorOf(
          runInScope({ replicas: 1, timeoutMs: 5 }, () => {
            record = begin(primary, 12);
          }),
        );
        expect(error.shards[0]!.applied).toBe('unknown');
        setImmediate(() => record!.applied());
      },
    );
    expect(report.shards).toMatchObject([{ slots: [12], applied: 'yes' }]);
  });

  it('enlists in the innermost scope that covers the client', async () => {
    const mine = healthy('127.0.0.1:7000');
    const other = healthy('127.0.0.1:7001');
    const covers = (client: object): boolean => client === mine.client;
    const { report } = await runInScope(one, async () => {
      const inner = await runInScope({ ...one, covers }, async () => {
        await write(mine, 1);
        await write(other, 2);
      });
      expect(inner.report.shards).toMatchObject([{ slots: [1] }]);
      expect(other.calls('WAIT')).toBe(0);
    });
    expect(report.shards).toMatchObject([{ slots: [1] }, { slots: [2] }]);
  });

  it('passes over an outer scope that does not cover the client', async () => {
    const primary = new ScriptedPrimary();
    await runInScope({ ...one, covers: () => false }, () =>
      errorOf(runInScope(unproven, () => write(primary))),
    );
    expect(primary.calls('WAIT')).toBe(1);
  });
});

describe('writes after their scope has closed', () => {
  it('are warned of once per label, and belong to an outer scope that is still open', async () => {
    const primary = healthy();
    const warn = vi
      .spyOn(process, 'emitWarning')
      .mockImplementation(() => undefined);
    const label = 'OrdersService.place';
    let late: (() => ReplicationScope | undefined) | undefined;
    const begun = async (): Promise<void> => {
      await runInScope({ ...one, label }, async () => {
        const bound = new Promise<void>((resolve) => {
          late = () => {
            resolve();
            return undefined;
          };
        });
        void bound.then(() => {
          found.push(ReplicationScope.current(primary.client));
        });
      });
    };
    const found: (ReplicationScope | undefined)[] = [];
    for (let turn = 0; turn < 2; turn += 1) {
      await begun();
      late!();
      await Promise.resolve();
    }
    expect(found).toEqual([undefined, undefined]);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]![0]).toContain(label);

    const outer = new ReplicationScope(one);
    await outer.run(begun);
    late!();
    await Promise.resolve();
    expect(found[2]).toBe(outer);
    outer.abandon();
    warn.mockRestore();
  });
});
