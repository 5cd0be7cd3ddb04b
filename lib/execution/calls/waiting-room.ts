import {
  deadlineTicker,
  type DeadlineHolder,
} from '../../time/deadline-ticker.js';
import type { Call } from './call.js';

/** What happens to the calls of a {@link WaitingRoom}. */
export interface WaitingRoomListener {
  /** Its wait is over: it is sent again. */
  dispatch(call: Call): void;
  /** Its budget ended while it waited. */
  expiredWaiting(call: Call): void;
}

/**
 * Calls between two attempts: those that wait for a moment to pass, and those
 * whose slot has no owner until the topology says otherwise. One timer serves
 * all; a thousand calls that fail together cost no thousand timers.
 */
export class WaitingRoom implements DeadlineHolder {
  private resting: { call: Call; due: number }[] = [];
  private unrouted: Call[] = [];
  private timer: NodeJS.Timeout | undefined;
  private timerDue = Infinity;
  private readonly emptied: (() => void)[] = [];

  constructor(private readonly listener: WaitingRoomListener) {}

  get size(): number {
    return this.resting.length + this.unrouted.length;
  }

  /** Whether calls wait for a topology that names a node. */
  get routeAwaited(): boolean {
    return this.unrouted.length > 0;
  }

  /** Sends the call again after `delayMs`. */
  rest(call: Call, delayMs: number): void {
    const due = performance.now() + delayMs;
    this.resting.push({ call, due });
    this.watch();
    if (due < this.timerDue) this.arm(due);
  }

  /** Sends the call again when the topology has changed. */
  awaitRoute(call: Call): void {
    this.unrouted.push(call);
    this.watch();
  }

  /** The topology changed: calls without a route try again, in order. */
  routesChanged(): void {
    const calls = this.unrouted;
    this.unrouted = [];
    for (const call of calls) this.listener.dispatch(call);
    this.noteEmpty();
  }

  /** Takes everything out. */
  clear(): Call[] {
    const calls = [...this.resting.map(({ call }) => call), ...this.unrouted];
    this.resting = [];
    this.unrouted = [];
    deadlineTicker.unwatch(this);
    this.noteEmpty();
    return calls;
  }

  /** Takes one call out; false when it is not here. */
  remove(call: Call): boolean {
    const before = this.size;
    this.resting = this.resting.filter((entry) => entry.call !== call);
    this.unrouted = this.unrouted.filter((other) => other !== call);
    this.noteEmpty();
    return this.size < before;
  }

  /** Resolves when nobody waits. */
  whenEmpty(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.emptied.push(resolve);
    });
  }

  expire(now: number): boolean {
    const overdue: Call[] = [];
    const inTime = (call: Call): boolean => {
      if (call.deadline > now) return true;
      overdue.push(call);
      return false;
    };
    this.resting = this.resting.filter(({ call }) => inTime(call));
    this.unrouted = this.unrouted.filter(inTime);
    for (const call of overdue) this.listener.expiredWaiting(call);
    this.noteEmpty();
    return this.size > 0;
  }

  private watch(): void {
    deadlineTicker.watch(this);
  }

  private arm(due: number): void {
    clearTimeout(this.timer);
    this.timerDue = due;
    const wait = Math.max(0, due - performance.now());
    this.timer = setTimeout(() => this.wake(), wait);
  }

  private wake(): void {
    this.timerDue = Infinity;
    const now = performance.now();
    const due: Call[] = [];
    let next = Infinity;
    this.resting = this.resting.filter((entry) => {
      if (entry.due <= now) {
        due.push(entry.call);
        return false;
      }
      next = Math.min(next, entry.due);
      return true;
    });
    if (next < Infinity) this.arm(next);
    for (const call of due) this.listener.dispatch(call);
    this.noteEmpty();
  }

  private noteEmpty(): void {
    if (this.size > 0) return;
    clearTimeout(this.timer);
    this.timerDue = Infinity;
    for (const resolve of this.emptied.splice(0)) resolve();
  }
}
