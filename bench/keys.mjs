/** How many keys there are; enough to meet every slot and no cache of slots. */
export const KEY_COUNT = 100_000;

/** What every key holds and every SET writes: 100 bytes of ASCII. */
export const VALUE = 'nest-redis-cluster '.repeat(6).slice(0, 100);

/** All of one length, so that the floor can cut its precomputed bytes anywhere. */
export const KEYS = Array.from(
  { length: KEY_COUNT },
  (_, index) => `bench:${String(index).padStart(6, '0')}`,
);

/** Values of other sizes and kinds, each with so many keys of its own (at most 32 MiB a kind). */
export const VALUES = {
  '16b': { value: VALUE.slice(0, 16), keys: 10_000 },
  '1k': { value: ascii(1024), keys: 5_000 },
  '16k': { value: ascii(16 * 1024), keys: 500 },
  '1m': { value: ascii(1024 * 1024), keys: 32 },
  text: {
    value: 'Füße, größer, naïve, 日本語, €uro 🙂 '.repeat(3),
    keys: 5_000,
  },
  binary: {
    value: Buffer.from(
      Array.from({ length: 100 }, (_, at) => (at * 151) % 256),
    ),
    keys: 5_000,
  },
};

/** Elements of each hash and each sorted set, of which there are that many keys. */
export const ELEMENTS = 100;
export const AGGREGATES = 500;

/** The name of the nth key of a kind. */
export function keyOf(kind, nth) {
  return `bench:${kind}:${nth}`;
}

/** A key of a kind in place of a key of the 100,000: a random one for a random one. */
export function sameOf(kind, key, count) {
  return keyOf(kind, Number(key.slice(-6)) % count);
}

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

function ascii(length) {
  return VALUE.repeat(Math.ceil(length / VALUE.length)).slice(0, length);
}
