import { describe, expect, it } from 'vitest';
import { clock } from '../../../lib/time/clock.js';
import { deadlineTicker } from '../../../lib/time/deadline-ticker.js';

/** Longer than a coarse clock may lag, shorter than anybody waits. */
const AWHILE_MS = 60;

const passed = (): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, AWHILE_MS));

describe('the coarse clock', () => {
  it('is right for the first call after the last deadline was watched', async () => {
    await new Promise<void>((resolve) => {
      deadlineTicker.watch({
        expire() {
          setImmediate(resolve);
          return false;
        },
      });
    });
    await passed();
    expect(performance.now() - clock.now).toBeLessThan(AWHILE_MS / 2);
    clock.expire();
  });

  it('is right after somebody read it anew', async () => {
    clock.refresh();
    await passed();
    expect(performance.now() - clock.now).toBeLessThan(AWHILE_MS / 2);
    clock.expire();
  });

  it('holds still within a turn', () => {
    const first = clock.now;
    const end = performance.now() + 2;
    while (performance.now() < end);
    expect(clock.now).toBe(first);
    clock.expire();
  });
});
