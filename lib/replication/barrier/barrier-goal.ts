import { requiredOf } from '../requirement.js';

/**
 * What a scope needs at one primary. Scopes with the same goal share barriers.
 *
 * @internal
 */
export interface BarrierGoal {
  /** How many replicas must have the writes. */
  readonly replicas: number;
  /**
   * Undefined where memory is enough (WAIT). Otherwise the replicas must have
   * the writes on disk (WAITAOF), and the primary too where it is true.
   */
  readonly local: boolean | undefined;
  /** Where set, only these replicas (`host:port`) count: the ones configured when the barrier began, and those found to follow the primary besides. */
  readonly among: readonly string[] | undefined;
  /** How many of those, where not a number was asked for. */
  readonly share?: 'majority' | 'all' | undefined;
}

/** The same share of some replicas more. @internal */
export function goalWith(
  goal: BarrierGoal,
  more: readonly string[],
): BarrierGoal {
  const { share, among = [] } = goal;
  if (share === undefined) return goal;
  const all = [...among, ...more];
  return {
    ...goal,
    among: all,
    replicas: requiredOf(share, all.length) ?? goal.replicas,
  };
}

/**
 * Which requests may share a barrier. WAITAOF lasts as long as its first
 * scope, so those that wait longer have barriers of their own; `among` is a
 * matter of counting, not of what is sent.
 *
 * @internal
 */
export function goalKey(goal: BarrierGoal, timeoutMs: number): number | string {
  if (goal.local === undefined) return goal.replicas;
  return `${goal.local ? 1 : 0} ${goal.replicas} ${timeoutMs}`;
}
