import { inRootContext } from '../root-context.js';

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
  #late: NodeJS.Immediate | undefined;
  #armedFor = Infinity;

  /** @param due called no earlier than the earliest deadline, give or take a millisecond */
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
    clearImmediate(this.#late);
    this.#armedFor = Infinity;
  }

  readonly #fire = (): void => {
    this.#armedFor = Infinity;
    // behind the poll phase: after a stall of this process, replies lie there unread
    this.#late = setImmediate(this.due);
  };
}
