import type { Barrier } from './barrier.js';
import type { BarrierGoal } from './barrier-goal.js';
import type { PrimaryAccess } from './barrier-connection.js';
import type { Refusal } from './barrier-reading.js';
import { MarkerBarrier } from './marker-barrier.js';
import { OffsetBarrier } from './offset-barrier.js';

/** Refusals that pass: memory is freed, replicas and disks come back. */
const PASSING = new Set(['OOM', 'NOREPLICAS', 'MISCONF']);

/** When a marker that was refused is tried again, in milliseconds. */
const AGAIN_MS = { passing: 1_000, lasting: 30_000 };

/** Refusals that are no matter of the marker: the same barrier is sent again. */
const MOMENTARY = new Set([
  'BUSY',
  'LOADING',
  'MASTERDOWN',
  'READONLY',
  'UNBLOCKED',
]);

/**
 * By which barrier the replicas of one primary are counted: by the marker, and
 * by offset for a while where the server refuses it.
 *
 * @internal
 */
export class BarrierChoice {
  readonly #marker: Barrier = new MarkerBarrier();
  readonly #offset: Barrier;
  #markerAgainAt = -Infinity;

  constructor(access: PrimaryAccess) {
    this.#offset = new OffsetBarrier(access);
  }

  /** Only WAITAOF tells of disks. */
  barrierFor({ local }: BarrierGoal): Barrier {
    return local === undefined && performance.now() < this.#markerAgainAt
      ? this.#offset
      : this.#marker;
  }

  /** Whether {@link barrierFor} would have the marker. */
  get usesMarker(): boolean {
    return performance.now() >= this.#markerAgainAt;
  }

  /**
   * The server would not do it.
   *
   * @returns `again`: the same barrier may be sent again; `other`: another one
   *   is chosen from now on; `none`: no barrier is left
   */
  refused(
    { what, error }: Refusal,
    goal: BarrierGoal,
  ): 'again' | 'other' | 'none' {
    if (MOMENTARY.has(error.prefix)) return 'again';
    if (goal.local !== undefined || what === 'info') return 'none';
    const { passing, lasting } = AGAIN_MS;
    this.#markerAgainAt =
      performance.now() + (PASSING.has(error.prefix) ? passing : lasting);
    return 'other';
  }

  close(): void {
    this.#offset.close();
  }
}
