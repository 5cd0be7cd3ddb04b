import { describe, expect, it, vi } from 'vitest';
import { ConnectionError } from '../../../lib/errors/connection-error.js';
import { ReplyError } from '../../../lib/errors/reply-error.js';
import { ReplicationError } from '../../../lib/errors/replication-error.js';
import type { WriteConnection } from '../../../lib/replication/writes/write-connection.js';
import type { ReplicationReport } from '../../../lib/replication/replication-report.js';
import { ReplicationScope } from '../../../lib/replication/scope/replication-scope.js';
import { runInScope } from '../../../lib/replication/scope/run-in-scope.js';
import { Held, until } from '../../support/scripted-cluster.js';
import { refusal, ScriptedPrimary } from '../../support/scripted-primary.js';

const LONG = 60_000;

function write(
  primary: ScriptedPrimary,
  slot = 1,
  key = 'key',
  connection: WriteConnection = primary.writes,
): void {
  ReplicationScope.current(primary.client)!
    .began(
      primary.replication,
      slot,
      key,
      primary.replication.identify(connection),
    )
    .applied();
}

function scope(
  primary: ScriptedPrimary,
  replicas = 1,
  timeoutMs = LONG,
): Promise<number | ReplicationError> {
  return outcomeOf(
    runInScope({ replicas, timeoutMs }, async () => {
      write(primary);
      await nextTurn(); // the reply of INFO
    }),
  );
}

/** How many replicas are proven to have the writes, or the error. */
async function outcomeOf(
  running: Promise<{ report: ReplicationReport }>,
): Promise<number | ReplicationError> {
  try {
    return (await running).report.acknowledged!;
  } catch (error) {
    if (error instanceof ReplicationError) return error;
    throw error;
  }
}

async function reason(
  outcome: Promise<number | ReplicationError>,
): Promise<string | undefined> {
  const error = await outcome;
  expect(error).toBeInstanceOf(ReplicationError);
  const [shard] = (error as ReplicationError).shards;
  expect(shard).toMatchObject({ acknowledged: 0, proof: 'none' });
  return shard!.reason;
}

/** A connection whose user may not run INFO. */
const hidden = {
  send: () => Promise.reject(new ReplyError('NOPERM no info')),
};

function hiddenScope(
  primary: ScriptedPrimary,
): Promise<number | ReplicationError> {
  return outcomeOf(
    runInScope({ replicas: 1, timeoutMs: LONG }, async () => {
      write(primary, 1, 'key', hidden);
      await nextTurn();
    }),
  );
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function untilWaits(primary: ScriptedPrimary, count: number): Promise<void> {
  return until(() => primary.waits.length === count);
}

describe('the replication id at a write', () => {
  it('is asked for once, on the connection of the write, ahead of it', async () => {
    const primary = new ScriptedPrimary();
    const send = vi.spyOn(primary.writes, 'send');
    const first = primary.replication.identify(primary.writes);
    expect(send.mock.calls).toEqual([[['INFO', 'replication']]]);
    expect(primary.replication.identify(primary.writes)).toBe(first);
    await nextTurn();
    expect(
      primary.replication.identify({ send: vi.fn<() => Promise<never>>() }),
    ).toBe(first);
    expect(send).toHaveBeenCalledTimes(1);
    expect(first.replicationId).toBe(primary.replicationId);
  });

  it('is asked for on a second connection too while the first has not answered: it may be overtaken', () => {
    const primary = new ScriptedPrimary();
    const other = {
      send: vi.fn<() => Promise<never>>(() => new Promise(() => undefined)),
    };
    const first = primary.replication.identify(primary.writes);
    expect(primary.replication.identify(other)).not.toBe(first);
    expect(other.send).toHaveBeenCalledTimes(1);
  });

  it('is asked for again after forget(), and where the last answer was an error', async () => {
    const primary = new ScriptedPrimary();
    const first = primary.replication.identify(primary.writes);
    await nextTurn();
    primary.replication.forget();
    const failing = {
      send: () => Promise.reject(new Error('NOPERM no INFO')),
    };
    const second = primary.replication.identify(failing);
    expect(second).not.toBe(first);
    await nextTurn();
    expect(second.failure).toBe('NOPERM no INFO');
    expect(primary.replication.identify(failing)).not.toBe(second);
  });

  it('is not taken from a node that is a replica: it is its primary that has it', async () => {
    const primary = new ScriptedPrimary();
    primary.role = 'slave';
    expect(await reason(scope(primary))).toContain('not a primary');
    expect(primary.calls('WAIT')).toBe(0);
  });

  it('ends the scope at once where its connection was lost with it', async () => {
    const primary = new ScriptedPrimary();
    const lost = {
      send: () => Promise.reject(new ConnectionError('connection lost')),
    };
    const outcome = outcomeOf(
      runInScope({ replicas: 1, timeoutMs: LONG }, async () => {
        write(primary, 1, 'key', lost);
        await nextTurn();
      }),
    );
    expect(await reason(outcome)).toContain('connection lost');
  });
});

describe('marker barrier', () => {
  it('is one write of marker, ROLE, WAIT, INFO replication and a probe a slot (conformance 85)', async () => {
    const primary = new ScriptedPrimary();
    primary.wait = 1;
    await runInScope({ replicas: 1, timeoutMs: LONG }, async () => {
      write(primary, 5, 'a');
      write(primary, 5, 'b');
      write(primary, 6, 'c');
      write(primary, 5, 'a');
      await nextTurn();
    });
    const [connection] = primary.connections;
    expect(connection!.sent.map(([name]) => name)).toEqual([
      'FUNCTION',
      'ROLE',
      'WAIT',
      'INFO',
      'EXISTS',
      'EXISTS',
    ]);
    expect(connection!.sent.slice(4)).toEqual([
      ['EXISTS', 'a', 'b'],
      ['EXISTS', 'c'],
    ]);
    const [, replicas, timeout] = connection!.sent[2]!;
    expect(replicas).toBe(1);
    expect(timeout).toBeGreaterThan(LONG / 2);
    expect(timeout).toBeLessThanOrEqual(LONG);
  });

  it('proves nothing when the replication id behind it is another, and the next scope works', async () => {
    const primary = new ScriptedPrimary();
    const outcome = scope(primary);
    await untilWaits(primary, 1);
    primary.replies.set('INFO', () => {
      primary.replies.clear();
      primary.replicationId = 'b'.repeat(40);
      return primary.info();
    });
    // INFO was answered already: lose the connection, so that it is asked again
    primary.connections[0]!.destroy();
    await untilWaits(primary, 2);
    primary.waits[1]!.answer(1);
    expect(await reason(outcome)).toContain('replication id changed');
    primary.wait = 1;
    expect(await scope(primary)).toBe(1);
  });

  it('proves nothing for writes in two histories, and does not ask', async () => {
    const primary = new ScriptedPrimary();
    const outcome = outcomeOf(
      runInScope({ replicas: 1, timeoutMs: LONG }, async () => {
        write(primary);
        await nextTurn();
        primary.replicationId = 'b'.repeat(40);
        primary.replication.forget();
        write(primary);
        await nextTurn();
      }),
    );
    expect(await reason(outcome)).toContain('between two writes');
    expect(primary.connections).toHaveLength(0);
  });

  it.each([
    ['MOVED 1 127.0.0.1:7001', 'has moved'],
    ['ASK 1 127.0.0.1:7001', 'is moving'],
    ['TRYAGAIN multiple keys', 'is moving'],
    ['CLUSTERDOWN the cluster is down', 'CLUSTERDOWN'],
    ['NOPERM no permissions', 'NOPERM'],
  ])('proves nothing where a probe says %s', async (words, expected) => {
    const primary = new ScriptedPrimary();
    primary.wait = 1;
    primary.replies.set('EXISTS', () => refusal(words));
    expect(await reason(scope(primary))).toContain(expected);
  });

  it('fails only the scopes that wrote the slot that has moved', async () => {
    const primary = new ScriptedPrimary();
    primary.wait = 1;
    primary.replies.set('EXISTS', ([, key]) =>
      key === 'gone' ? refusal('MOVED 2 127.0.0.1:7001') : 1,
    );
    const [kept, gone] = await Promise.allSettled(
      [
        [1, 'kept'],
        [2, 'gone'],
      ].map(([slot, key]) =>
        runInScope({ replicas: 1, timeoutMs: LONG }, async () => {
          write(primary, slot as number, key as string);
          await nextTurn();
        }),
      ),
    );
    expect(kept!.status).toBe('fulfilled');
    expect(gone!.status).toBe('rejected');
    expect(primary.calls('WAIT')).toBe(1);
  });
});

describe('where the marker is refused', () => {
  const REFUSALS = [
    ['OOM command not allowed'],
    ['NOREPLICAS Not enough good replicas to write.'],
    ['MISCONF Errors writing to the AOF file'],
    ['NOPERM this user has no permissions'],
    ["ERR unknown command 'FUNCTION'"],
  ];

  it.each(REFUSALS)(
    'proves the writes by the replication offset: %s',
    async (words) => {
      const primary = new ScriptedPrimary();
      primary.replicas = [{ offset: 1_000 }];
      primary.replies.set('FUNCTION', () => refusal(words));
      const { report } = await runInScope(
        { replicas: 1, timeoutMs: LONG },
        async () => {
          write(primary);
          await nextTurn();
        },
      );
      expect(report.shards).toMatchObject([
        {
          proof: 'offset',
          acknowledged: 1,
          acknowledgedBy: ['127.0.0.1:7001'],
          groupSize: 1,
        },
      ]);
      // once refused, the marker is left out for a while
      expect(await scope(primary)).toBe(1);
      expect(primary.calls('FUNCTION')).toBe(1);
    },
  );

  it('does not count a replica that is behind the writes, and has the primary ask them', async () => {
    const primary = new ScriptedPrimary();
    primary.replies.set('FUNCTION', () => refusal('OOM no'));
    primary.replicas = [{ offset: 999 }];
    const outcome = scope(primary);
    await until(() => primary.waits.some(({ args }) => args[1] === 999));
    // the stream goes on; what counts is the offset behind the writes
    primary.offset = 5_000;
    primary.replicas = [{ offset: 1_000 }];
    expect(await outcome).toBe(1);
  });

  it('tells at the deadline who has the writes by then', async () => {
    const primary = new ScriptedPrimary();
    primary.replies.set('FUNCTION', () => refusal('OOM no'));
    primary.replicas = [{ offset: 1_000 }, { offset: 999 }];
    const error = (await scope(primary, 2, 40)) as ReplicationError;
    expect(error.shards).toMatchObject([
      {
        acknowledged: 1,
        acknowledgedBy: ['127.0.0.1:7001'],
        proof: 'offset',
        applied: 'yes',
      },
    ]);
  });

  it('proves by offset also where WAIT is refused', async () => {
    const primary = new ScriptedPrimary();
    primary.replicas = [{ offset: 1_000 }];
    const outcome = scope(primary);
    await untilWaits(primary, 1);
    primary.waits[0]!.answer(refusal('NOPERM no wait'));
    expect(await outcome).toBe(1);
  });

  it('proves nothing where INFO is refused as well, and a write rode on a connection that is not shared', async () => {
    const primary = new ScriptedPrimary();
    primary.replies.set('FUNCTION', () => refusal('NOPERM no marker'));
    primary.replies.set('INFO', () => refusal('NOPERM no info'));
    expect(await reason(hiddenScope(primary))).toContain(
      'a connection of its own',
    );
  });

  it('falls back at once, not when the WAIT behind the marker has expired', async () => {
    const primary = new ScriptedPrimary();
    primary.replies.set('FUNCTION', () => refusal('NOPERM no marker'));
    primary.replicas = [{ offset: 1_000 }];
    // the scripted WAIT is never answered
    expect(await scope(primary)).toBe(1);
    expect(primary.connections[0]!.usable).toBe(false);
  });
});

describe('where INFO is refused', () => {
  it('proves by the marker and says what that does not exclude', async () => {
    const primary = new ScriptedPrimary();
    primary.wait = 1;
    primary.replies.set('INFO', () => refusal('NOPERM no info'));
    const { report } = await runInScope(
      { replicas: 1, timeoutMs: LONG },
      async () => {
        primary.replication.identify(hidden);
        write(primary, 1, 'key', hidden);
        await nextTurn();
      },
    );
    expect(report.shards).toMatchObject([
      { proof: 'wait', acknowledged: 1, applied: 'yes' },
    ]);
    expect(report.shards[0]!.uncovered).toContain('failover and failback');
    expect(report.shards[0]!.uncovered).toContain('NOPERM no info');
  });

  it('still looks whether the slots are served', async () => {
    const primary = new ScriptedPrimary();
    primary.wait = 1;
    primary.replies.set('INFO', () => refusal('NOPERM no info'));
    primary.replies.set('EXISTS', () => refusal('MOVED 1 127.0.0.1:7001'));
    expect(await reason(hiddenScope(primary))).toContain('has moved');
    // who owns it is known without another command that meets it
    expect(primary.redirects).toEqual(['MOVED 1 127.0.0.1:7001']);
  });
});

/** A write on a primary that is demoted before its barrier. */
async function demotion(
  demoted: ScriptedPrimary,
  timeoutMs = LONG,
): Promise<{ report: ReplicationReport }> {
  return runInScope({ replicas: 1, timeoutMs }, async () => {
    write(demoted);
    await nextTurn();
    demoted.role = 'slave';
    demoted.replies.set('FUNCTION', () => refusal('READONLY a replica'));
    demoted.wait = 0;
  });
}

describe('a primary that is demoted behind the writes', () => {
  const OLD = 'a'.repeat(40);
  const NEW = 'b'.repeat(40);

  function promoted(secondOffset: number): ScriptedPrimary {
    const primary = new ScriptedPrimary('127.0.0.1:7009');
    primary.wait = 1;
    primary.replicationId = NEW;
    primary.former = { id: OLD, secondOffset };
    return primary;
  }

  it('is proven by the one that took over from behind them', async () => {
    const old = new ScriptedPrimary();
    const successor = promoted(1_001);
    old.successor = successor.replication;
    const outcome = demotion(old);
    old.former = { id: OLD, secondOffset: 1_001 };
    const { report } = await outcome;
    expect(report.shards).toMatchObject([
      {
        node: old.address,
        proof: 'takeover',
        takenOverBy: successor.address,
        acknowledged: 1,
        applied: 'yes',
      },
    ]);
  });

  it('is not, where that one took over before them', async () => {
    const old = new ScriptedPrimary();
    old.successor = promoted(1_000).replication;
    const outcome = demotion(old);
    old.former = { id: OLD, secondOffset: 1_001 };
    expect(await reason(outcomeOf(outcome))).toContain('took over without it');
  });

  it('is not, where that one continues another history', async () => {
    const old = new ScriptedPrimary();
    const successor = promoted(1_001);
    successor.former = { id: 'd'.repeat(40), secondOffset: 9_000 };
    old.successor = successor.replication;
    const outcome = demotion(old);
    old.former = { id: OLD, secondOffset: 1_001 };
    expect(await reason(outcomeOf(outcome))).toContain(
      'does not continue its history',
    );
  });

  it('is not, where it took the data of the new one over its own', async () => {
    const old = new ScriptedPrimary();
    const outcome = demotion(old);
    old.replicationId = OLD;
    await nextTurn();
    old.replicationId = NEW;
    expect(await reason(outcomeOf(outcome))).toBe(
      'the primary was demoted after a write',
    );
  });

  it('is waited for until its deadline while nobody owns its slots', async () => {
    const old = new ScriptedPrimary();
    const outcome = demotion(old, 80);
    old.former = { id: OLD, secondOffset: 1_001 };
    expect(await reason(outcomeOf(outcome))).toContain('demoted');
    expect(old.doubts).toBeGreaterThan(0);
  });
});

describe('group commit', () => {
  it('takes all scopes of a turn into one group, and lets the next gather while two are under way', async () => {
    const primary = new ScriptedPrimary();
    const outcomes: Promise<number | ReplicationError>[] = [];
    const join = async (count: number, waits: number): Promise<void> => {
      for (let i = 0; i < count; i += 1) outcomes.push(scope(primary));
      await untilWaits(primary, waits);
    };
    await join(10, 1);
    await join(10, 2);
    for (let i = 0; i < 10; i += 1) outcomes.push(scope(primary));
    await nextTurn();
    await nextTurn();
    await nextTurn();
    expect(primary.waits).toHaveLength(2);
    primary.waits[0]!.answer(1);
    await untilWaits(primary, 3);
    primary.waits[1]!.answer(1);
    primary.waits[2]!.answer(1);
    expect(await Promise.all(outcomes)).toEqual(
      Array.from({ length: 30 }, () => 1),
    );
    expect(primary.connections).toHaveLength(2);
  });

  it('never lets one requirement hold another up', async () => {
    const primary = new ScriptedPrimary();
    const two = [scope(primary, 2)];
    await untilWaits(primary, 1);
    two.push(scope(primary, 2));
    await untilWaits(primary, 2);
    const three = scope(primary, 1);
    await untilWaits(primary, 3);
    primary.waits[2]!.answer(1);
    expect(await three).toBe(1);
    primary.waits[0]!.answer(2);
    primary.waits[1]!.answer(2);
    expect(await Promise.all(two)).toEqual([2, 2]);
  });

  it('does not hold anybody up for a scope whose barriers do not tell enough', async () => {
    const primary = new ScriptedPrimary();
    primary.wait = 2;
    // the second one is no node of the cluster
    primary.replicas = [{ offset: 1_000 }, { offset: 1_000 }];
    const two = scope(primary, 2, 10_000);
    await until(() => primary.calls('WAIT') >= 2);
    for (let turn = 0; turn < 50; turn += 1) {
      expect(await scope(primary, 1)).toBe(1);
    }
    expect(primary.doubts).toBeGreaterThan(0);
    // it was new, and is listed by now
    primary.configured = 2;
    expect(await two).toBe(2);
  });

  it('keeps connections for other requirements, whatever waits: for disks as well', async () => {
    const primary = new ScriptedPrimary();
    const waiting: Promise<unknown>[] = [];
    for (const required of [2, 3, 4]) {
      for (let group = 0; group < 2; group += 1) {
        waiting.push(scope(primary, required));
        await nextTurn();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    await untilWaits(primary, 5);
    const one = scope(primary, 1);
    await untilWaits(primary, 6);
    primary.waits[5]!.answer(1);
    expect(await one).toBe(1);
    primary.replication.close();
    await Promise.all(waiting);
  });

  it('uses at most eight connections for barriers, whatever is required', async () => {
    const primary = new ScriptedPrimary();
    const outcomes = [];
    for (let required = 1; required <= 12; required += 1) {
      outcomes.push(scope(primary, required));
    }
    await untilWaits(primary, 8);
    for (let i = 0; i < 12; i += 1) {
      await untilWaits(primary, Math.min(12, i + 8));
      primary.waits[i]!.answer(primary.waits[i]!.args[1]);
    }
    await Promise.all(outcomes);
    expect(primary.connections).toHaveLength(8);
  });

  it('does not keep the context of the scope that happened to open a connection', async () => {
    const primary = new ScriptedPrimary();
    primary.wait = 1;
    let seen: unknown = 'not opened';
    primary.open = () => {
      seen = ReplicationScope.current(primary.client);
      return primary.connect();
    };
    const outer = new ReplicationScope({ replicas: 1, timeoutMs: LONG });
    await outer.run(() => scope(primary));
    outer.abandon();
    expect(seen).toBeUndefined();
  });
});

/** A scope whose process stood still when its grace was over; what it asks is asked once the connection is open. */
async function missedGrace(): Promise<{
  outcome: Promise<number | ReplicationError>;
  open: () => void;
}> {
  const primary = new ScriptedPrimary();
  primary.replicas = [{ offset: 1_000 }];
  const held = new Held();
  primary.open = () => {
    // the first is the one on which the barrier waits
    primary.open = () => held.released.then(() => primary.connect());
    return primary.connect();
  };
  let settled = false;
  const outcome = scope(primary, 1, 60).finally(() => (settled = true));
  while (primary.waits.length === 0) await nextTurn();
  vi.advanceTimersByTime(60);
  await nextTurn();
  // the timer of the grace comes late
  vi.advanceTimersByTime(400);
  await nextTurn();
  expect(settled).toBe(false);
  return { outcome, open: held.release };
}

describe('the deadline of a scope', () => {
  it('counts by offset while WAIT still blocks: only online replicas that are far enough', async () => {
    const primary = new ScriptedPrimary();
    primary.configured = 4;
    primary.replicas = [
      { offset: 999 },
      { offset: 1_000 },
      { offset: 2_000 },
      { offset: 5_000, state: 'wait_bgsave' },
    ];
    const start = performance.now();
    const outcome = await scope(primary, 3, 30);
    expect(performance.now() - start).toBeGreaterThanOrEqual(30);
    expect(outcome).toMatchObject({
      acknowledged: 2,
      shards: [{ proof: 'marker', acknowledged: 2 }],
    });
  });

  it('is success when the count at that moment is enough after all', async () => {
    const primary = new ScriptedPrimary();
    primary.replicas = [{ offset: 1_000 }];
    expect(await scope(primary, 1, 30)).toBe(1);
  });

  it('ends within the grace when nothing answers', async () => {
    const primary = new ScriptedPrimary();
    primary.open = () => new Promise(() => undefined);
    const start = performance.now();
    expect(await reason(scope(primary, 1, 50))).toBe(
      'the primary did not answer in time',
    );
    const took = performance.now() - start;
    expect(took).toBeGreaterThanOrEqual(50);
  });

  it('gives the primary its grace anew where this process has missed it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const { outcome, open } = await missedGrace();
      open();
      expect(await outcome).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('gives it no third one', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const { outcome } = await missedGrace();
      vi.advanceTimersByTime(400);
      expect(await reason(outcome)).toBe('the primary did not answer in time');
    } finally {
      vi.useRealTimers();
    }
  });

  it('finds the connection for the count open, where the scope has waited for long', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const primary = new ScriptedPrimary();
      const outcome = scope(primary, 1, 1_000);
      while (primary.waits.length === 0) await nextTurn();
      vi.advanceTimersByTime(940);
      await nextTurn();
      expect(primary.connections).toHaveLength(1);
      vi.advanceTimersByTime(20);
      await nextTurn();
      expect(primary.connections).toHaveLength(2);
      // nothing is asked before the deadline
      expect(primary.connections[1]!.sent).toEqual([]);
      vi.advanceTimersByTime(40);
      expect(await outcome).toMatchObject({ acknowledged: 0 });
      expect(primary.connections).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it('keeps a count that WAIT gave a little early until then', async () => {
    // of the last 5 ms a busy machine leaves nothing
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const primary = new ScriptedPrimary();
      let settled = false;
      const outcome = scope(primary, 2, 60).finally(() => (settled = true));
      while (primary.waits.length === 0) await nextTurn();
      vi.advanceTimersByTime(57);
      primary.waits[0]!.answer(1);
      await nextTurn();
      expect(settled).toBe(false);
      vi.advanceTimersByTime(3);
      expect(await outcome).toMatchObject({ acknowledged: 1 });
      expect(primary.calls('INFO')).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is not cut short by a WAIT that somebody unblocked: the barrier is sent again', async () => {
    const primary = new ScriptedPrimary();
    const outcome = scope(primary, 1, 5_000);
    await untilWaits(primary, 1);
    primary.waits[0]!.answer(0);
    await untilWaits(primary, 2);
    primary.waits[1]!.answer(1);
    expect(await outcome).toBe(1);
    expect(primary.calls('FUNCTION')).toBe(2);
  });
});

describe('barrier connections', () => {
  it('are opened again after a failure that proves nothing, until the deadline', async () => {
    const primary = new ScriptedPrimary();
    primary.wait = 1;
    let failures = 0;
    primary.open = () => {
      failures += 1;
      if (failures > 2) return primary.connect();
      return Promise.reject(new ConnectionError('timed out'));
    };
    expect(await scope(primary)).toBe(1);
    expect(failures).toBe(3);
  });

  it('end the scope at once where they are refused: the process is gone', async () => {
    const primary = new ScriptedPrimary();
    primary.open = () =>
      Promise.reject(
        new ConnectionError('not connected', {
          cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
        }),
      );
    expect(await reason(scope(primary))).toBe(
      'the primary refuses connections',
    );
  });

  it('are destroyed by close(), which ends every scope', async () => {
    const primary = new ScriptedPrimary();
    const outcome = scope(primary);
    await untilWaits(primary, 1);
    primary.replication.close();
    expect(await reason(outcome)).toBe(
      'the connections to the primary were closed',
    );
    expect(primary.connections.every(({ usable }) => !usable)).toBe(true);
    expect(await reason(scope(primary))).toBe(
      'the connections to the primary were closed',
    );
  });
});
