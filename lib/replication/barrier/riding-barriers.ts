import type { Companion } from '../../connection/companion.js';
import type { WriteRecord } from '../writes/shard-writes.js';
import type { AccompaniedConnection } from './accompanied-connection.js';
import type { BarrierChoice } from './barrier-choice.js';
import { AnotherLook, type RidesUnderWay } from './another-look.js';
import type { BarrierRequest } from './barrier-request.js';
import { DeadlineTimer } from './deadline-timer.js';
import { Ride, type RideEnds } from './ride.js';

/** How many chances are let pass after a ride that was of no use; doubled each time. */
const LEAST_PASSED = 4;
const MOST_PASSED = 1_024;

/** And after one that somebody else came behind. */
const PASSED_IN_A_CROWD = 64;

const NOTHING: WriteRecord[] = [];

/** What riding barriers have to know of the others. @internal */
export interface RidingAccess extends Pick<RideEnds, 'proves' | 'unproven'> {
  /** Scoped writes that are under way on the connection of everybody's commands. */
  expectedWrites(): number;
}

/**
 * Barriers that go behind the writes themselves, on their connection and in
 * the same socket write: one round trip and one write instead of two.
 *
 * They are sent where scoped writes with the same requirement are all that the
 * connection carries; what comes while one is under way, and could go along
 * with the next, is held back for it. Where somebody else comes, everything
 * is written at once, and the next chances are let pass.
 *
 * For a caller who is alone it took 395 us of CPU a scope where a barrier on a
 * connection of its own took 457. Every command of it is in the way of the
 * reply: a marker and ROLE made it 0.150 ms at the median where
 * `pipeline().set().wait()` took 0.122, without ROLE 0.143, without both
 * 0.135. So there is no ROLE, which the count at a deadline needs, and no
 * marker where the last write is one itself (Node 20, Redis 7.0.15). For many
 * it was 1.4 times the scopes a second with 2 callers, 1.5 with 16, 1.25 to
 * 1.45 with 64, 1.2 with 256, and as many with 1,024.
 *
 * @internal
 */
export class RidingBarriers implements Companion {
  #connection: AccompaniedConnection | undefined;
  /** Written next, if nobody else comes. */
  #gathering = NOTHING;
  #replicas = 0;
  /** Whether the last of them enters the replication stream whenever it succeeds. */
  #replicates = false;
  #alike = true;
  /** The one that is under way. */
  #ride: Ride | undefined;
  #toPass = 0;
  #passed = LEAST_PASSED;
  readonly #look: AnotherLook;
  readonly #timer = new DeadlineTimer(() => this.#due());
  readonly #ends: RideEnds;

  constructor(
    private readonly choice: BarrierChoice,
    private readonly access: RidingAccess,
    private readonly rides: RidesUnderWay,
  ) {
    this.#look = new AnotherLook(rides, () => this.#connection!.flushNow());
    this.#ends = {
      ...access,
      over: (ride) => this.#over(ride),
      judged: (ride) => this.#learn(ride),
    };
  }

  /**
   * A write has just been pushed: its barrier may go along.
   *
   * @param replicas how many its scope requires
   * @param replicates whether it enters the replication stream whenever it
   *   succeeds: the last one is the marker for all then
   */
  offer(
    record: WriteRecord,
    replicas: number,
    connection: AccompaniedConnection,
    replicates: boolean,
  ): void {
    if (connection !== this.#connection) this.#moveTo(connection);
    if (record.identity.replicationId === undefined) return;
    const { length } = this.#gathering;
    if (connection.unsent !== length + 1) {
      // somebody else's, or one of these has left
      this.#gathering = NOTHING;
      return;
    }
    if (length === 0) {
      this.#gathering = [];
      this.#replicas = replicas;
      this.#alike = true;
      connection.accompany(this);
    } else if (replicas !== this.#replicas) {
      this.#alike = false;
    }
    this.#replicates = replicates;
    this.#gathering.push(record);
  }

  /** Whether a barrier that goes along with all writes of a scope answers for it, which has ended. */
  join(request: BarrierRequest): boolean {
    const { ride, answeredIn } = request.writes;
    return (
      ride instanceof Ride &&
      request.takeover === undefined &&
      ride.join(request, answeredIn)
    );
  }

  writing(): boolean {
    const { unsent, load } = this.#connection!;
    const records = this.#gathering;
    const ride = this.#ride;
    const alone =
      unsent > 0 && unsent === records.length && records.every(isPending);
    if (ride !== undefined) {
      if (alone && !ride.crowded && !ride.givenUp) return false;
      this.#gathering = NOTHING;
      ride.crowd();
      return true;
    }
    const goes =
      alone &&
      this.#alike &&
      load === this.access.expectedWrites() &&
      this.choice.usesMarker;
    if (goes && this.#toPass === 0 && this.#look.takes(records.length)) {
      return false;
    }
    this.#look.left(records.length);
    this.#gathering = NOTHING;
    this.#connection!.accompany(undefined);
    if (goes) this.#go(records);
    return true;
  }

  close(): void {
    this.#timer.stop();
    this.#leave();
    this.#connection?.flushSoon();
  }

  #go(records: readonly WriteRecord[]): void {
    if (this.#toPass > 0) {
      this.#toPass -= 1;
      return;
    }
    const connection = this.#connection!;
    const ride = new Ride(
      connection,
      { records, replicas: this.#replicas, marked: this.#replicates },
      this.#ends,
      this.choice.slots,
    );
    this.#ride = ride;
    this.rides.count += 1;
    try {
      ride.leave();
    } finally {
      // whatever became of it, nobody waits for it without end
      if (this.#ride === ride) {
        connection.accompany(this);
        this.#timer.watch(ride.endsAt);
      }
    }
  }

  /** Another connection has taken the place of the one before. */
  #moveTo(connection: AccompaniedConnection): void {
    this.#leave();
    this.#connection = connection;
  }

  #leave(): void {
    this.#connection?.accompany(undefined);
    this.#gathering = NOTHING;
    this.#look.forget();
    const ride = this.#ride;
    this.#ride = undefined;
    if (ride !== undefined) this.#giveUp(ride);
  }

  #giveUp(ride: Ride): void {
    if (ride.givenUp) return;
    this.rides.count -= 1;
    ride.giveUp();
  }

  #over(ride: Ride): void {
    if (!ride.givenUp) this.rides.count -= 1;
    if (ride !== this.#ride) return;
    this.#ride = undefined;
    if (this.#gathering.length === 0) this.#connection!.accompany(undefined);
    else this.#connection!.flushSoon();
  }

  #due(): void {
    const ride = this.#ride;
    if (ride === undefined) return;
    if (performance.now() < ride.endsAt) {
      this.#timer.watch(ride.endsAt);
      return;
    }
    this.#giveUp(ride);
    // what has been held back for its end
    this.#connection!.flushSoon();
  }

  #learn(ride: Ride): void {
    if (ride.proved * 2 >= ride.size) {
      this.#passed = LEAST_PASSED;
    } else {
      this.#passed = Math.min(this.#passed * 2, MOST_PASSED);
      this.#toPass = Math.max(this.#toPass, this.#passed);
    }
    if (ride.crowded) this.#toPass = Math.max(this.#toPass, PASSED_IN_A_CROWD);
  }
}

/** Whether it has not been taken back. */
function isPending({ writes }: WriteRecord): boolean {
  return writes !== undefined;
}
