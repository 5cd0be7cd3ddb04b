import { inRootContext } from './root-context.js';

/** The longest that setTimeout takes. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * One timer for any number of deadlines: it is armed for the earliest, and
 * whoever it calls tells the next.
 *
 * @internal
 */
export class DeadlineTimer {
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Infinity;

  constructor(private readonly due: () => void) {}

  /** @param deadline as `performance.now()` tells the time */
  watch(deadline: number): void {
    if (deadline >= this.#armedFor) return;
    clearTimeout(this.#timer);
    this.#armedFor = deadline;
    const delay = Math.ceil(deadline - performance.now());
    this.#timer = inRootContext(() =>
      setTimeout(this.#fire, Math.min(Math.max(delay, 1), LONGEST_MS)),
    );
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#armedFor = Infinity;
  }

  readonly #fire = (): void => {
    this.#armedFor = Infinity;
    this.due();
  };
}
