/**
 * Room that the owner of a read buffer keeps free in front of the bytes it
 * reads. The decoder puts the unfinished end of the last chunk there, so that
 * an element which two reads share needs no concatenation. It is also the
 * largest element carried over like this; larger ones get a buffer of their own.
 */
export const READ_RESERVE = 16 * 1024;

/**
 * What a server may announce or send before the decoder calls it malformed.
 * The purpose of each is bounded memory, none is a size that a sane server reaches.
 */
export const ProtocolLimit = {
  /**
   * Bytes of one bulk string, in replies and in arguments: the servers' own
   * default for `proto-max-bulk-len` (512mb in their redis.conf and valkey.conf).
   */
  bulkLength: 512 * 1024 * 1024,
  /** Elements of one aggregate: what a JavaScript array can hold. */
  elements: 2 ** 32 - 1,
  /** Open aggregates: deeper than Lua's C stack lets a script's reply be. */
  depth: 1024,
  /** Bytes of a simple string, error, double or big number. Scripts write their own error texts, hence so much. */
  line: 1024 * 1024,
  /** Bytes of a length or an integer: 64 bits need 20 characters. */
  digits: 32,
} as const;

/**
 * First allocation for a large bulk string: its announced length may be a lie.
 * A little more than 1 MiB: values of just that are common, and with their CRLF
 * they would be copied into a second one.
 */
export const FIRST_BULK_ALLOCATION = 1024 * 1024 + 4096;
