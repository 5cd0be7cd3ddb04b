import { ErrorReply } from '../../protocol/error-reply.js';
import type { Barrier } from './barrier.js';
import type { BarrierGoal } from './barrier-goal.js';
import type { Refusal } from './barrier-reading.js';
import { MarkerBarrier } from './marker-barrier.js';
import { OffsetBarrier } from './offset-barrier.js';
import { PlainWait } from './plain-wait.js';
import type { PrimaryAccess } from './primary-access.js';
import { SlotTableMemory } from './slot-table-memory.js';

/** Refusals that pass: memory is freed, replicas and disks come back. */
const PASSING = new Set(['OOM', 'NOREPLICAS', 'MISCONF']);

/** When what was refused is tried again, in milliseconds. */
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
 * By which barrier the replicas of one primary are counted: by the marker, by
 * offset for a while where the server refuses it, and by WAIT alone where it
 * refuses INFO as well.
 *
 * @internal
 */
export class BarrierChoice {
  /** What CLUSTER NODES has said there, for whoever asks next. */
  readonly slots = new SlotTableMemory();
  readonly marker: Barrier = new MarkerBarrier(this.slots);
  readonly #offset: Barrier;
  readonly #plain: Barrier = new PlainWait(() => this.#hidden);
  #markerAgainAt = -Infinity;
  #offsetAgainAt = -Infinity;
  /** What it said instead of its replication state. */
  #hidden = new ErrorReply('ERR the server shows no replication id');

  constructor(access: PrimaryAccess) {
    this.#offset = new OffsetBarrier(access);
  }

  /** Only WAITAOF tells of disks. */
  barrierFor({ local }: BarrierGoal): Barrier {
    const now = performance.now();
    if (local !== undefined || now >= this.#markerAgainAt) return this.marker;
    return now >= this.#offsetAgainAt ? this.#offset : this.#plain;
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
    if (goal.local !== undefined || what === 'plainWait') return 'none';
    const { passing, lasting } = AGAIN_MS;
    const againAt =
      performance.now() + (PASSING.has(error.prefix) ? passing : lasting);
    if (what === 'info') {
      this.#hidden = error;
      this.#offsetAgainAt = againAt;
    } else {
      this.#markerAgainAt = againAt;
    }
    return 'other';
  }

  close(): void {
    this.#offset.close();
  }
}
