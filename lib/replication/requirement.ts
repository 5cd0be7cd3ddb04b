import { ConfigurationError } from '../errors/configuration-error.js';

/**
 * How many replicas of each written shard must have the writes: a number, or
 * `'majority'` (more than half) or `'all'` of the replicas configured for the
 * shard. Failed replicas count as configured: an outage must not lower the bar.
 *
 * @publicApi
 */
export type ReplicaRequirement = number | 'majority' | 'all';

/** @internal */
export function checkRequirement(
  replicas: ReplicaRequirement,
  timeoutMs: number,
): void {
  if (
    replicas !== 'majority' &&
    replicas !== 'all' &&
    !(Number.isSafeInteger(replicas) && replicas >= 1)
  ) {
    throw new ConfigurationError(
      `replicas must be a positive integer, 'majority' or 'all', not ${shown(replicas)}`,
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
