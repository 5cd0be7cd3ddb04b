import { describe, expect, it } from 'vitest';
import {
  AnotherLook,
  RidesUnderWay,
} from '../../../lib/replication/barrier/another-look.js';

function looking(count = 1): AnotherLook {
  const rides = new RidesUnderWay();
  rides.count = count;
  return new AnotherLook(rides);
}

/** So many groups come and go. @returns how many of them waited for a look */
function waiting(look: AnotherLook, groups: number, grows: boolean): number {
  let waited = 0;
  for (let nth = 0; nth < groups; nth += 1) {
    if (look.isWorthIt(1)) waited += 1;
    look.left(grows ? 2 : 1);
  }
  return waited;
}

describe('another look at the sockets', () => {
  it('is for groups that others may join: not where none is under way', () => {
    expect(looking(0).isWorthIt(1)).toBe(false);
    expect(looking().isWorthIt(1)).toBe(true);
  });

  it('is for small groups, twice at most, and anew for the next', () => {
    const look = looking();
    expect(look.isWorthIt(16)).toBe(false);
    for (let nth = 0; nth < 3; nth += 1) {
      expect(look.isWorthIt(15)).toBe(true);
      expect(look.isWorthIt(15)).toBe(true);
      expect(look.isWorthIt(15)).toBe(false);
      look.left(16);
    }
  });

  it('is for hardly any group where it brings nobody, and for all again when it does', () => {
    const look = looking();
    waiting(look, 100, false);
    expect(waiting(look, 330, false)).toBe(10);
    // one that brings somebody is looked for, and the next ones follow
    waiting(look, 66, true);
    expect(waiting(look, 10, true)).toBe(10);
  });

  it('is for all groups as long as one of three grows by it', () => {
    const look = looking();
    for (let nth = 0; nth < 300; nth += 1) {
      expect(look.isWorthIt(1)).toBe(true);
      look.left(nth % 3 === 0 ? 2 : 1);
    }
  });
});
