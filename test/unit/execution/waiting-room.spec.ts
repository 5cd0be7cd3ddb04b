import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Call } from '../../../lib/execution/calls/call.js';
import { WaitingRoom } from '../../../lib/execution/calls/waiting-room.js';
import { madeUpCall } from './made-up-call.js';

const waitingCall = (waitMs = Infinity) =>
  madeUpCall(['GET', 'k'], { deadline: performance.now() + waitMs });

describe('the waiting room', () => {
  let sent: Call[];
  let expired: Call[];
  let room: WaitingRoom;

  beforeEach(() => {
    vi.useFakeTimers();
    [sent, expired] = [[], []];
    room = new WaitingRoom({
      dispatch: (call) => sent.push(call),
      expiredWaiting: (call) => expired.push(call),
    });
  });

  afterEach(() => {
    room.clear();
    vi.useRealTimers();
  });

  it('sends a call again when its delay is over, on one timer for all', () => {
    const [late, early] = [waitingCall(), waitingCall()];
    room.rest(late, 200);
    room.rest(early, 50);
    // the other timer is the deadline ticker's
    expect(vi.getTimerCount()).toBe(2);
    vi.advanceTimersByTime(60);
    expect(sent).toEqual([early]);
    vi.advanceTimersByTime(150);
    expect(sent).toEqual([early, late]);
    expect(room.size).toBe(0);
  });

  it('sends a thousand calls that failed together on one timer (conformance 57)', () => {
    for (let nth = 0; nth < 1_000; nth++)
      room.rest(waitingCall(), 10 + (nth % 5));
    expect(vi.getTimerCount()).toBe(2);
    vi.advanceTimersByTime(20);
    expect(sent).toHaveLength(1_000);
  });

  it('sends calls without a route when the topology has changed, in order', () => {
    const calls = [waitingCall(), waitingCall(), waitingCall()];
    for (const each of calls) room.awaitRoute(each);
    vi.advanceTimersByTime(10_000);
    expect(sent).toEqual([]);
    room.routesChanged();
    expect(sent).toEqual(calls);
    expect(room.size).toBe(0);
  });

  it('keeps a call that finds no route again', () => {
    const again = new WaitingRoom({
      dispatch: (each) => {
        sent.push(each);
        again.awaitRoute(each);
      },
      expiredWaiting: () => {},
    });
    again.awaitRoute(waitingCall());
    again.routesChanged();
    expect(sent).toHaveLength(1);
    expect(again.size).toBe(1);
    again.clear();
  });

  it('ends the wait of a call whose time is over, and of no other', () => {
    const [short, long, unrouted] = [
      waitingCall(50),
      waitingCall(500),
      waitingCall(50),
    ];
    room.rest(short, 400);
    room.rest(long, 400);
    room.awaitRoute(unrouted);
    vi.advanceTimersByTime(100);
    expect(expired).toEqual([short, unrouted]);
    expect(room.size).toBe(1);
  });

  it('gives up a call that is taken out', () => {
    const [taken, kept] = [waitingCall(), waitingCall()];
    room.rest(taken, 10);
    room.awaitRoute(kept);
    expect(room.remove(taken)).toBe(true);
    expect(room.remove(taken)).toBe(false);
    vi.advanceTimersByTime(100);
    expect(sent).toEqual([]);
    expect(room.size).toBe(1);
  });

  it('gives all calls back when it is cleared, and keeps no timer', () => {
    const [resting, unrouted] = [waitingCall(), waitingCall()];
    room.rest(resting, 10);
    room.awaitRoute(unrouted);
    expect(room.clear()).toEqual([resting, unrouted]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('keeps no timer of its own when its last call was taken out', () => {
    const only = waitingCall();
    room.rest(only, 200);
    room.remove(only);
    vi.advanceTimersByTime(20);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('rests calls again after it was cleared', () => {
    room.rest(waitingCall(), 10);
    room.clear();
    room.rest(waitingCall(), 500);
    vi.advanceTimersByTime(600);
    expect(sent).toHaveLength(1);
  });

  it('tells everyone who asked when nobody waits any more', async () => {
    await room.whenEmpty();
    room.rest(waitingCall(), 50);
    const told = vi.fn<() => void>();
    const both = [room.whenEmpty().then(told), room.whenEmpty().then(told)];
    await Promise.resolve();
    expect(told).not.toHaveBeenCalled();
    vi.advanceTimersByTime(60);
    await Promise.all(both);
    expect(told).toHaveBeenCalledTimes(2);
  });
});
