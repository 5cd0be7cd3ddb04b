import type { BarrierChoice } from './barrier-choice.js';
import type { WriteConnection } from '../writes/write-connection.js';
import { BarrierGroup } from './barrier-group.js';
import type { BarrierLanes } from './barrier-lanes.js';
import type { BarrierOutcome } from './barrier-outcome.js';
import type { BarrierReading } from './barrier-reading.js';
import { BarrierRequest } from './barrier-request.js';
import { primaryOffset } from '../writes/replication-info.js';
import { inRootContext } from '../root-context.js';
import { ShardWrites, type WriteRecord } from '../writes/shard-writes.js';

/** How long its WAIT may block the connection. Replicas that are awake answer in less. */
const WAIT_MS = 20;

/** How old its answer may be when the scope ends. */
const FRESH_MS = 0.5;

/** How many chances are let pass after one that was of no use; doubled each time. */
const LEAST_PASSED = 4;
const MOST_PASSED = 64;

/**
 * A barrier sent along with the write, before its reply: for a caller who is
 * alone and writes once, one round trip instead of two.
 *
 * Two connections keep no order, so the write's own offset is read behind it
 * on its connection (ROLE, 4 us): only where the marker's is not below it did
 * the marker come after the write. Where it came first, or the scope wrote
 * again, the scope takes an ordinary barrier, and the next chances are let
 * pass.
 *
 * @internal
 */
export class LoneBarrier {
  #toPass = 0;
  #passed = LEAST_PASSED;

  /**
   * @param released told when the connection it used is free again
   */
  constructor(
    private readonly lanes: BarrierLanes,
    private readonly choice: BarrierChoice,
    private readonly released: () => void,
  ) {}

  /**
   * The write has just been pushed on a connection that carried nothing else.
   * Called only while no other barrier is under way.
   */
  begin(
    record: WriteRecord,
    replicas: number,
    connection: WriteConnection,
  ): void {
    const { writes } = record;
    if (writes === undefined || writes.begun !== 1) return;
    if (record.identity.replicationId === undefined) return;
    if (!this.choice.usesMarker) return;
    if (this.#toPass > 0) {
      this.#toPass -= 1;
      return;
    }
    const lane = this.lanes.take();
    if (lane === undefined) return;

    const guess = new ShardWrites(writes.primary);
    guess.add(record);
    const goal = { replicas, local: undefined, among: undefined };
    const now = performance.now();
    const request = new BarrierRequest(guess, goal, now, now + WAIT_MS, IGNORE);
    const group = new BarrierGroup([request], goal, lane, 'marker');
    const speculation = new Speculation(this);
    writes.speculation = speculation;
    inRootContext(() => {
      connection.send(['ROLE']).then(
        (role) => speculation.wrote(primaryOffset(role)),
        () => speculation.wrote(undefined),
      );
      // the write leaves at the end of this tick: the marker behind it
      process.nextTick(() => {
        // released first: whoever hears of it may write again at once
        const read = (outcome: BarrierOutcome | undefined): void => {
          this.lanes.release(lane);
          speculation.read(outcome, group);
          this.released();
        };
        this.choice
          .barrierFor(goal)
          .ask(group)
          .then(
            (reading) => read(outcomeOf(reading, request)),
            () => {
              lane.destroy();
              read(undefined);
            },
          );
      });
    });
  }

  /** Whether it was of use to its scope. */
  learn(useful: boolean): void {
    this.#passed = useful
      ? LEAST_PASSED
      : Math.min(this.#passed * 2, MOST_PASSED);
    if (!useful) this.#toPass = this.#passed;
  }
}

/** The barrier of one write, while nobody knows whether it is the scope's only one. @internal */
export class Speculation {
  #offset: number | undefined;
  #marker: number | undefined;
  #outcome: BarrierOutcome | undefined;
  #knownAt = 0;
  /** Replies that are still to come. */
  #awaited = 2;
  #told: ((outcome: BarrierOutcome | undefined) => void) | undefined;

  constructor(private readonly barrier: LoneBarrier) {}

  /**
   * The scope has ended: tells what was proven, once it is known; undefined
   * where nothing was, or the work went on after it and the primary may have
   * been demoted meanwhile.
   */
  whenKnown(told: (outcome: BarrierOutcome | undefined) => void): void {
    if (this.#awaited > 0) {
      this.#told = told;
    } else if (performance.now() - this.#knownAt <= FRESH_MS) {
      told(this.#proven());
    } else {
      this.barrier.learn(false);
      told(undefined);
    }
  }

  /** The scope has no use for it. */
  waste(): void {
    this.barrier.learn(false);
  }

  /** The stream's offset behind the write. */
  wrote(offset: number | undefined): void {
    this.#offset = offset;
    this.#came();
  }

  read(outcome: BarrierOutcome | undefined, group: BarrierGroup): void {
    this.#outcome = outcome;
    this.#marker = group.offset;
    this.#came();
  }

  #came(): void {
    this.#awaited -= 1;
    if (this.#awaited > 0) return;
    this.#knownAt = performance.now();
    this.#told?.(this.#proven());
  }

  #proven(): BarrierOutcome | undefined {
    const behind =
      this.#offset !== undefined &&
      this.#marker !== undefined &&
      this.#marker >= this.#offset;
    const proven = behind ? this.#outcome : undefined;
    this.barrier.learn(proven !== undefined);
    return proven;
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
  // by offset, not by WAIT: a write that came between the marker and ROLE would be behind what WAIT counts
  const { length: behind } = outcome.acknowledgedBy ?? [];
  return behind >= request.goal.replicas && request.isMetBy(outcome)
    ? outcome
    : undefined;
}
