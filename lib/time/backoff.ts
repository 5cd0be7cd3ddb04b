/** The bounds of a growing delay, in milliseconds. */
export interface BackoffBounds {
  readonly min: number;
  readonly max: number;
}

/**
 * The delay before attempt number `attempt` (1 = the first repetition):
 * doubling from `min` to `max`, with the upper half random, so that many
 * clients of a restarted node do not come back in step.
 */
export function backoffDelay(attempt: number, bounds: BackoffBounds): number {
  const ceiling = Math.min(bounds.max, bounds.min * 2 ** (attempt - 1));
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}
