import type { WriteRecord } from '../writes/shard-writes.js';
import type { WriteConnection } from '../writes/write-connection.js';
import type { AccompaniedConnection } from './accompanied-connection.js';
import { BarrierChoice } from './barrier-choice.js';
import type { BarrierGroup } from './barrier-group.js';
import { BarrierLanes } from './barrier-lanes.js';
import type { BarrierReading, Refusal } from './barrier-reading.js';
import type { BarrierRequest } from './barrier-request.js';
import { BarrierSchedule } from './barrier-schedule.js';
import { DeadlineWatch } from './deadline-watch.js';
import { RidingBarriers } from './riding-barriers.js';
import { ReplicationIdentity } from '../writes/replication-identity.js';
import { Succession } from './succession.js';
import type { PrimaryAccess, SlotOwner } from './primary-access.js';

/** A count that comes so shortly before the deadline is kept for it; earlier, the barrier is repeated. */
const KEEP_COUNT_MS = 5;

/** A shard that has no replicas may stay so: the topology is read for it this often at most. */
const LACK_MS = 1_000;

/**
 * The replication of one primary: under which history its writes run, and the
 * barriers that find out how many replicas have them.
 *
 * When a barrier begins is the schedule's business; what its reply means for
 * each scope is decided here.
 *
 * @internal
 */
export class PrimaryReplication implements SlotOwner {
  readonly #lanes: BarrierLanes;
  readonly #choice: BarrierChoice;
  readonly #schedule: BarrierSchedule;
  readonly #succession: Succession;
  readonly #deadlines: DeadlineWatch;
  readonly #riding: RidingBarriers;
  #identity: ReplicationIdentity | undefined;
  #lackToldAt = -Infinity;
  #closed = false;

  constructor(private readonly access: PrimaryAccess) {
    this.#choice = new BarrierChoice(access);
    this.#succession = new Succession(access);
    this.#lanes = new BarrierLanes(access);
    this.#deadlines = new DeadlineWatch(access);
    this.#schedule = new BarrierSchedule(access, this.#lanes, this.#choice, {
      read: (group, reading) => this.#read(group, reading),
      lost: (group) => this.#repeat(group),
      gone: (requests) => {
        for (const request of requests) this.#succession.gone(request);
      },
    });
    this.#riding = new RidingBarriers(
      this.#choice,
      {
        expectedWrites: () => this.#schedule.expectedWrites,
        proves: (request, reading, now) => this.#proves(request, reading, now),
        unproven: (request) => {
          if (request.outcome === undefined) this.#schedule.gather(request);
        },
      },
      access.rides,
    );
  }

  /** Where the primary listens, as `host:port`. */
  get node(): string {
    return this.access.address;
  }

  /** The client whose primary this is. */
  get client(): object {
    return this.access.client;
  }

  /** The replicas that the topology lists for the shard (`host:port`), failed ones included. */
  get configuredReplicas(): readonly string[] {
    return this.access.configuredReplicas();
  }

  /** Whether the topology has a node with this `host:port`, in whatever role. */
  isMember(address: string): boolean {
    return this.access.isMember(address);
  }

  /** The topology lacks replicas that the primary has. */
  doubt(): void {
    this.access.doubt();
  }

  /**
   * The topology gives it no replicas. It may have been read right behind a
   * takeover, when the others did not follow yet: it is read again.
   */
  lacksReplicas(): void {
    const now = performance.now();
    if (now < this.#lackToldAt + LACK_MS) return;
    this.#lackToldAt = now;
    this.access.doubt();
  }

  /**
   * The history in which a write runs that is handed to this connection next.
   * Where it is not known, asks for it there and then, directly ahead of the
   * write: 5 us of the server, once per connection loss or topology change.
   */
  identify(connection: WriteConnection): ReplicationIdentity {
    if (!this.#identity?.precedes(connection)) {
      this.#identity = ReplicationIdentity.ask(connection);
    }
    return this.#identity;
  }

  /** The topology changed or a connection was lost: the next write learns its history anew. */
  forget(): void {
    this.#identity = undefined;
  }

  /** The node serves no slots any more: barriers that its demotion does not end begin anew. */
  lostSlots(): void {
    this.forget();
    this.#schedule.interrupt();
    this.#lanes.rest();
  }

  /** The node serves slots again. */
  gotSlots(): void {
    this.#lanes.wake();
  }

  /** Joins the next barrier. The request is settled in any case, at its deadline at the latest. */
  acknowledge(request: BarrierRequest): void {
    if (this.#closed) {
      request.notProven('the connections to the primary were closed');
      return;
    }
    const conflict = request.writes.conflict;
    if (conflict !== undefined) {
      request.notProven(conflict);
      return;
    }
    const waits = !this.#riding.join(request);
    if (request.outcome !== undefined) return;
    this.#deadlines.add(request);
    if (waits) this.#schedule.gather(request);
  }

  /** A scoped write is under way that is answered in a moment. */
  expectWrite(): void {
    this.#schedule.expectWrite();
  }

  /** One of {@link expectWrite} has ended. */
  expectedWriteEnded(): void {
    this.#schedule.expectedWriteEnded();
  }

  /** A write of a scope has just been pushed on the connection of everybody's commands: its barrier may go along. */
  wrote(
    record: WriteRecord,
    replicas: number,
    connection: AccompaniedConnection,
    replicates: boolean,
  ): void {
    if (this.#closed) return;
    this.#riding.offer(record, replicas, connection, replicates);
  }

  /** Resolves when no scope waits for a barrier of this primary. */
  whenIdle(): Promise<void> {
    return this.#deadlines.whenIdle();
  }

  close(): void {
    this.#closed = true;
    this.#schedule.close();
    this.#succession.close();
    this.#choice.close();
    this.#riding.close();
    this.#lanes.close();
    this.#deadlines.close();
  }

  #read(group: BarrierGroup, reading: BarrierReading): void {
    this.#learn(reading);
    const { refusal } = reading;
    const next =
      refusal === undefined || reading.demoted
        ? undefined
        : this.#choice.refused(refusal, group.goal);
    const now = performance.now();
    for (const request of group.requests) {
      if (request.outcome !== undefined) continue;
      if (reading.demoted) {
        if (this.#succession.demoted(request, reading.info)) {
          this.#schedule.again(request);
        }
      } else if (next === 'other') this.#schedule.gather(request);
      else if (next === 'again') this.#schedule.again(request);
      else if (next === 'none') request.notProven(refusedBy(refusal!));
      else this.#settle(request, reading, now);
    }
  }

  #settle(request: BarrierRequest, reading: BarrierReading, now: number): void {
    const doubt = reading.doubt(request);
    if (doubt !== undefined) {
      if (!this.#succession.replaced(request, reading.info)) {
        request.notProven(doubt);
      }
      return;
    }
    request.owedBy(reading.unlisted(request));
    let outcome = reading.outcome(request);
    if (request.takeover !== undefined) {
      outcome = { ...outcome, takenOverBy: this.node };
    }
    if (request.isMetBy(outcome) || now >= request.deadline) {
      request.settle(outcome, now);
    } else if (request.deadline - now < KEEP_COUNT_MS) {
      request.counted = outcome;
    } else {
      // WAIT came back early: somebody unblocked it, or it counted a replica that is not meant
      const { length: named } = outcome.acknowledgedBy() ?? [];
      // unless that one is new
      if (named >= request.goal.replicas) this.access.doubt();
      this.#schedule.again(request);
    }
  }

  /** Whether a barrier that rode along proves what a scope waits for: then it is settled. */
  #proves(
    request: BarrierRequest,
    reading: BarrierReading,
    now: number,
  ): boolean {
    if (reading.doubt(request) !== undefined) return false;
    const outcome = reading.outcome(request);
    if (!request.isMetBy(outcome)) return false;
    request.settle(outcome, now);
    return true;
  }

  /**
   * The id that INFO just showed is good for every write from now on, and a
   * redirect names the owner before the topology does: where all callers wait
   * for their barriers, nobody else meets one.
   */
  #learn(reading: BarrierReading): void {
    const { info, moved } = reading;
    if (moved !== undefined) this.access.redirected(moved);
    if (typeof info === 'string') return;
    if (!info.primary) this.#identity = undefined;
    else if (this.#identity?.replicationId !== info.replicationId) {
      this.#identity = ReplicationIdentity.known(info.replicationId);
    }
  }

  /** A barrier changes nothing: it may be sent again while the deadline lasts. */
  #repeat(group: BarrierGroup): void {
    this.forget();
    const now = performance.now();
    for (const request of group.requests) {
      if (request.outcome !== undefined) continue;
      request.offset ??= group.offset;
      if (this.#closed)
        request.notProven('the connections to the primary were closed');
      else if (now < request.deadline) this.#schedule.again(request);
      else request.notProven('the connection was lost during the barrier');
    }
  }
}

function refusedBy({ what, error }: Refusal): string {
  switch (what) {
    case 'marker':
      return `the server refused the marker: ${error.message}`;
    case 'wait':
      return `the server refused WAITAOF: ${error.message}`;
    default:
      return `the server refused the marker, INFO and WAIT: ${error.message}`;
  }
}
