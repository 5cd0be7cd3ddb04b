import { keyInSlot } from './slot-key.js';

/** Beyond so many keys of one slot in one scope, one absent key stands for the rest. */
const KEYS_PER_SLOT = 64;
const COMPACT_FROM = 1_024;

const NO_SLOTS: number[] = [];
const NO_KEYS: (string | Buffer)[] = [];

/** Set on a slot whose writes ran behind ASKING, on the node that imports it. */
const ASKING = 1 << 14;

/**
 * The keys that were written, by slot. Adding one costs two array elements,
 * and most scopes write one. Repetitions are taken out
 * only when the list has grown long.
 *
 * @internal
 */
export class SlotKeys {
  #slots: number[] = NO_SLOTS;
  #keys: (string | Buffer)[] = NO_KEYS;
  #compactAt = COMPACT_FROM;

  /** How many there are, perhaps with repetitions. */
  get length(): number {
    return this.#slots.length;
  }

  /** @param key undefined where the command's slot is known but no key is at hand */
  add(slot: number, key: string | Buffer | undefined, asking: boolean): void {
    if (slot < 0) return;
    const last = this.#slots.length - 1;
    const marked = asking ? slot | ASKING : slot;
    const written = key ?? keyInSlot(slot);
    if (last === -1) {
      // literals have room for one; what push makes of an empty array has it for seventeen
      this.#slots = [marked];
      this.#keys = [written];
      return;
    }
    if (this.#slots[last] === marked && this.#keys[last] === written) return;
    this.#slots.push(marked);
    this.#keys.push(written);
    if (this.#slots.length >= this.#compactAt) this.#compact();
  }

  addAll(other: SlotKeys): void {
    for (const [index, marked] of other.#slots.entries()) {
      this.add(marked & ~ASKING, other.#keys[index], (marked & ASKING) !== 0);
    }
  }

  /** Whether a key of this slot was written. */
  has(slot: number): boolean {
    return this.#slots.some((marked) => (marked & ~ASKING) === slot);
  }

  /** The slots, ascending. */
  slots(): number[] {
    if (this.#slots.length === 1) return [this.#slots[0]! & ~ASKING];
    const slots = new Set<number>();
    for (const marked of this.#slots) slots.add(marked & ~ASKING);
    return [...slots].sort((one, other) => one - other);
  }

  /** Calls back with each slot (a number that tells asking ones apart) and key. */
  each(visit: (marked: number, key: string | Buffer) => void): void {
    for (let index = 0; index < this.#slots.length; index += 1) {
      visit(this.#slots[index]!, this.#keys[index]!);
    }
  }

  /** What is known of the first of its slots that is among these; the numbers are those of {@link each}. */
  firstAmong<T>(marked: ReadonlyMap<number, T>): T | undefined {
    for (const slot of this.#slots) {
      const found = marked.get(slot);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #compact(): void {
    const bySlot = new Map<number, Map<string, string | Buffer>>();
    this.each((marked, key) => {
      let keys = bySlot.get(marked);
      if (keys === undefined) bySlot.set(marked, (keys = new Map()));
      if (keys.size < KEYS_PER_SLOT) {
        keys.set(typeof key === 'string' ? key : key.toString('latin1'), key);
      } else {
        // an absent key answers ASK for as long as the slot is being moved
        const absent = keyInSlot(marked & ~ASKING);
        keys.set(absent, absent);
      }
    });
    this.#slots = [];
    this.#keys = [];
    for (const [marked, keys] of bySlot) {
      for (const key of keys.values()) {
        this.#slots.push(marked);
        this.#keys.push(key);
      }
    }
    this.#compactAt = Math.max(COMPACT_FROM, this.#slots.length * 2);
  }
}

/** Whether a slot number of {@link SlotKeys.each} stands for writes behind ASKING. @internal */
export function isAsking(marked: number): boolean {
  return (marked & ASKING) !== 0;
}
