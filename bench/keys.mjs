/** How many keys there are; enough to meet every slot and no cache of slots. */
export const KEY_COUNT = 100_000;

/** What every key holds and every SET writes: 100 bytes of ASCII. */
export const VALUE = 'nest-redis-cluster '.repeat(6).slice(0, 100);

/** All of one length, so that the floor can cut its precomputed bytes anywhere. */
export const KEYS = Array.from(
  { length: KEY_COUNT },
  (_, index) => `bench:${String(index).padStart(6, '0')}`,
);

/** A generator of keys in random order, the same one for the same seed (xorshift32). */
export function randomKeys(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return KEYS[(state >>> 0) % KEY_COUNT];
  };
}
