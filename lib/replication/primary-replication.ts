import type {
  BarrierConnection,
  PrimaryAccess,
  WriteConnection,
} from './barrier-connection.js';
import { BarrierChoice } from './barrier-choice.js';
import { type BarrierGoal, goalKey } from './barrier-goal.js';
import { BarrierGroup } from './barrier-group.js';
import { BarrierLanes } from './barrier-lanes.js';
import type { BarrierReading, Refusal } from './barrier-reading.js';
import type { BarrierRequest } from './barrier-request.js';
import { DeadlineTimer } from './deadline-timer.js';
import { DeadlineWatch } from './deadline-watch.js';
import { LoneBarrier, type Speculation } from './lone-barrier.js';
import { ReplicationIdentity } from './replication-identity.js';
import { inRootContext } from './root-context.js';
import type { WriteRecord } from './shard-writes.js';
import { Succession } from './succession.js';

/**
 * Groups under way at once for one requirement. A third would prove nothing
 * sooner: acknowledgement is monotone in the offset, so whatever serves a later
 * marker serves the earlier ones first.
 */
const GROUPS_PER_REQUIREMENT = 2;

/**
 * How long the next group is held back while one is under way. A barrier that
 * finds its replicas awake is over by then, and the next serves twice as many.
 */
const HOLD_MS = 2;

/** How long a barrier that went along with its write may keep the scope from another. */
const SPARE_MS = 5;

/** How long after its last deadline a silent barrier connection is given up. */
const STUCK_AFTER_MS = 1_000;

/** Between attempts where connections cannot be opened or do not last. */
const PAUSE_MS = 50;

/** A count that comes so shortly before the deadline is kept for it; earlier, the barrier is repeated. */
const KEEP_COUNT_MS = 5;

/** The scopes with the same goal. */
interface Requirement {
  readonly key: number | string;
  readonly goal: BarrierGoal;
  gathering: BarrierRequest[];
  underWay: number;
  /** When the last barrier began. */
  begunAt: number;
  /** Whether a connection is being opened for those who gather. */
  opening: boolean;
}

/**
 * The replication of one primary: under which history its writes run, and the
 * barriers that find out how many replicas have them.
 *
 * Barriers are committed in groups. All requests of one turn of the event loop
 * with the same requirement share one barrier; while two are under way, the
 * next group gathers. Different requirements ride on different connections, so
 * a replica that is frozen delays only those who need it.
 *
 * @internal
 */
export class PrimaryReplication {
  readonly #lanes: BarrierLanes;
  readonly #choice: BarrierChoice;
  readonly #succession: Succession;
  readonly #requirements = new Map<number | string, Requirement>();
  readonly #underWay: BarrierGroup[] = [];
  readonly #deadlines: DeadlineWatch;
  readonly #stuck = new DeadlineTimer(() => this.#giveUpStuck());
  readonly #lone: LoneBarrier;
  /** Ends the wait for a barrier that went along with its write. */
  #spared: (() => void) | undefined;
  readonly #spare = new DeadlineTimer(() => this.#spared?.());
  readonly #hold = new DeadlineTimer(() => this.#flush());
  #identity: ReplicationIdentity | undefined;
  #scheduled = false;
  #pause: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(private readonly access: PrimaryAccess) {
    this.#choice = new BarrierChoice(access);
    this.#succession = new Succession(access);
    this.#lanes = new BarrierLanes(access);
    this.#deadlines = new DeadlineWatch(access);
    this.#lone = new LoneBarrier(this.#lanes, this.#choice, this.#flush);
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
    for (const { connection } of this.#underWay) connection.destroy();
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
    this.#deadlines.add(request);
    this.#gather(request);
  }

  /**
   * A write of a scope has just been pushed on a connection that carried
   * nothing else: if nobody waits for a barrier either, one goes along.
   */
  wroteAlone(
    record: WriteRecord,
    replicas: number,
    connection: WriteConnection,
  ): void {
    if (this.#underWay.length === 0 && !this.#scheduled && !this.#closed) {
      this.#lone.begin(record, replicas, connection);
    }
  }

  /** {@link acknowledge} for a scope whose only write has a barrier under way: it is given a moment. */
  acknowledgeSoon(request: BarrierRequest, speculation: Speculation): void {
    if (this.#closed) {
      request.notProven('the connections to the primary were closed');
      return;
    }
    this.#deadlines.add(request);
    let given = true;
    const goOn = (): void => {
      if (given && request.outcome === undefined) this.#gather(request);
      given = false;
    };
    speculation.whenKnown((outcome) => {
      if (outcome === undefined) {
        goOn();
      } else if (request.outcome === undefined) {
        request.groupSize = 1;
        request.settle(outcome);
      }
    });
    if (request.outcome !== undefined || !given) return;
    this.#spared = goOn;
    this.#spare.watch(performance.now() + SPARE_MS);
  }

  /** Resolves when no scope waits for a barrier of this primary. */
  whenIdle(): Promise<void> {
    return this.#deadlines.whenIdle();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#pause);
    this.#succession.close();
    this.#choice.close();
    this.#stuck.stop();
    this.#hold.stop();
    this.#spare.stop();
    this.#lanes.close();
    this.#deadlines.close();
  }

  #gather(request: BarrierRequest): void {
    request.group = undefined;
    const { goal } = request;
    const key = goalKey(goal, request.deadline - request.startedAt);
    let requirement = this.#requirements.get(key);
    if (requirement === undefined) {
      requirement = {
        key,
        goal,
        gathering: [],
        underWay: 0,
        begunAt: -Infinity,
        opening: false,
      };
      this.#requirements.set(key, requirement);
    }
    requirement.gathering.push(request);
    if (this.#scheduled) return;
    this.#scheduled = true;
    // after the poll phase: by then every scope that the replies just read let go has joined
    inRootContext(() => setImmediate(this.#flush));
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    if (this.#pause !== undefined) return;
    for (const requirement of this.#requirements.values()) {
      this.#begin(requirement);
    }
  };

  #begin(requirement: Requirement): void {
    const { gathering } = requirement;
    if (gathering.length === 0) return;
    const { underWay, begunAt } = requirement;
    if (underWay >= GROUPS_PER_REQUIREMENT) return;
    if (!this.#lanes.free || this.#closed) return;
    if (underWay > 0 && performance.now() - begunAt < HOLD_MS) {
      this.#hold.watch(begunAt + HOLD_MS);
      return;
    }
    const connection = this.#lanes.take();
    if (connection !== undefined) void this.#run(requirement, connection);
    else if (!requirement.opening) this.#open(requirement);
  }

  #open(requirement: Requirement): void {
    requirement.opening = true;
    this.#lanes.open().then(
      (connection) => {
        requirement.opening = false;
        return this.#run(requirement, connection);
      },
      (error: unknown) => {
        requirement.opening = false;
        this.#openFailed(requirement, error);
      },
    );
  }

  #openFailed(requirement: Requirement, error: unknown): void {
    if (isRefused(error)) {
      // nothing listens there: the process that executed the writes is gone
      const gone = requirement.gathering;
      requirement.gathering = [];
      for (const request of gone) this.#succession.gone(request);
      return;
    }
    this.#rest();
  }

  /** Begins no barrier for a while: the last one did not come far. */
  #rest(): void {
    this.#pause ??= inRootContext(() =>
      setTimeout(() => {
        this.#pause = undefined;
        this.#flush();
      }, PAUSE_MS),
    );
  }

  /** One barrier, from the requests gathered so far to the connection's return. */
  async #run(
    requirement: Requirement,
    connection: BarrierConnection,
  ): Promise<void> {
    requirement.underWay += 1;
    requirement.begunAt = performance.now();
    const requests = requirement.gathering.filter(
      (request) => request.outcome === undefined,
    );
    requirement.gathering = [];
    if (requests.length > 0) {
      const barrier = this.#choice.barrierFor(requirement.goal);
      const { goal } = requirement;
      const group = new BarrierGroup(requests, goal, connection, barrier.by);
      this.#underWay.push(group);
      this.#stuck.watch(
        Math.min(group.deadline, performance.now()) + STUCK_AFTER_MS,
      );
      try {
        this.#read(group, await barrier.ask(group));
      } catch {
        connection.destroy();
        this.#repeat(group);
      }
      this.#underWay.splice(this.#underWay.indexOf(group), 1);
    }
    requirement.underWay -= 1;
    if (typeof requirement.key === 'string') this.#dropIfUnused(requirement);
    this.#lanes.release(connection);
    this.#flush();
  }

  /** Goals of persistence are as many as timeouts: unlike numbers of replicas, they have no bound. */
  #dropIfUnused({ key, gathering, underWay, opening }: Requirement): void {
    if (gathering.length === 0 && underWay === 0 && !opening) {
      this.#requirements.delete(key);
    }
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
          this.#again(request);
        }
      } else if (next === 'other') this.#gather(request);
      else if (next === 'again') this.#again(request);
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
      request.settle(outcome);
    } else if (request.deadline - now < KEEP_COUNT_MS) {
      request.counted = outcome;
    } else {
      // WAIT came back early: somebody unblocked it, or it counted a replica that is not meant
      this.#again(request);
    }
  }

  /** The id that INFO just showed is good for every write from now on. */
  #learn(reading: BarrierReading): void {
    const { info } = reading;
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
      else if (now < request.deadline) this.#again(request);
      else request.notProven('the connection was lost during the barrier');
    }
  }

  #again(request: BarrierRequest): void {
    request.repeated += 1;
    if (request.repeated > 1) this.#rest();
    this.#gather(request);
  }

  #giveUpStuck(): void {
    const now = performance.now();
    for (const group of this.#underWay) {
      const stuckAt = group.deadline + STUCK_AFTER_MS;
      if (now >= stuckAt) {
        group.connection.destroy();
        continue;
      }
      // some servers keep WAIT blocked when they are demoted (Valkey 9.1)
      this.access.doubt();
      this.#stuck.watch(Math.min(stuckAt, now + STUCK_AFTER_MS));
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
      return `the server refused the marker and INFO: ${error.message}`;
  }
}

function isRefused(error: unknown): boolean {
  for (
    let at: any = error, depth = 0;
    at !== null && at !== undefined && depth < 8;
    at = at.cause, depth += 1
  ) {
    if (at.code === 'ECONNREFUSED') return true;
  }
  return false;
}
