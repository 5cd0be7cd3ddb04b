import { describe, expect, it } from 'vitest';
import { keyInSlot } from '../../../lib/replication/writes/slot-key.js';
import {
  isAsking,
  SlotKeys,
} from '../../../lib/replication/writes/slot-keys.js';
import { keySlot } from '../../../lib/routing/key-slot.js';

function listed(keys: SlotKeys): [number, string | Buffer][] {
  const list: [number, string | Buffer][] = [];
  keys.each((marked, key) => list.push([marked, key]));
  return list;
}

describe('written keys by slot', () => {
  it('keeps slots ascending and once, and writes behind ASKING apart', () => {
    const keys = new SlotKeys();
    keys.add(9, 'a', false);
    keys.add(3, 'b', false);
    keys.add(9, 'a', true);
    expect(keys.slots()).toEqual([3, 9]);
    expect(listed(keys).map(([marked]) => isAsking(marked))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('leaves out commands without keys', () => {
    const keys = new SlotKeys();
    keys.add(-1, undefined, false);
    expect(listed(keys)).toEqual([]);
  });

  it('stands a key of its own in for a slot whose key is not at hand', () => {
    const keys = new SlotKeys();
    keys.add(77, undefined, false);
    expect(keySlot(listed(keys)[0]![1])).toBe(77);
  });

  it('stays small however much is written', () => {
    const keys = new SlotKeys();
    for (let i = 0; i < 20_000; i += 1) {
      keys.add(5, `{x}${i}`, false);
      keys.add(i % 7, 'same', false);
    }
    const list = listed(keys);
    expect(list.length).toBeLessThan(1_100);
    expect(keys.slots()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    // an absent key of the slot stands for those left out
    expect(list).toContainEqual([5, keyInSlot(5)]);
  });

  it('finds an unused key for every slot', () => {
    for (const slot of [0, 1, 8_191, 16_383]) {
      expect(keySlot(keyInSlot(slot))).toBe(slot);
    }
  });
});
