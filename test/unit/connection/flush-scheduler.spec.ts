import { afterEach, describe, expect, it } from 'vitest';
import { flushScheduler } from '../../../lib/connection/flush-scheduler.js';
import { clock } from '../../../lib/time/clock.js';

const nextTick = () =>
  new Promise<void>((resolve) => process.nextTick(resolve));
const checkPhase = () => new Promise<void>((resolve) => setImmediate(resolve));

/** One turn that writes so many requests. */
async function turnOf(requests: number): Promise<void> {
  flushScheduler.schedule({ flush: () => requests });
  await checkPhase();
  await checkPhase();
}

describe('the flush scheduler', () => {
  afterEach(() => turnOf(1));

  it('writes at the end of the tick, behind everything that asked in it', async () => {
    const order: string[] = [];
    flushScheduler.schedule({ flush: () => order.push('a') });
    flushScheduler.schedule({ flush: () => order.push('b') });
    order.push('tick');
    await nextTick();
    expect(order).toEqual(['tick', 'a', 'b']);
  });

  it('writes in the check phase while there are many callers', async () => {
    await turnOf(50);
    const order: string[] = [];
    flushScheduler.schedule({ flush: () => order.push('written') });
    await nextTick();
    expect(order).toEqual([]);
    await checkPhase();
    expect(order).toEqual(['written']);
  });

  it('writes at the end of the tick again once a caller is alone', async () => {
    await turnOf(50);
    await turnOf(1);
    const order: string[] = [];
    flushScheduler.schedule({ flush: () => order.push('written') });
    await nextTick();
    expect(order).toEqual(['written']);
  });

  it.each([1, 50])(
    'writes again for who asks during a write of %i',
    async (requests) => {
      await turnOf(requests);
      let flushes = 0;
      const again = {
        flush: () => {
          flushes += 1;
          if (flushes < 3) flushScheduler.schedule(again);
          return requests;
        },
      };
      flushScheduler.schedule(again);
      for (let nth = 0; nth < 4; nth++) await checkPhase();
      expect(flushes).toBe(3);
    },
  );

  it('lets the clock of the turn go on', async () => {
    const before = clock.refresh();
    flushScheduler.schedule({ flush: () => 1 });
    await nextTick();
    while (performance.now() === before);
    expect(clock.now).toBeGreaterThan(before);
  });
});
