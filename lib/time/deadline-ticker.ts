import { clock } from './clock.js';

/** Something that holds calls with deadlines. */
export interface DeadlineHolder {
  /** Settles every call whose deadline is not after `now`; false when nothing is left to watch. */
  expire(now: number): boolean;
}

/** Deadlines are met this much late at most, on an event loop that is not stalled. */
const TICK_MS = 20;

/** A timer this late tells of a stalled event loop, in milliseconds. */
export const STALL_MS = 100;

/** After a stall replies have this long to be read, and to what was written only now, to come. */
const GRACE_MS = 100;

/**
 * One unref'd interval for all deadlines of the process: a command costs a
 * comparison, not a timer. Holders keep the earliest deadline they know, so a
 * tick costs a comparison for each connection in use.
 *
 * After a stall (a long garbage collection, a busy loop) replies may lie
 * unread in the sockets, and commands of before may have been written only
 * behind it: the holders are asked a moment later, and then after the poll
 * phase had its turn, so that nobody times out for our own absence.
 */
class DeadlineTicker {
  private readonly holders = new Set<DeadlineHolder>();
  private timer: NodeJS.Timeout | undefined;
  private lastTick = 0;
  private graceEnds: number | undefined;

  /** Asks `holder` on every tick until its `expire` returns false. */
  watch(holder: DeadlineHolder): void {
    this.holders.add(holder);
    if (this.timer === undefined) {
      this.lastTick = clock.refresh();
      this.graceEnds = undefined;
      this.timer = setInterval(() => this.tick(), TICK_MS);
      this.timer.unref();
    }
  }

  /** Forgets `holder`. */
  unwatch(holder: DeadlineHolder): void {
    this.holders.delete(holder);
    this.stopWhenIdle();
  }

  private tick(): void {
    const now = clock.refresh();
    const stalled = now - this.lastTick > STALL_MS;
    this.lastTick = now;
    if (stalled) this.graceEnds ??= now + GRACE_MS;
    if (this.graceEnds !== undefined) {
      if (now < this.graceEnds) return;
      // also where one stall follows another: deadlines are met late, not never
      this.graceEnds = undefined;
    }
    // setImmediate runs behind the poll phase, which reads what has arrived
    if (stalled) setImmediate(() => this.expireAll(clock.refresh()));
    else this.expireAll(now);
  }

  private expireAll(now: number): void {
    for (const holder of this.holders) {
      if (!holder.expire(now)) this.holders.delete(holder);
    }
    // a call that went nowhere (no connection, no write) leaves a time behind
    clock.expire();
    this.stopWhenIdle();
  }

  private stopWhenIdle(): void {
    if (this.holders.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}

/** The process's ticker. */
export const deadlineTicker = new DeadlineTicker();
