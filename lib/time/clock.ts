/**
 * Monotonic time in milliseconds, read once per event-loop turn instead of
 * once per command (`performance.now()` costs 30-40 ns on Node 20, a whole GET
 * about 1,500).
 */
class Clock {
  private stale = true;
  private last = 0;

  /**
   * The time of this turn's first call; for those who write or watch a deadline
   * behind it, which ends the turn. Others {@link refresh}.
   */
  get now(): number {
    if (this.stale) {
      this.last = performance.now();
      this.stale = false;
    }
    return this.last;
  }

  /**
   * Reads the time anew and returns it. The next
   * {@link now} reads it itself all the same: whoever refreshes need not have
   * anything behind him that expires the clock.
   */
  refresh(): number {
    this.last = performance.now();
    return this.last;
  }

  /** Says that a turn ended: the next {@link Clock.now} reads the time anew. */
  expire(): void {
    this.stale = true;
  }
}

/** The process's coarse clock. */
export const clock = new Clock();
