import type { CommandSpec } from './command-spec.js';

/** As many arguments as these have without options, which may make them do nothing (`NX`). */
const SET_ARGUMENTS = 2;

/**
 * Commands that enter the replication stream whenever they succeed, also where
 * the value is what it was: on Redis 8.6 and Valkey 9, WAIT behind a second
 * run that changes nothing counts no replica that is frozen; behind SADD it
 * counts one (`test/e2e/replication-truth/always-replicated.e2e-spec.ts`); on Redis
 * 7.0 WAIT goes by the offset of the whole primary in any case. Left out is
 * what may find nothing to do: SADD, DEL, EXPIRE, ZADD, SETBIT, XADD NOMKSTREAM.
 */
const ALWAYS_REPLICATED: ReadonlySet<string> = new Set([
  'APPEND',
  'DECR',
  'DECRBY',
  'GETSET',
  'HINCRBY',
  'HINCRBYFLOAT',
  'HMSET',
  'HSET',
  'INCR',
  'INCRBY',
  'INCRBYFLOAT',
  'LPUSH',
  'MSET',
  'PSETEX',
  'RPUSH',
  'SETEX',
]);

/**
 * Whether a command enters the replication stream whenever it succeeds.
 *
 * @param argumentCount how many arguments it has behind its words
 */
export function isAlwaysReplicated(
  { name }: CommandSpec,
  argumentCount: number,
): boolean {
  return name === 'SET'
    ? argumentCount === SET_ARGUMENTS
    : ALWAYS_REPLICATED.has(name);
}
