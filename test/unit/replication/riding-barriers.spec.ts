import { describe, expect, it } from 'vitest';
import type { Companion } from '../../../lib/connection/companion.js';
import { ReplicationError } from '../../../lib/errors/replication-error.js';
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

/** The connection of everybody's commands: they are pushed, leave, and are answered. */
class Writes implements AccompaniedConnection {
  unsent = 0;
  inFlight = 0;
  #sent = 0;
  #answered = 0;
  readonly #waiting: [upTo: number, resolve: () => void][] = [];
  companion: Companion | undefined;
  readsNoMore = false;
  readonly barriers: ScriptedConnection;

  constructor(primary: ScriptedPrimary) {
    this.barriers = new ScriptedConnection(primary);
  }

  get load(): number {
    return this.unsent + this.inFlight;
  }

  accompany(companion: Companion | undefined): void {
    this.companion = companion;
  }

  /** Replies come in order: these behind those of the writes ahead. */
  exchange: AccompaniedConnection['exchange'] = (commands, listener) => {
    this.#write();
    const ahead = this.#sent;
    const early: [reply: unknown, index: number][] = [];
    let isTurn = false;
    this.barriers
      .exchange(commands, (reply, index) => {
        if (isTurn) listener.replied(reply, index);
        else early.push([reply, index]);
      })
      .catch((error: Error) => listener.lost(error));
    void this.#allAnswered(ahead).then(() => {
      isTurn = true;
      for (const [reply, index] of early) listener.replied(reply, index);
    });
  };

  readNoMore(): void {
    this.readsNoMore = true;
  }

  flushNow(): void {
    this.flushSoon();
  }

  flushSoon(): void {
    if (this.unsent === 0) return;
    if (this.companion?.writing() !== false) this.#write();
  }

  /** A write has its reply. */
  answer(record: WriteRecord): void {
    this.#replied(() => record.applied());
  }

  /** A write has an error for a reply. */
  refuse(record: WriteRecord): void {
    this.#replied(() => record.rejected());
  }

  #replied(settle: () => void): void {
    this.inFlight -= 1;
    this.#answered += 1;
    settle();
    for (const [upTo, resolve] of this.#waiting) {
      if (upTo <= this.#answered) resolve();
    }
  }

  /** Somebody else's command. */
  push(): void {
    this.unsent += 1;
    this.flushSoon();
  }

  sent(name: string): number {
    return this.barriers.sent.filter(([word]) => word === name).length;
  }

  #allAnswered(upTo: number): Promise<void> {
    if (upTo <= this.#answered) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push([upTo, resolve]));
  }

  #write(): void {
    this.#sent += this.unsent;
    this.inFlight += this.unsent;
    this.unsent = 0;
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

/** A write is pushed, and leaves when the connection is flushed. */
function pushed(
  primary: ScriptedPrimary,
  writes: Writes,
  { replicates = false, replicas = 1 } = {},
): WriteRecord {
  const record = began(primary);
  writes.unsent += 1;
  record.expected();
  primary.replication.wrote(record, replicas, writes, replicates);
  return record;
}

/** A write that leaves at once, and is answered in the next turn. */
function write(
  primary: ScriptedPrimary,
  alone?: Writes,
  replicates = false,
): void {
  const record =
    alone === undefined
      ? began(primary)
      : pushed(primary, alone, { replicates });
  alone?.flushSoon();
  setImmediate(() => {
    if (alone === undefined) record.applied();
    else alone.answer(record);
  });
}

function scope(work: () => void, replicas = 1): Promise<ReplicationReport> {
  return runInScope({ replicas, timeoutMs: LONG }, async () => {
    work();
    await nextTurn();
  }).then(({ report }) => report);
}

/** End the work of scopes. */
const ends = new WeakMap<WriteRecord, () => void>();

/** Scopes that end in the turn in which the test answers their writes. */
function scopes(
  count: number,
  primary: ScriptedPrimary,
  writes: Writes,
): { records: WriteRecord[]; ended: Promise<ReplicationReport[]> } {
  const records: WriteRecord[] = [];
  const ended = Array.from({ length: count }, () =>
    runInScope({ replicas: 1, timeoutMs: LONG }, () => {
      const record = pushed(primary, writes);
      records.push(record);
      return new Promise<void>((resolve) => {
        ends.set(record, resolve);
      });
    }).then(({ report }) => report),
  );
  return { records, ended: Promise.all(ended) };
}

/** {@link scopes} whose barrier waits for the replicas. */
async function underWay(
  count: number,
  primary: ScriptedPrimary,
  writes: Writes,
): Promise<ReturnType<typeof scopes>> {
  primary.wait = undefined;
  const begun = scopes(count, primary, writes);
  writes.flushSoon();
  await until(() => primary.waits.length === 1);
  return begun;
}

function answer(writes: Writes, records: WriteRecord[]): void {
  for (const record of records) {
    writes.answer(record);
    ends.get(record)?.();
  }
}

const nextTurn = (): Promise<void> =>
  new Promise((resolve) => setImmediate(resolve));

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

describe('a barrier that goes along with writes', () => {
  it('proves one without another: one round trip, on the connection of the write', async () => {
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

  it('has no marker where the write is one itself, and no ROLE', async () => {
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

  it('is not sent where somebody else is on the connection', async () => {
    const [primary, writes] = await warm();
    await scope(() => {
      writes.inFlight = 1;
      write(primary, writes);
    });
    await scope(() => {
      writes.inFlight = 0;
      writes.unsent = 1;
      write(primary, writes);
    });
    expect(writes.sent('WAIT')).toBe(0);
  });

  it('waits for another look at the sockets where others are under way, and takes along who comes then', async () => {
    const [primary, writes] = await warm();
    primary.rides.count = 1;
    const first = scopes(1, primary, writes);
    writes.flushSoon();
    expect(writes.unsent).toBe(1);
    const second = scopes(1, primary, writes);
    await until(() => writes.sent('EXISTS') === 1);
    answer(writes, [...first.records, ...second.records]);
    const reports = await Promise.all([first.ended, second.ended]);
    for (const { shards } of reports.flat()) {
      expect(shards).toMatchObject([{ proof: 'marker', groupSize: 2 }]);
    }
    expect(primary.rides.count).toBe(1);
  });

  it('that waits for a look leaves at once when somebody else comes', async () => {
    const [primary, writes] = await warm();
    primary.rides.count = 1;
    const { records, ended } = scopes(1, primary, writes);
    writes.flushSoon();
    writes.push();
    expect(writes.unsent).toBe(0);
    answer(writes, records);
    await ended;
    expect(writes.sent('WAIT')).toBe(0);
  });

  it('that waits for a look leaves when its primary is closed, and on another connection waits anew', async () => {
    const [primary, writes] = await warm();
    primary.rides.count = 1;
    const first = scopes(1, primary, writes);
    writes.flushSoon();
    expect(writes.unsent).toBe(1);
    // its connection hands it back
    for (const record of first.records) {
      record.rejected();
      ends.get(record)?.();
    }
    await first.ended;
    const other = new Writes(primary);
    const second = scopes(1, primary, other);
    other.flushSoon();
    expect(other.unsent).toBe(1);
    await until(() => other.sent('EXISTS') === 1);
    answer(other, second.records);
    await second.ended;

    const third = scopes(1, primary, other);
    const refused = third.ended.catch((error: unknown) => error);
    other.flushSoon();
    expect(other.unsent).toBe(1);
    primary.replication.close();
    expect(other.unsent).toBe(0);
    answer(other, third.records);
    expect(await refused).toBeInstanceOf(ReplicationError);
    await nextTurn();
    expect(other.sent('WAIT')).toBe(1);
  });

  it('waits for no look where the chance is let pass', async () => {
    const [primary, writes] = await warm();
    const crowded = await underWay(1, primary, writes);
    writes.push();
    answer(writes, crowded.records);
    primary.waits[0]!.answer(1);
    await crowded.ended;
    // it is judged when its turn is over
    await nextTurn();
    writes.inFlight = 0;

    primary.rides.count = 1;
    const { records, ended } = scopes(1, primary, writes);
    writes.flushSoon();
    expect(writes.unsent).toBe(0);
    primary.wait = 1;
    answer(writes, records);
    await ended;
  });

  it('counts as under way until it is over, also where its connection has no room for it', async () => {
    const [primary, writes] = await warm();
    const { records, ended } = await underWay(1, primary, writes);
    expect(primary.rides.count).toBe(1);
    answer(writes, records);
    primary.waits[0]!.answer(1);
    await ended;
    expect(primary.rides.count).toBe(0);

    const { exchange } = writes;
    writes.exchange = (_, listener) => {
      writes.exchange = exchange;
      // an end that comes twice is one
      listener.lost(new Error('full'));
      listener.lost(new Error('closed'));
      writes.flushSoon();
    };
    primary.wait = 1;
    await scope(() => write(primary, writes));
    expect(primary.rides.count).toBe(0);
    // and neither hinders another
    expect(await passed(primary, writes)).toBeGreaterThan(0);
  });

  it('answers for all that leave together, with a marker behind the last', async () => {
    const [primary, writes] = await warm();
    const before = primary.calls('WAIT');
    const { records, ended } = scopes(5, primary, writes);
    writes.flushSoon();
    expect(writes.unsent).toBe(0);
    await until(() => writes.sent('EXISTS') === 1);
    answer(writes, records);
    for (const { shards } of await ended) {
      expect(shards).toMatchObject([
        { acknowledged: 1, proof: 'marker', groupSize: 5, slots: [1] },
      ]);
    }
    expect(writes.barriers.sent.map(([word]) => word)).toEqual([
      'FUNCTION',
      'ROLE',
      'WAIT',
      'INFO',
      'EXISTS',
    ]);
    expect(primary.calls('WAIT')).toBe(before);
    expect(writes.companion).toBeUndefined();
  });

  it('has no marker where the last of many is one, and proves nothing where that one failed', async () => {
    const [primary, writes] = await warm();
    const before = primary.calls('WAIT');
    const round = (failing: boolean): Promise<unknown> => {
      const { records, ended } = scopes(2, primary, writes);
      const last = scope(() => {
        const record = pushed(primary, writes, { replicates: true });
        writes.flushSoon();
        setImmediate(() => {
          answer(writes, records);
          if (failing) writes.refuse(record);
          else writes.answer(record);
        });
      });
      return Promise.all([ended, last]);
    };
    await round(false);
    expect(writes.sent('WAIT')).toBe(1);
    expect(writes.sent('FUNCTION')).toBe(0);
    expect(primary.calls('WAIT')).toBe(before);
    await round(true);
    expect(writes.sent('WAIT')).toBe(2);
    expect(primary.calls('WAIT')).toBe(before + 1);
  });

  it('answers for several writes of a scope that leave together', async () => {
    const [primary, writes] = await warm();
    const before = primary.calls('WAIT');
    await scope(() => {
      const records = [pushed(primary, writes), pushed(primary, writes)];
      writes.flushSoon();
      setImmediate(() => answer(writes, records));
    });
    expect(writes.sent('WAIT')).toBe(1);
    expect(primary.calls('WAIT')).toBe(before);
  });

  it('is not sent where they do not require the same', async () => {
    const [primary, writes] = await warm();
    primary.wait = 2;
    primary.configured = 2;
    primary.replicas = [{ offset: 1_000 }, { offset: 1_000 }];
    let other: WriteRecord;
    const ended = scope(() => {
      other = pushed(primary, writes, { replicas: 2 });
    }, 2);
    await scope(() => write(primary, writes));
    answer(writes, [other!]);
    await ended;
    expect(writes.sent('WAIT')).toBe(0);
  });

  it('has those that come meanwhile wait, and go with the next', async () => {
    const [primary, writes] = await warm();
    const first = await underWay(2, primary, writes);
    const second = scopes(3, primary, writes);
    writes.flushSoon();
    expect(writes.unsent).toBe(3);
    answer(writes, first.records);
    primary.waits[0]!.answer(1);
    await first.ended;
    writes.flushSoon();
    expect(writes.unsent).toBe(0);
    await until(() => primary.waits.length === 2);
    answer(writes, second.records);
    primary.waits[1]!.answer(1);
    const reports = await second.ended;
    expect(reports[0]!.shards).toMatchObject([{ groupSize: 3 }]);
    expect(primary.calls('WAIT')).toBe(1);
  });

  it('has nobody wait where somebody else comes', async () => {
    const [primary, writes] = await warm();
    const first = await underWay(1, primary, writes);
    const second = scopes(1, primary, writes);
    writes.flushSoon();
    expect(writes.unsent).toBe(1);
    writes.push();
    expect(writes.unsent).toBe(0);
    answer(writes, [...first.records, ...second.records]);
    primary.waits[0]!.answer(1);
    await first.ended;
    await until(() => primary.waits.length === 2);
    primary.waits[1]!.answer(1);
    await second.ended;
  });

  it('has nobody wait when its time is up', async () => {
    const [primary, writes] = await warm();
    const first = await underWay(1, primary, writes);
    const second = scopes(1, primary, writes);
    writes.flushSoon();
    expect(writes.unsent).toBe(1);
    await until(() => writes.unsent === 0);
    expect(primary.rides.count).toBe(0);
    // whoever comes now does not wait either, and wakes an idle server
    const third = scopes(1, primary, writes);
    writes.flushSoon();
    expect(writes.unsent).toBe(0);
    await until(() => writes.sent('PING') === 1);
    primary.wait = 1;
    primary.waits[0]!.answer(0);
    answer(writes, [...first.records, ...second.records, ...third.records]);
    await Promise.all([first.ended, second.ended, third.ended]);
    expect(primary.rides.count).toBe(0);
  });

  it('has nobody wait for what was held back and is taken back', async () => {
    const [primary, writes] = await warm();
    const first = await underWay(1, primary, writes);
    let takenBack: WriteRecord;
    const second = scope(() => {
      takenBack = pushed(primary, writes);
      writes.flushSoon();
      expect(writes.unsent).toBe(1);
      writes.unsent = 0;
      takenBack.rejected();
      // as many as are held back, but another
      writes.push();
      expect(writes.unsent).toBe(0);
    });
    await second;
    answer(writes, first.records);
    primary.waits[0]!.answer(1);
    await first.ended;
  });

  it('is given up when another connection takes the place of its own', async () => {
    const [primary, writes] = await warm();
    const first = await underWay(1, primary, writes);
    answer(writes, first.records);
    await Promise.resolve();
    const other = new Writes(primary);
    const second = scope(() => write(primary, other));
    expect(writes.companion).toBeUndefined();
    // an ordinary one for the first, and one on the other connection
    await until(() => primary.waits.length === 3);
    for (const wait of primary.waits.slice(1)) wait.answer(1);
    await first.ended;
    await second;
    primary.waits[0]!.answer(1);
    await nextTurn();
    expect(primary.rides.count).toBe(0);
  });

  it('of many gives the offset by which a takeover proves them', async () => {
    const [primary, writes] = await warm();
    const { records, ended } = await underWay(2, primary, writes);
    answer(writes, records);
    const refused = Object.assign(new Error('refused'), {
      code: 'ECONNREFUSED',
    });
    primary.open = () => Promise.reject(refused);
    for (const connection of primary.connections) connection.destroy();
    const successor = new ScriptedPrimary('127.0.0.1:7009');
    successor.wait = 1;
    successor.replicationId = 'b'.repeat(40);
    successor.former = { id: primary.replicationId, secondOffset: 1_001 };
    primary.successor = successor.replication;
    writes.barriers.destroy();
    for (const { shards } of await ended) {
      expect(shards).toMatchObject([
        { proof: 'takeover', takenOverBy: successor.address },
      ]);
    }
  });

  it('counts by the turn in which the reply of the very write was read', async () => {
    const [primary, writes] = await warm();
    primary.wait = undefined;
    let lateRecord: WriteRecord;
    let endLate: () => void;
    const late = runInScope({ replicas: 1, timeoutMs: LONG }, () => {
      lateRecord = pushed(primary, writes);
      return new Promise<void>((resolve) => (endLate = resolve));
    });
    const second = scopes(1, primary, writes);
    writes.flushSoon();
    await until(() => primary.waits.length === 1);
    primary.waits[0]!.answer(1);
    answer(writes, [lateRecord!]);
    await nextTurn();
    await nextTurn();
    // it ends in a turn in which another of the ride is answered
    answer(writes, second.records);
    endLate!();
    await second.ended;
    await until(() => primary.waits.length === 2);
    primary.waits[1]!.answer(1);
    const { report } = await late;
    expect(report.shards).toMatchObject([{ acknowledged: 1, groupSize: 1 }]);
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

    writes.inFlight = 0;
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
    // one may come before the server's time is up
    await until(() => writes.sent('PING') === 3);
    primary.waits[0]!.answer(0);
    await until(() => primary.waits.length === 2);
    primary.waits[1]!.answer(1);
    await running;
    await nextTurn();
    expect(writes.companion).toBeUndefined();
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
    expect(primary.rides.count).toBe(0);
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
      refusal(
        'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
      ),
    );
    await running;
    expect(writes.readsNoMore).toBe(true);
  });
});
