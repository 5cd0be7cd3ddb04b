import { describe, expect, it, vi } from 'vitest';
import {
  AnotherLook,
  RidesUnderWay,
} from '../../../lib/replication/barrier/another-look.js';

/** One that looks while so many others are under way. */
function looking(count = 1, looked = (): void => undefined): AnotherLook {
  const rides = new RidesUnderWay();
  rides.count = count;
  return new AnotherLook(rides, looked);
}

/** So many groups come and go. @returns how many of them waited for a look */
function waiting(look: AnotherLook, groups: number, grows: boolean): number {
  let waited = 0;
  for (let nth = 0; nth < groups; nth += 1) {
    if (look.takes(1)) waited += 1;
    look.left(grows ? 2 : 1);
  }
  return waited;
}

const nextTurn = (): Promise<void> =>
  new Promise((resolve) => setImmediate(resolve));

describe('another look at the sockets', () => {
  it('is for groups that others may join: not where none is under way', () => {
    expect(looking(0).takes(1)).toBe(false);
    expect(looking(1).takes(1)).toBe(true);
  });

  it('lasts a turn, however many come meanwhile, and there are two at most', async () => {
    const looked = vi.fn<() => void>();
    const look = looking(1, looked);
    for (const looks of [1, 2]) {
      expect(look.takes(1)).toBe(true);
      expect(look.takes(2)).toBe(true);
      expect(looked).toHaveBeenCalledTimes(looks - 1);
      await nextTurn();
      expect(looked).toHaveBeenCalledTimes(looks);
    }
    expect(look.takes(3)).toBe(false);
    look.left(3);
    expect(look.takes(1)).toBe(true);
  });

  it('is the last one where it brought somebody', async () => {
    const look = looking();
    expect(look.takes(1)).toBe(true);
    await nextTurn();
    expect(look.takes(2)).toBe(false);
  });

  it('ends where the group has become large, leaves, or is no more', async () => {
    const looked = vi.fn<() => void>();
    const look = looking(1, looked);
    expect(look.takes(15)).toBe(true);
    expect(look.takes(16)).toBe(false);
    look.left(16);
    expect(look.takes(1)).toBe(true);
    look.forget();
    await nextTurn();
    expect(looked).not.toHaveBeenCalled();
    expect(look.takes(1)).toBe(true);
  });

  it('is for hardly any group where it brings nobody, and for all again when it does', () => {
    const look = looking();
    waiting(look, 100, false);
    // one behind 32 that leave at once
    expect(waiting(look, 330, false)).toBe(10);
    waiting(look, 66, true);
    expect(waiting(look, 10, true)).toBe(10);
  });

  it('is for all groups as long as one of three grows by it', () => {
    const look = looking();
    for (let nth = 0; nth < 300; nth += 1) {
      expect(look.takes(1)).toBe(true);
      look.left(nth % 3 === 0 ? 2 : 1);
    }
  });
});
