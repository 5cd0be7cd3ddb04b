import type { BarrierOutcome } from './barrier-outcome.js';

/** How old its answer may be when the scope ends. */
const FRESH_MS = 0.5;

/** The barrier of one write, while nobody knows whether it is the scope's only one. @internal */
export class Speculation {
  #outcome: BarrierOutcome | undefined;
  #knownAt: number | undefined;
  #told: ((outcome: BarrierOutcome | undefined) => void) | undefined;

  /**
   * @param learn told whether it was of use to its scope
   */
  constructor(private readonly learn: (useful: boolean) => void) {}

  /**
   * The scope has ended: tells what was proven, once it is known; undefined
   * where nothing was, or the work went on after it and the primary may have
   * been demoted meanwhile.
   */
  whenKnown(told: (outcome: BarrierOutcome | undefined) => void): void {
    if (this.#knownAt === undefined) this.#told = told;
    else if (performance.now() - this.#knownAt <= FRESH_MS) this.#tell(told);
    else {
      this.learn(false);
      told(undefined);
    }
  }

  /** The scope has no use for it. */
  waste(): void {
    this.learn(false);
  }

  /** What it proved is known; undefined where that is nothing. */
  read(outcome: BarrierOutcome | undefined): void {
    this.#outcome = outcome;
    this.#knownAt = performance.now();
    if (this.#told !== undefined) this.#tell(this.#told);
  }

  #tell(told: (outcome: BarrierOutcome | undefined) => void): void {
    this.learn(this.#outcome !== undefined);
    told(this.#outcome);
  }
}
