import { keyInSlot } from './slot-key.js';

/** Beyond so many keys of one slot in one scope, one absent key stands for the rest. */
const KEYS_PER_SLOT = 64;
const COMPACT_FROM = 1_024;

/** No slot. */
const NONE = -1;

/** Never changed. */
const NO_SLOTS: number[] = [];
const NO_KEYS: (string | Buffer)[] = [];

/** Set on a slot whose writes ran behind ASKING, on the node that imports it. */
const ASKING = 1 << 14;

/**
 * The keys that were written, by slot. Most scopes write one, which costs no
 * array; each one more costs two array elements. Repetitions are taken out
 * only when the list has grown long.
 *
 * @internal
 */
export class SlotKeys {
  #firstSlot = NONE;
  #firstKey: string | Buffer = '';
  #otherSlots = NO_SLOTS;
  #otherKeys = NO_KEYS;
  #compactAt = COMPACT_FROM;

  /** How many there are, perhaps with repetitions. */
  get length(): number {
    return this.#firstSlot === NONE ? 0 : 1 + this.#otherSlots.length;
  }

  /** @param key undefined where the command's slot is known but no key is at hand */
  add(slot: number, key: string | Buffer | undefined, asking: boolean): void {
    if (slot < 0) return;
    const marked = asking ? slot | ASKING : slot;
    this.#append(marked, key ?? keyInSlot(slot));
    if (this.length >= this.#compactAt) this.#compact();
  }

  addAll(other: SlotKeys): void {
    other.each((marked, key) =>
      this.add(marked & ~ASKING, key, isAsking(marked)),
    );
  }

  /** Whether a key of this slot was written. */
  has(slot: number): boolean {
    let found = false;
    this.each((marked) => (found ||= (marked & ~ASKING) === slot));
    return found;
  }

  /** The slots, ascending. */
  slots(): number[] {
    if (this.length === 1) return [this.#firstSlot & ~ASKING];
    const slots = new Set<number>();
    this.each((marked) => slots.add(marked & ~ASKING));
    return [...slots].sort((one, other) => one - other);
  }

  /** Calls back with each slot (a number that tells asking ones apart) and key. */
  each(visit: (marked: number, key: string | Buffer) => void): void {
    if (this.#firstSlot === NONE) return;
    visit(this.#firstSlot, this.#firstKey);
    for (let index = 0; index < this.#otherSlots.length; index += 1) {
      visit(this.#otherSlots[index]!, this.#otherKeys[index]!);
    }
  }

  /** What is known of the first of its slots that is among these; the numbers are those of {@link each}. */
  firstAmong<T>(marked: ReadonlyMap<number, T>): T | undefined {
    const first = marked.get(this.#firstSlot);
    if (first !== undefined) return first;
    for (const slot of this.#otherSlots) {
      const found = marked.get(slot);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #append(marked: number, key: string | Buffer): void {
    if (this.#firstSlot === NONE) {
      this.#firstSlot = marked;
      this.#firstKey = key;
      return;
    }
    const last = this.#otherSlots.length - 1;
    const lastSlot = last === -1 ? this.#firstSlot : this.#otherSlots[last];
    const lastKey = last === -1 ? this.#firstKey : this.#otherKeys[last];
    if (lastSlot === marked && lastKey === key) return;
    if (last === -1) {
      this.#otherSlots = [];
      this.#otherKeys = [];
    }
    this.#otherSlots.push(marked);
    this.#otherKeys.push(key);
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
    this.#firstSlot = NONE;
    this.#otherSlots = NO_SLOTS;
    this.#otherKeys = NO_KEYS;
    for (const [marked, keys] of bySlot) {
      for (const key of keys.values()) this.#append(marked, key);
    }
    this.#compactAt = Math.max(COMPACT_FROM, this.length * 2);
  }
}

/** Whether a slot number of {@link SlotKeys.each} stands for writes behind ASKING. @internal */
export function isAsking(marked: number): boolean {
  return (marked & ASKING) !== 0;
}
