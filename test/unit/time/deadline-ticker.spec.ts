import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  deadlineTicker,
  type DeadlineHolder,
} from '../../../lib/time/deadline-ticker.js';

/** A holder with one call that ends at `deadline`, in milliseconds from now. */
class Holder implements DeadlineHolder {
  readonly asked: number[] = [];
  expiredAt: number | undefined;
  private readonly start = performance.now();

  constructor(private readonly deadline: number) {}

  expire(now: number): boolean {
    const elapsed = now - this.start;
    this.asked.push(elapsed);
    if (elapsed < this.deadline) return true;
    this.expiredAt = elapsed;
    return false;
  }
}

let stalledFor = 0;

/** The loop stalls: the next tick comes `milliseconds` after the last. */
function stall(milliseconds: number): void {
  // the tick itself comes 20 ms later
  stalledFor += milliseconds - 20;
  vi.advanceTimersToNextTimer();
}

describe('the deadline ticker', () => {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ['setInterval', 'clearInterval', 'setImmediate', 'performance'],
    });
    stalledFor = 0;
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + stalledFor);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it('meets a deadline within one tick of 20 ms', () => {
    const holder = new Holder(50);
    deadlineTicker.watch(holder);
    vi.advanceTimersByTime(45);
    expect(holder.expiredAt).toBeUndefined();
    vi.advanceTimersByTime(25);
    expect(holder.expiredAt).toBe(60);
  });

  it('keeps one timer for all holders, and none when it is idle', () => {
    const holders = [new Holder(50), new Holder(90)];
    for (const holder of holders) deadlineTicker.watch(holder);
    for (const holder of holders) deadlineTicker.watch(holder);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(60);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(60);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('stops when its last holder is forgotten', () => {
    const holder = new Holder(50);
    deadlineTicker.watch(holder);
    deadlineTicker.unwatch(holder);
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(100);
    expect(holder.asked).toEqual([]);
  });

  it('starts again after it was idle, without taking the pause for a stall', () => {
    const first = new Holder(10);
    deadlineTicker.watch(first);
    vi.advanceTimersByTime(1_000);
    const second = new Holder(10);
    deadlineTicker.watch(second);
    vi.advanceTimersByTime(20);
    expect(second.expiredAt).toBe(20);
  });

  it('gives replies a moment to be read after a stalled event loop (conformance 149)', () => {
    const holder = new Holder(50);
    deadlineTicker.watch(holder);
    stall(500);
    expect(holder.asked).toEqual([]);
    vi.advanceTimersByTime(80);
    expect(holder.asked).toEqual([]);
    vi.advanceTimersByTime(20);
    expect(holder.expiredAt).toBe(600);
  });

  it('meets deadlines all the same where one stall follows another', () => {
    const holder = new Holder(50);
    deadlineTicker.watch(holder);
    stall(500);
    expect(holder.asked).toEqual([]);
    stall(500);
    // behind the poll phase
    expect(holder.asked).toEqual([]);
    vi.advanceTimersToNextTimer();
    expect(holder.expiredAt).toBeCloseTo(1_000, -1);
  });

  it('survives a holder that is forgotten while others are asked', () => {
    const second = new Holder(0);
    const first: DeadlineHolder = {
      expire: () => {
        deadlineTicker.unwatch(second);
        return false;
      },
    };
    deadlineTicker.watch(first);
    deadlineTicker.watch(second);
    vi.advanceTimersByTime(20);
    expect(second.asked).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
