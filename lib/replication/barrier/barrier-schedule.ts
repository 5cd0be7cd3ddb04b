import type { BarrierConnection } from './barrier-connection.js';
import type { BarrierChoice } from './barrier-choice.js';
import { type BarrierGoal, goalKey } from './barrier-goal.js';
import { BarrierGroup } from './barrier-group.js';
import type { BarrierLanes } from './barrier-lanes.js';
import type { BarrierReading } from './barrier-reading.js';
import type { BarrierRequest } from './barrier-request.js';
import { DeadlineTimer } from './deadline-timer.js';
import { inRootContext } from '../root-context.js';
import type { PrimaryAccess } from './primary-access.js';

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

/** How long it is held back for scopes whose writes are under way: a group costs as much as twenty to thirty scopes. */
const HOLD_FOR_WRITES_MS = 1;

/** So many connections are kept for requirements that have no group under way. */
const KEPT_FOR_OTHERS = 3;

/** Groups under way that wait for disks: these differ by timeout as well, and could take every connection. */
const GROUPS_FOR_DISKS = 5;

/** How long after its last deadline a silent barrier connection is given up. */
const STUCK_AFTER_MS = 1_000;

/** Between attempts where connections cannot be opened, or barriers do not tell enough. */
const PAUSE_MS = 50;

/** The scopes with the same goal. */
interface Requirement {
  readonly key: number | string;
  readonly goal: BarrierGoal;
  gathering: BarrierRequest[];
  /** When the first of them joined. */
  gatheringSince: number;
  underWay: number;
  /** When the last barrier began. */
  begunAt: number;
  /** No connection is opened before: the last one could not be. */
  restsUntil: number;
  /** Whether a connection is being opened for those who gather. */
  opening: boolean;
}

/** What becomes of the requests of a barrier. @internal */
export interface BarrierEnds {
  /** The primary has answered. */
  read(group: BarrierGroup, reading: BarrierReading): void;
  /** The connection was lost during it. */
  lost(group: BarrierGroup): void;
  /** Nothing listens at the primary's address: the process that executed the writes is gone. */
  gone(requests: readonly BarrierRequest[]): void;
}

/**
 * When the barriers of one primary begin, and on which connections.
 *
 * Barriers are committed in groups. All requests of one turn of the event loop
 * with the same requirement share one barrier; while two are under way, the
 * next group gathers. Different requirements ride on different connections, so
 * a replica that is frozen delays only those who need it.
 *
 * @internal
 */
export class BarrierSchedule {
  readonly #requirements = new Map<number | string, Requirement>();
  readonly #underWay: BarrierGroup[] = [];
  readonly #stuck = new DeadlineTimer(() => this.#giveUpStuck());
  readonly #hold = new DeadlineTimer(() => this.#flush());
  /** Those whose barriers did not tell enough: nobody else waits with them. */
  readonly #resting: BarrierRequest[] = [];
  readonly #rested = new DeadlineTimer(() => {
    for (const request of this.#resting.splice(0)) {
      if (request.outcome === undefined) this.gather(request);
    }
  });
  /** Scoped writes that are answered in a moment. */
  #expected = 0;
  /** Whether a group waits for them. */
  #holdsForWrites = false;
  #scheduled = false;
  #closed = false;

  constructor(
    private readonly access: PrimaryAccess,
    private readonly lanes: BarrierLanes,
    private readonly choice: BarrierChoice,
    private readonly ends: BarrierEnds,
  ) {}

  /** Joins the next barrier with the same goal. */
  gather(request: BarrierRequest): void {
    request.group = undefined;
    const requirement = this.#requirementOf(request);
    if (requirement.gathering.push(request) === 1) {
      requirement.gatheringSince = performance.now();
    }
    this.flushSoon();
  }

  /** Begins what can begin, after the poll phase: by then every scope that the replies just read let go has joined. */
  flushSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    inRootContext(() => setImmediate(this.#flush));
  }

  /** How many scoped writes are under way that are answered in a moment. */
  get expectedWrites(): number {
    return this.#expected;
  }

  /** A scoped write is under way that is answered in a moment: its scope may join. */
  expectWrite(): void {
    this.#expected += 1;
  }

  /** One of {@link expectWrite} has ended. */
  expectedWriteEnded(): void {
    this.#expected -= 1;
    if (this.#expected > 0 || !this.#holdsForWrites) return;
    this.#holdsForWrites = false;
    this.flushSoon();
  }

  /** {@link gather} after a barrier that did not tell enough: at once the first time, later after a rest. */
  again(request: BarrierRequest): void {
    request.repeated += 1;
    if (request.repeated === 1) {
      this.gather(request);
      return;
    }
    request.group = undefined;
    this.#resting.push(request);
    this.#rested.watch(performance.now() + PAUSE_MS);
  }

  #requirementOf(request: BarrierRequest): Requirement {
    const { goal } = request;
    const key = goalKey(goal, request.deadline - request.startedAt);
    let requirement = this.#requirements.get(key);
    if (requirement === undefined) {
      requirement = {
        key,
        goal,
        gathering: [],
        gatheringSince: 0,
        underWay: 0,
        begunAt: -Infinity,
        restsUntil: -Infinity,
        opening: false,
      };
      this.#requirements.set(key, requirement);
    }
    return requirement;
  }

  /** Barriers under way begin anew. */
  interrupt(): void {
    for (const { connection } of this.#underWay) connection.destroy();
  }

  close(): void {
    this.#closed = true;
    this.#stuck.stop();
    this.#hold.stop();
    this.#rested.stop();
  }

  /** Begins what can begin. */
  readonly #flush = (): void => {
    this.#scheduled = false;
    for (const requirement of this.#requirements.values()) {
      this.#begin(requirement);
    }
  };

  #begin(requirement: Requirement): void {
    const { gathering } = requirement;
    if (gathering.length === 0) return;
    const { underWay, begunAt, restsUntil } = requirement;
    if (!this.#hasLane(requirement) || this.#closed) return;
    let heldUntil = -Infinity;
    if (underWay > 0) heldUntil = begunAt + HOLD_MS;
    else if (this.#expected > 0) {
      heldUntil = requirement.gatheringSince + HOLD_FOR_WRITES_MS;
      this.#holdsForWrites = true;
    }
    const notBefore = Math.max(heldUntil, restsUntil);
    if (performance.now() < notBefore) {
      this.#hold.watch(notBefore);
      return;
    }
    const connection = this.lanes.take();
    if (connection !== undefined) void this.#run(requirement, connection);
    else if (!requirement.opening) this.#open(requirement);
  }

  /** Whether one more group may take a connection, so that other requirements find one as well. */
  #hasLane({ underWay, goal }: Requirement): boolean {
    const { free } = this.lanes;
    if (underWay > 0 && free <= KEPT_FOR_OTHERS) return false;
    if (underWay >= GROUPS_PER_REQUIREMENT || free === 0) return false;
    return goal.local === undefined || this.#forDisks < GROUPS_FOR_DISKS;
  }

  get #forDisks(): number {
    return this.#underWay.filter(({ goal }) => goal.local !== undefined).length;
  }

  #open(requirement: Requirement): void {
    requirement.opening = true;
    this.lanes.open().then(
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
      const gone = requirement.gathering;
      requirement.gathering = [];
      this.ends.gone(gone);
      return;
    }
    requirement.restsUntil = performance.now() + PAUSE_MS;
    this.#hold.watch(requirement.restsUntil);
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
      const barrier = this.choice.barrierFor(requirement.goal);
      const { goal } = requirement;
      const group = new BarrierGroup(requests, goal, connection, barrier.by);
      this.#underWay.push(group);
      this.#stuck.watch(
        Math.min(group.deadline, performance.now()) + STUCK_AFTER_MS,
      );
      try {
        this.ends.read(group, await barrier.ask(group));
      } catch {
        connection.destroy();
        this.ends.lost(group);
      }
      this.#underWay.splice(this.#underWay.indexOf(group), 1);
    }
    requirement.underWay -= 1;
    if (typeof requirement.key === 'string') this.#dropIfUnused(requirement);
    this.lanes.release(connection);
    // later in this turn: who was let go may write again, and join the next group
    this.flushSoon();
  }

  /** Goals of persistence are as many as timeouts: unlike numbers of replicas, they have no bound. */
  #dropIfUnused({ key, gathering, underWay, opening }: Requirement): void {
    if (gathering.length === 0 && underWay === 0 && !opening) {
      this.#requirements.delete(key);
    }
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
