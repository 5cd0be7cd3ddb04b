import { types } from 'node:util';
import { ConfigurationError } from '../errors/configuration-error.js';

/** A node of a shard that a read may go to. @publicApi */
export interface ReadCandidate {
  /** `host:port`. */
  readonly address: string;
  /** Its role, as the topology has it. */
  readonly role: 'primary' | 'replica';
  /** Its availability zone; undefined where the server does not know one (Redis, Valkey before 8). */
  readonly zone: string | undefined;
  /**
   * How long it takes to answer at best, in milliseconds: the least of the last
   * eight times that it was asked, once a second while there are such reads.
   */
  readonly latencyMs: number | undefined;
  /** How much of the replication stream it had still to come when it was asked last, in bytes; 0 for the primary. */
  readonly lagBytes: number | undefined;
  /** Whether it is connected, answers, follows its primary, and is not said to have failed. */
  readonly healthy: boolean;
}

/**
 * Chooses where a read goes; called for each one, so it has to be quick.
 *
 * @param candidates the replicas of the shard, then its primary
 * @returns one of them, or several in order: the first that is healthy is
 *   read, if none is, the first one. Nothing is the primary. A Promise is
 *   refused: the read fails with a `ConfigurationError`
 *
 * @publicApi
 */
export type ReadChooser = (
  candidates: readonly ReadCandidate[],
) => ReadCandidate | readonly ReadCandidate[] | undefined;

/**
 * Where reads go; see `docs/replica-reads.md`.
 *
 * - `'primary'`: the primary, always
 * - `'preferReplica'`: a replica; the primary where none is healthy
 * - `'replica'`: a replica, and never the primary
 * - `'any'`: the primary and the replicas in turn
 * - `'lowestLatency'`: whichever of these answers fastest
 * - `{ zone }`: a replica in this availability zone, the primary if it is
 *   there, any other replica, the primary
 * - a function: what it chooses
 *
 * @publicApi
 */
export type ReadFrom =
  | 'primary'
  | 'preferReplica'
  | 'replica'
  | 'any'
  | 'lowestLatency'
  | {
      /** The availability zone whose replicas are read first. */
      readonly zone: string;
    }
  | ReadChooser;

const NAMES: readonly unknown[] = [
  'primary',
  'preferReplica',
  'replica',
  'any',
  'lowestLatency',
];

/**
 * Checks the option `readFrom`.
 *
 * @throws {ConfigurationError} for what is none of its forms
 */
export function checkedReadFrom(given: ReadFrom | undefined): ReadFrom {
  if (given === undefined) return 'primary';
  if (types.isAsyncFunction(given)) throw refusedPromise();
  if (NAMES.includes(given) || typeof given === 'function') return given;
  if (isZone(given)) return { zone: given.zone };
  const names = NAMES.map((name) => `'${String(name)}'`).join(', ');
  throw new ConfigurationError(
    `readFrom: expected ${names}, { zone: 'name' } or a function`,
  );
}

/** The error for a choice that is not there yet when the read is. */
export function refusedPromise(): ConfigurationError {
  return new ConfigurationError(
    'readFrom: the function must return its choice, and returned a Promise of one: it is asked for every read, and nothing waits for it',
  );
}

function isZone(given: unknown): given is { zone: string } {
  if (typeof given !== 'object' || given === null) return false;
  const { zone, ...others } = given as { zone?: unknown };
  return (
    typeof zone === 'string' && zone !== '' && Object.keys(others).length === 0
  );
}
