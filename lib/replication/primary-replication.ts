import type { Barrier } from './barrier.js';
import type {
  BarrierConnection,
  PrimaryAccess,
  WriteConnection,
} from './barrier-connection.js';
import { BarrierGroup } from './barrier-group.js';
import { BarrierLanes } from './barrier-lanes.js';
import type { BarrierReading } from './barrier-reading.js';
import type { BarrierRequest } from './barrier-request.js';
import { DeadlineTimer } from './deadline-timer.js';
import { DeadlineWatch } from './deadline-watch.js';
import { MarkerBarrier } from './marker-barrier.js';
import { ReplicationIdentity } from './replication-identity.js';
import { inRootContext } from './root-context.js';

/**
 * Groups under way at once for one requirement. A third would prove nothing
 * sooner: acknowledgement is monotone in the offset, so whatever serves a later
 * marker serves the earlier ones first.
 */
const GROUPS_PER_REQUIREMENT = 2;

/** How long after its last deadline a silent barrier connection is given up. */
const STUCK_AFTER_MS = 1_000;

/** Between attempts where connections cannot be opened or do not last. */
const PAUSE_MS = 50;

/** A count that comes so shortly before the deadline is kept for it; earlier, the barrier is repeated. */
const KEEP_COUNT_MS = 5;

/** The scopes that require the same number of replicas. */
interface Requirement {
  readonly required: number;
  gathering: BarrierRequest[];
  underWay: number;
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
  readonly #requirements = new Map<number, Requirement>();
  readonly #underWay: BarrierGroup[] = [];
  readonly #deadlines: DeadlineWatch;
  readonly #stuck = new DeadlineTimer(() => this.#giveUpStuck());
  #identity: ReplicationIdentity | undefined;
  #scheduled = false;
  #pause: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    private readonly access: PrimaryAccess,
    private readonly barrier: Barrier = new MarkerBarrier(),
  ) {
    this.#lanes = new BarrierLanes(access);
    this.#deadlines = new DeadlineWatch(access);
  }

  /** Where the primary listens, as `host:port`. */
  get node(): string {
    return this.access.address;
  }

  /** The client whose primary this is. */
  get client(): object {
    return this.access.client;
  }

  /** How many replicas the topology lists for the shard, failed ones included. */
  get configuredReplicas(): number {
    return this.access.configuredReplicas();
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

  /** Resolves when no scope waits for a barrier of this primary. */
  whenIdle(): Promise<void> {
    return this.#deadlines.whenIdle();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#pause);
    this.#stuck.stop();
    this.#lanes.close();
    this.#deadlines.close();
  }

  #gather(request: BarrierRequest): void {
    request.group = undefined;
    let requirement = this.#requirements.get(request.required);
    if (requirement === undefined) {
      requirement = {
        required: request.required,
        gathering: [],
        underWay: 0,
        opening: false,
      };
      this.#requirements.set(request.required, requirement);
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
    if (requirement.underWay >= GROUPS_PER_REQUIREMENT) return;
    if (!this.#lanes.free || this.#closed) return;
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
      for (const request of gone) {
        request.notProven('the primary refuses connections');
      }
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
    const requests = requirement.gathering.filter(
      (request) => request.result === undefined,
    );
    requirement.gathering = [];
    if (requests.length > 0) {
      const group = new BarrierGroup(
        requests,
        requirement.required,
        connection,
      );
      this.#underWay.push(group);
      this.#stuck.watch(group.deadline + STUCK_AFTER_MS);
      try {
        const reading = await this.barrier.ask(group);
        if (reading !== undefined) this.#read(group, reading);
      } catch {
        connection.destroy();
        this.#repeat(group);
      }
      this.#underWay.splice(this.#underWay.indexOf(group), 1);
    }
    requirement.underWay -= 1;
    this.#lanes.release(connection);
    this.#flush();
  }

  #read(group: BarrierGroup, reading: BarrierReading): void {
    this.#learn(reading);
    const { count } = reading;
    const now = performance.now();
    for (const request of group.requests) {
      if (request.result !== undefined) continue;
      const mismatch = reading.mismatch(request.writes);
      if (mismatch !== undefined) request.notProven(mismatch);
      else if (count === undefined) request.notProven('WAIT was not answered');
      else if (count >= request.required) request.count(count);
      else if (now >= request.deadline) request.count(count);
      else if (request.deadline - now < KEEP_COUNT_MS) request.counted = count;
      else this.#again(request); // WAIT came back early: somebody unblocked it
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
      if (request.result !== undefined) continue;
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
      if (now >= stuckAt) group.connection.destroy();
      else this.#stuck.watch(stuckAt);
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
