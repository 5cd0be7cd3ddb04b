import { ConfigurationError } from '../errors/configuration-error.js';

/**
 * How many replicas of each written shard must have the writes: a number, or
 * `'majority'` (more than half) or `'all'` of the replicas configured for the
 * shard. Failed replicas count as configured: an outage must not lower the bar.
 *
 * @publicApi
 */
export type ReplicaRequirement = number | 'majority' | 'all';

/** What a scope asks of every shard it writes to. @internal */
export interface Requirement {
  /** How many replicas of each written shard must have the writes. */
  readonly replicas: ReplicaRequirement;
  /**
   * Undefined where memory is enough. Otherwise the replicas must have the
   * writes on disk, and the primary too where it is true.
   */
  readonly local?: boolean | undefined;
  /** How long the barrier may take once the work has settled, in milliseconds. */
  readonly timeoutMs: number;
}

/** @internal */
export function checkRequirement(
  replicas: ReplicaRequirement,
  timeoutMs: number,
  local?: boolean,
): void {
  // the disk of the primary alone is something, its memory alone is nothing
  const least = local === true ? 0 : 1;
  if (
    replicas !== 'majority' &&
    replicas !== 'all' &&
    !(Number.isSafeInteger(replicas) && replicas >= least)
  ) {
    throw new ConfigurationError(
      `replicas must be ${least === 0 ? 'an integer from 0' : 'a positive integer'}, 'majority' or 'all', not ${shown(replicas)}`,
    );
  }
  // setTimeout takes no more than 2^31 - 1
  if (
    typeof timeoutMs !== 'number' ||
    !(timeoutMs > 0 && timeoutMs <= 2_147_483_647)
  ) {
    throw new ConfigurationError(
      `timeoutMs must be a number of milliseconds from above 0 to 2147483647, not ${shown(timeoutMs)}`,
    );
  }
}

/**
 * The number of replicas that a shard with so many configured ones owes.
 * Undefined where the requirement is a share of none.
 *
 * @internal
 */
export function requiredOf(
  replicas: ReplicaRequirement,
  configured: number,
): number | undefined {
  if (typeof replicas === 'number') return replicas;
  if (configured === 0) return undefined;
  return replicas === 'all' ? configured : Math.floor(configured / 2) + 1;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
