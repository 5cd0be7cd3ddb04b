import type { ExchangeListener } from '../../connection/exchange.js';
import { ErrorReply } from '../../protocol/error-reply.js';
import { primaryOffset } from '../writes/replication-info.js';
import type { WriteRecord } from '../writes/shard-writes.js';
import { SlotKeys } from '../writes/slot-keys.js';
import type { WritesRide } from '../writes/writes-ride.js';
import type { AccompaniedConnection } from './accompanied-connection.js';
import type { BarrierCommand } from './barrier-connection.js';
import { BarrierReading } from './barrier-reading.js';
import type { BarrierRequest } from './barrier-request.js';
import { MARKER } from './marker.js';
import { INFO_REPLICATION, ROLE } from './marker-barrier.js';
import { pokeAfter } from './poke.js';
import { SlotProbes } from './slot-probes.js';
import type { SlotTableMemory } from './slot-table-memory.js';

/**
 * How long its WAIT may block the connection. Replicas that are awake answer in
 * less, also in another data centre of the region.
 */
const RIDE_MS = 5;

/** So much too late an idle server ends a WAIT. */
const LATE_MS = 100;

/** How long the connection may rightly say nothing. */
const SILENT_MS = RIDE_MS + LATE_MS;

/** Any byte has an idle server look at its timeouts: one may come too early. */
const POKE_AGAIN_MS = 5;

/** How a WAIT ends where the node is demoted; behind an operator's CLIENT UNBLOCK, which has other words, it reads on. */
const DEMOTED = /^UNBLOCKED .*instance state changed/;

/** WAIT and INFO stand before the probes. */
const BEFORE_PROBES = 2;

const NOBODY: ExchangeListener = {
  replied: () => undefined,
  lost: () => undefined,
};

/** Writes that leave together, and what their barrier has to know. @internal */
export interface RidingWrites {
  readonly records: readonly WriteRecord[];
  /** How many replicas each of their scopes requires. */
  readonly replicas: number;
  /** Whether the last of them enters the replication stream whenever it succeeds: then it is the marker. */
  readonly marked: boolean;
}

/** What becomes of a ride, and of the scopes that wait for it. @internal */
export interface RideEnds {
  /**
   * The primary has answered.
   *
   * @param now as `performance.now()` tells the time
   * @returns whether that proves what the scope waits for
   */
  proves(
    request: BarrierRequest,
    reading: BarrierReading,
    now: number,
  ): boolean;
  /** The scope has to have an ordinary barrier. */
  unproven(request: BarrierRequest): void;
  /** The connection is free again. */
  over(ride: Ride): void;
  /** All scopes that it could serve have ended. */
  judged(ride: Ride): void;
}

/**
 * A barrier behind the writes that it answers for, on their connection and in
 * the same socket write.
 *
 * It counts for a scope that ends in the turn of the event loop in which the
 * reply of its write was read: later, the primary may have been demoted since.
 * (By the clock it cannot be told: after a stall of this process, what was
 * answered long ago is read just now.)
 *
 * Who comes meanwhile waits for its WAIT, as a rule a part of a round trip,
 * at most {@link RIDE_MS}. The server is not told to end it (CLIENT UNBLOCK):
 * WAIT may have ended by itself, and the next command be one that a pause of
 * writes holds back (CLUSTER FAILOVER, CLIENT PAUSE). To unblock that one is
 * the end of the server before Redis 8.2 and Valkey 8.1.2 (valkey-io/valkey#2111).
 *
 * @internal
 */
export class Ride implements WritesRide, ExchangeListener {
  /** When its WAIT ends at the latest, as `performance.now()` tells the time. */
  endsAt = Infinity;
  /** How many writes go along. */
  readonly size: number;
  /** Whether somebody else came. */
  crowded = false;
  /** Whether its time was up: nobody is made to wait for it any longer. */
  givenUp = false;
  /** How many scopes it has proved the writes of. */
  proved = 0;
  readonly #probes = new SlotProbes();
  readonly #waiting: BarrierRequest[] = [];
  /** The last of the writes, where that is the marker. */
  readonly #marker: WriteRecord | undefined;
  readonly #commands: readonly BarrierCommand[];
  /** Where they stand there. */
  #roleAt = -1;
  #waitAt = 0;
  /** Whether the marker was. */
  #refused = false;
  #count: unknown;
  #info: unknown;
  #reading: BarrierReading | undefined;
  #readAt = 0;
  #over = false;
  #judged = false;
  /** Numbers the turns of the event loop in which replies of its writes were read. */
  #turn = 0;
  /** Behind the writes; undefined where it is not asked for, or not known. */
  #offset: number | undefined;
  #inTurn = false;
  #poke: NodeJS.Timeout | undefined;

  constructor(
    private readonly connection: AccompaniedConnection,
    { records, replicas, marked }: RidingWrites,
    private readonly ends: RideEnds,
    slots: SlotTableMemory,
  ) {
    this.size = records.length;
    if (marked) this.#marker = records.at(-1);
    const written = new SlotKeys();
    for (const record of records) {
      record.writes?.ridesOn(this);
      written.add(record.slot, record.key, record.asking);
    }
    this.#probes.add(written);
    this.#commands = this.#compose(replicas, slots);
  }

  /** Has it written, with the writes. It may be over at once. */
  leave(): void {
    try {
      this.connection.exchange(this.#commands, this, SILENT_MS);
    } finally {
      // the server's time begins behind the writes, so not before they leave
      this.endsAt = performance.now() + RIDE_MS;
    }
  }

  writeAnswered(): number {
    if (!this.#inTurn) {
      this.#inTurn = true;
      this.#turn += 1;
      setImmediate(this.#turnOver);
    }
    return this.#turn;
  }

  /**
   * A scope has ended all whose writes go along.
   *
   * @param turn in which its last write was answered
   * @returns false where it cannot be answered for: it has to have an ordinary barrier
   */
  join(request: BarrierRequest, turn: number): boolean {
    request.offset ??= this.#offset;
    if (!this.#inTurn || turn !== this.#turn || this.givenUp) return false;
    if (this.#reading !== undefined) return this.#proves(request);
    if (this.#over) return false;
    this.#waiting.push(request);
    return true;
  }

  /** Somebody else's request goes behind it. */
  crowd(): void {
    if (this.crowded) return;
    this.crowded = true;
    if (this.#over) return;
    const left = Math.ceil(this.endsAt - performance.now()) + 1;
    this.#pokeAfter(Math.max(left, 1));
  }

  /** Its time is up. */
  giveUp(): void {
    this.givenUp = true;
    for (const request of this.#waiting.splice(0)) this.#unproven(request);
  }

  #pokeAfter(milliseconds: number): void {
    this.#poke = pokeAfter(milliseconds, (ping) => {
      // behind that, it looks by itself, or is frozen
      if (performance.now() < this.endsAt + LATE_MS) {
        this.#pokeAfter(POKE_AGAIN_MS);
      }
      this.connection.exchange(ping, NOBODY, SILENT_MS);
    });
  }

  /**
   * Marker, WAIT, INFO replication and the slot probes. For many writes ROLE
   * as well, which gives the offset by which a takeover proves them; for one it
   * would be too much of the time.
   */
  #compose(replicas: number, slots: SlotTableMemory): BarrierCommand[] {
    const commands: BarrierCommand[] =
      this.#marker === undefined ? [MARKER] : [];
    if (this.size > 1) {
      this.#roleAt = commands.length;
      commands.push(ROLE);
    }
    this.#waitAt = commands.length;
    commands.push(['WAIT', replicas, RIDE_MS], INFO_REPLICATION);
    this.#probes.appendTo(commands, slots);
    return commands;
  }

  replied(reply: unknown, index: number): void {
    const behindWait = index - this.#waitAt;
    if (behindWait >= BEFORE_PROBES) {
      this.#probes.replied(reply, behindWait - BEFORE_PROBES);
    } else if (behindWait > 0) {
      this.#info = reply;
    } else if (behindWait === 0) {
      this.#count = reply;
      this.#waitEnded(reply);
    } else if (index === this.#roleAt) {
      if (!this.#refused) this.#offset = primaryOffset(reply);
    } else if (reply instanceof ErrorReply) {
      this.#refused = true;
    }
    if (index === this.#commands.length - 1) this.#end(this.#read());
  }

  lost(): void {
    this.#end(undefined);
  }

  #waitEnded(reply: unknown): void {
    clearTimeout(this.#poke);
    // demoted: it closes the connection, and runs nothing that is behind
    if (reply instanceof ErrorReply && DEMOTED.test(reply.message)) {
      this.connection.readNoMore();
    }
  }

  #read(): BarrierReading | undefined {
    const count = this.#count;
    // without a marker, WAIT may be for anything that came before
    const isMarked = this.#marker?.executed ?? !this.#refused;
    if (!isMarked || typeof count !== 'number') return undefined;
    if (this.#probes.openQuestions().length > 0) return undefined;
    return new BarrierReading(
      'marker',
      this.#offset,
      { replicas: count },
      this.#info,
      this.#probes,
    );
  }

  #end(reading: BarrierReading | undefined): void {
    if (this.#over) return;
    clearTimeout(this.#poke);
    this.#over = true;
    if (reading?.demoted === false) this.#reading = reading;
    this.#readAt = performance.now();
    this.ends.over(this);
    for (const request of this.#waiting.splice(0)) {
      if (request.outcome !== undefined) continue;
      if (this.#reading === undefined || !this.#proves(request)) {
        this.#unproven(request);
      }
    }
    if (!this.#inTurn) this.#judge();
  }

  #unproven(request: BarrierRequest): void {
    request.offset ??= this.#offset;
    this.ends.unproven(request);
  }

  #judge(): void {
    if (this.#judged) return;
    this.#judged = true;
    this.ends.judged(this);
  }

  #proves(request: BarrierRequest): boolean {
    // a scope that ends behind it need not wait at all
    const now = Math.max(this.#readAt, request.startedAt);
    request.groupSize = this.size;
    const proves = this.ends.proves(request, this.#reading!, now);
    if (proves) this.proved += 1;
    return proves;
  }

  readonly #turnOver = (): void => {
    this.#inTurn = false;
    if (this.#over) this.#judge();
  };
}
