import type { ReplicationProof } from '../../errors/replication-error.js';

/**
 * What a barrier found out about one shard. All scopes of a group may share
 * one: it is never changed.
 *
 * @internal
 */
export interface BarrierOutcome {
  readonly acknowledged: number;
  /** Who has it, where that is known; worked out when somebody wants to know. */
  readonly acknowledgedBy: () => readonly string[] | undefined;
  readonly local: boolean | undefined;
  readonly proof: ReplicationProof;
  readonly uncovered: string | undefined;
  readonly takenOverBy: string | undefined;
  readonly reason: string | undefined;
}

const unknown = (): undefined => undefined;

/** Nothing is known about the replicas. @internal */
export function unproven(reason: string): BarrierOutcome {
  return {
    acknowledged: 0,
    acknowledgedBy: unknown,
    local: undefined,
    proof: 'none',
    uncovered: undefined,
    takenOverBy: undefined,
    reason,
  };
}
