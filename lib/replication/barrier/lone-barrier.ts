import { ErrorReply } from '../../protocol/error-reply.js';
import type { Companion } from '../../connection/companion.js';
import { inRootContext } from '../root-context.js';
import { ShardWrites, type WriteRecord } from '../writes/shard-writes.js';
import type { AccompaniedConnection } from './accompanied-connection.js';
import type { BarrierChoice } from './barrier-choice.js';
import type {
  BarrierCommand,
  BarrierConnection,
  Replied,
} from './barrier-connection.js';
import { BarrierGroup } from './barrier-group.js';
import type { BarrierLanes } from './barrier-lanes.js';
import type { BarrierOutcome } from './barrier-outcome.js';
import type { BarrierReading } from './barrier-reading.js';
import { BarrierRequest } from './barrier-request.js';
import { WAIT_INDEX } from './marker-barrier.js';
import { Speculation } from './speculation.js';

/** How long its WAIT may block the connection. Replicas that are awake answer in less. */
const WAIT_MS = 20;

/** How long the connection may rightly say nothing: an idle server ends a WAIT up to 100 ms late. */
const SILENT_MS = WAIT_MS + 100;

/** How many chances are let pass after one that was of no use; doubled each time. */
const LEAST_PASSED = 4;
const MOST_PASSED = 64;

/**
 * A barrier behind the write itself, on its connection and in the same socket
 * write: for a caller who is alone and writes once, one round trip and one
 * write instead of two. (On a connection of its own, sent at the same time, it
 * took 457 us of CPU a scope instead of 395, and had 0.54 to 0.70 of the
 * throughput of `pipeline().set().wait()` instead of 0.90 to 0.98; Node 20,
 * Redis 7.0.15.)
 *
 * Nobody waits behind its WAIT: it is sent only where the write is all that the
 * connection has to carry, and the moment that something else is written
 * behind it, the server is told to end it (CLIENT UNBLOCK, on a connection for
 * barriers). Then, and where the scope writes again, the scope takes an
 * ordinary barrier, and the next chances are let pass.
 *
 * @internal
 */
export class LoneBarrier {
  #toPass = 0;
  #passed = LEAST_PASSED;
  #mayUnblock = true;

  /**
   * @param released told when the connection for barriers is free again
   */
  constructor(
    private readonly lanes: BarrierLanes,
    private readonly choice: BarrierChoice,
    private readonly released: () => void,
  ) {}

  /**
   * The write has just been pushed on a connection that carried nothing else.
   *
   * @param stillAlone whether no other barrier is under way, asked when the
   *   write leaves
   */
  begin(
    record: WriteRecord,
    replicas: number,
    connection: AccompaniedConnection,
    stillAlone: () => boolean,
  ): void {
    if (record.writes?.begun !== 1) return;
    if (record.identity.replicationId === undefined) return;
    if (!this.#mayUnblock || connection.clientId === undefined) return;
    if (!this.choice.usesMarker) return;
    if (this.#toPass > 0) {
      this.#toPass -= 1;
      return;
    }
    connection.accompany({
      writing: () => {
        connection.accompany(undefined);
        const { writes } = record;
        if (writes?.begun !== 1 || connection.load !== 1 || !stillAlone()) {
          return;
        }
        const lane = this.lanes.take();
        if (lane !== undefined) {
          inRootContext(() => this.#go(record, replicas, connection, lane));
        }
      },
    });
  }

  #go(
    record: WriteRecord,
    replicas: number,
    connection: AccompaniedConnection,
    lane: BarrierConnection,
  ): void {
    const writes = record.writes!;
    const guess = new ShardWrites(writes.primary);
    guess.add(record);
    const goal = { replicas, local: undefined, among: undefined };
    const now = performance.now();
    const request = new BarrierRequest(guess, goal, now, now + WAIT_MS, IGNORE);
    const ride = new Ride(connection, lane);
    const group = new BarrierGroup([request], goal, ride, 'marker');
    const speculation = new Speculation((useful) => this.#learn(useful));
    writes.speculation = speculation;
    const ended = (outcome: BarrierOutcome | undefined): void => {
      ride.end();
      if (ride.crowded) this.#toPass = MOST_PASSED;
      speculation.read(outcome);
      void ride.over.then(() => {
        if (ride.refused) this.#mayUnblock = false;
        this.lanes.release(lane);
        this.released();
      });
    };
    this.choice.marker.ask(group).then(
      (reading) => ended(outcomeOf(reading, request)),
      () => ended(undefined),
    );
  }

  #learn(useful: boolean): void {
    this.#passed = useful
      ? LEAST_PASSED
      : Math.min(this.#passed * 2, MOST_PASSED);
    if (!useful) this.#toPass = Math.max(this.#toPass, this.#passed);
  }
}

const NOT_ASKED = Promise.resolve();

/** The barrier's place on the connection of the write. */
class Ride implements BarrierConnection, Companion {
  readonly usable = true;
  /** Whether somebody else came. */
  crowded = false;
  /** Whether the server would not end the WAIT. */
  refused = false;
  /** Resolves when the connection for barriers is not needed any more. */
  over: Promise<void> = NOT_ASKED;
  #waits = false;

  constructor(
    private readonly connection: AccompaniedConnection,
    private readonly lane: BarrierConnection,
  ) {}

  exchange(
    commands: readonly BarrierCommand[],
    replied: Replied,
  ): Promise<void> {
    const sent = this.connection.exchange(
      commands,
      (reply, index) => {
        if (index === 0) this.#waitBegins();
        else if (index === WAIT_INDEX) this.#waitEnded(reply);
        replied(reply, index);
      },
      SILENT_MS,
    );
    this.connection.accompany(this);
    return sent;
  }

  /** Somebody else's request goes behind the barrier. */
  writing(): void {
    if (this.crowded) return;
    this.crowded = true;
    if (this.#waits) this.over = this.#unblock();
  }

  /** What was asked is of no use any more. */
  destroy(): void {
    this.writing();
  }

  /** WAIT is answered, or will not be. */
  end(): void {
    this.#waits = false;
    this.connection.accompany(undefined);
  }

  /** The server answers the marker when it has gone on to WAIT; what comes before that ends nothing. */
  #waitBegins(): void {
    this.#waits = true;
    if (this.crowded) this.over = this.#unblock();
  }

  #waitEnded(reply: unknown): void {
    this.end();
    // demoted: it closes the connection, and runs nothing that is behind
    if (reply instanceof ErrorReply && reply.prefix === 'UNBLOCKED') {
      this.connection.readNoMore();
    }
  }

  async #unblock(): Promise<void> {
    const words = ['CLIENT', 'UNBLOCK', this.connection.clientId!];
    try {
      // again where the marker arrived in a packet of its own, and WAIT just now
      while (this.#waits && !this.refused) {
        await this.lane.exchange([words], (reply) => {
          this.refused = reply instanceof ErrorReply;
        });
      }
    } catch {
      // its connection is lost: WAIT ends by itself
    }
  }
}

const IGNORE = { settled: () => undefined };

function outcomeOf(
  reading: BarrierReading,
  request: BarrierRequest,
): BarrierOutcome | undefined {
  if (reading.refusal !== undefined || reading.demoted) return undefined;
  if (reading.doubt(request) !== undefined) return undefined;
  const outcome = reading.outcome(request);
  return request.isMetBy(outcome) ? outcome : undefined;
}
