import { inRootContext } from '../root-context.js';
import type { BarrierOutcome } from './barrier-outcome.js';

/**
 * The barrier of one write, while nobody knows whether it is the scope's only
 * one. It counts where the work settles in the turn of the event loop in which
 * the write's reply was read: later, the primary may have been demoted since.
 * (By the clock it cannot be told: after a stall of this process, what was
 * answered long ago is read just now.)
 *
 * @internal
 */
export class Speculation {
  #outcome: BarrierOutcome | undefined;
  #isKnown = false;
  #inTime = false;
  #told: ((outcome: BarrierOutcome | undefined) => void) | undefined;

  /**
   * @param learn told whether it was of use to its scope
   */
  constructor(private readonly learn: (useful: boolean) => void) {}

  /** The write's reply is being read. */
  writeAnswered(): void {
    this.#inTime = true;
    inRootContext(() => setImmediate(() => (this.#inTime = false)));
  }

  /**
   * The scope has ended: tells what was proven, once it is known; undefined
   * where nothing was, or the work went on after the write.
   */
  whenKnown(told: (outcome: BarrierOutcome | undefined) => void): void {
    if (!this.#inTime) {
      this.learn(false);
      told(undefined);
    } else if (this.#isKnown) this.#tell(told);
    else this.#told = told;
  }

  /** The scope has no use for it. */
  waste(): void {
    this.learn(false);
  }

  /** What it proved is known; undefined where that is nothing. */
  read(outcome: BarrierOutcome | undefined): void {
    this.#outcome = outcome;
    this.#isKnown = true;
    if (this.#told !== undefined) this.#tell(this.#told);
  }

  #tell(told: (outcome: BarrierOutcome | undefined) => void): void {
    this.learn(this.#outcome !== undefined);
    told(this.#outcome);
  }
}
