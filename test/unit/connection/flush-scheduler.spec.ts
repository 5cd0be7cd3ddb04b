import { describe, expect, it } from 'vitest';
import { flushScheduler } from '../../../lib/connection/flush-scheduler.js';
import { clock } from '../../../lib/time/clock.js';

const nextTick = () =>
  new Promise<void>((resolve) => process.nextTick(resolve));
const checkPhase = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the flush scheduler', () => {
  it('writes at the end of the tick, behind everything that asked in it', async () => {
    const order: string[] = [];
    flushScheduler.soon({ flush: () => order.push('a') });
    flushScheduler.soon({ flush: () => order.push('b') });
    order.push('tick');
    await nextTick();
    expect(order).toEqual(['tick', 'a', 'b']);
  });

  it('writes in the check phase for those who wait for it', async () => {
    const order: string[] = [];
    flushScheduler.afterPoll({ flush: () => order.push('later') });
    flushScheduler.soon({ flush: () => order.push('soon') });
    await nextTick();
    expect(order).toEqual(['soon']);
    await checkPhase();
    expect(order).toEqual(['soon', 'later']);
  });

  it('writes again for who asks during a write', async () => {
    let flushes = 0;
    const again = {
      flush: () => {
        flushes += 1;
        if (flushes < 3) flushScheduler.soon(again);
      },
    };
    flushScheduler.soon(again);
    await checkPhase();
    expect(flushes).toBe(3);
    const later = {
      flush: () => {
        flushes += 1;
        if (flushes < 6) flushScheduler.afterPoll(later);
      },
    };
    flushScheduler.afterPoll(later);
    for (let nth = 0; nth < 4; nth++) await checkPhase();
    expect(flushes).toBe(6);
  });

  it('lets the clock of the turn go on', async () => {
    const before = clock.refresh();
    flushScheduler.soon({ flush: () => {} });
    await nextTick();
    while (performance.now() === before);
    expect(clock.now).toBeGreaterThan(before);
  });
});
