/** How the elements of a reply become values, as bits. */
export const ReplyFormat = {
  /** Strings become Buffers; names of objects, simple strings and pushes stay text. */
  Buffers: 1,
  /** Integers become bigints, also small ones. */
  BigInts: 2,
  /** Maps become `Map`s, whose keys are what strings are. */
  Maps: 4,
  /** Sets become `Set`s: known by their commands, since RESP2 has none. */
  Sets: 8,
} as const;
