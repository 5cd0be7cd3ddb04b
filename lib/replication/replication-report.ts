import type {
  ReplicationProof,
  ShardReplication,
} from '../errors/replication-error.js';
import type { ReplicaRequirement } from './requirement.js';

/**
 * What a replication scope proved.
 *
 * @publicApi
 */
export interface ReplicationReport {
  /** How many replicas of each shard were asked for. */
  readonly replicas: ReplicaRequirement;
  /** In a persistence scope: whether the primaries' own disks were asked for; undefined in others. */
  readonly local?: boolean | undefined;
  /** How long the barrier was allowed to take, in milliseconds. */
  readonly timeoutMs: number;
  /** The least number of acknowledgements of all shards; undefined where nothing was written. */
  readonly acknowledged: number | undefined;
  /** Each shard written to. */
  readonly shards: readonly ShardReplication[];
}

/** The result of work in a replication scope, with what was proven. @publicApi */
export interface ReplicationResult<T> {
  /** What the work gave. */
  readonly value: T;
  /** What was proven. */
  readonly report: ReplicationReport;
}

/**
 * One entry a primary: what an inner scope proved and what the outer one
 * waited for itself become the least that is known of both.
 *
 * @internal
 */
export function mergeShards(
  shards: readonly ShardReplication[],
): readonly ShardReplication[] {
  if (shards.length < 2) return shards;
  const byNode = new Map<string, ShardReplication>();
  for (const shard of shards) {
    const other = byNode.get(shard.node);
    byNode.set(shard.node, other === undefined ? shard : least(other, shard));
  }
  return [...byNode.values()];
}

function least(one: ShardReplication, other: ShardReplication) {
  const weaker = hasLess(one, other) ? one : other;
  // of the larger count less may be certain
  const vaguer = strengthOf(one) <= strengthOf(other) ? one : other;
  const slots = new Set([...one.slots, ...other.slots]);
  return {
    ...weaker,
    slots: [...slots].sort((left, right) => left - right),
    proof: vaguer.proof,
    uncovered: vaguer.uncovered,
    required: Math.max(one.required, other.required),
    local: one.local === false || other.local === false ? false : weaker.local,
    applied:
      one.applied === 'unknown' || other.applied === 'unknown'
        ? ('unknown' as const)
        : ('yes' as const),
    milliseconds: Math.max(one.milliseconds, other.milliseconds),
  };
}

function hasLess(one: ShardReplication, other: ShardReplication): boolean {
  if ((one.proof === 'none') !== (other.proof === 'none')) {
    return one.proof === 'none';
  }
  if (one.acknowledged !== other.acknowledged) {
    return one.acknowledged < other.acknowledged;
  }
  return strengthOf(one) <= strengthOf(other);
}

/** Proofs that exclude less than others, from the weakest. */
const WEAK: readonly ReplicationProof[] = ['none', 'plainWait', 'wait'];

function strengthOf({ proof }: ShardReplication): number {
  const rank = WEAK.indexOf(proof);
  return rank === -1 ? WEAK.length : rank;
}
