import { RedisClusterError, type ErrorContext } from './redis-cluster-error.js';

/**
 * By what a shard's acknowledgements are known.
 *
 * - `marker`: a marker in the replication stream behind the writes, and WAIT for it
 * - `none`: nothing is proven
 *
 * @publicApi
 */
export type ReplicationProof = 'marker' | 'none';

/**
 * What is known about one shard that a replication scope wrote to.
 *
 * @publicApi
 */
export interface ShardReplication {
  /** The primary that executed the writes, as `host:port`. */
  readonly node: string;
  /** The slots written to, ascending. */
  readonly slots: readonly number[];
  /** How many replicas have acknowledged the writes. */
  readonly acknowledged: number;
  /** Whether the primary is known to have executed every write. */
  readonly applied: 'yes' | 'unknown';
  /** By what the acknowledgements are known. */
  readonly proof: ReplicationProof;
  /** Why nothing is proven, in words; undefined where `proof` is not `none`. */
  readonly reason?: string;
}

/**
 * The writes of a replication scope are not known to be on the required number
 * of replicas. **The writes have happened** (unless a shard says
 * `applied: 'unknown'`): repeating the work may apply them twice.
 *
 * @publicApi
 */
export class ReplicationError extends RedisClusterError {
  readonly code = 'REPLICATION';
  /** How many replicas of each shard were required. */
  readonly required: number;
  /** How long the barrier was allowed to take, in milliseconds. */
  readonly timeoutMs: number;
  /** The least number of acknowledgements of all shards written to. */
  readonly acknowledged: number;
  /** What is known of each shard written to. */
  readonly shards: readonly ShardReplication[];

  constructor(
    required: number,
    timeoutMs: number,
    shards: readonly ShardReplication[],
    context?: ErrorContext,
  ) {
    const acknowledged = Math.min(...shards.map((shard) => shard.acknowledged));
    const short = shards.filter((shard) => shard.acknowledged < required);
    super(
      `The writes are not on ${required} ${required === 1 ? 'replica' : 'replicas'} after ${timeoutMs} ms: ` +
        short
          .map(
            (shard) =>
              `${shard.node} has ${shard.acknowledged}` +
              (shard.applied === 'unknown'
                ? ' (whether it executed them is unknown)'
                : '') +
              (shard.reason === undefined ? '' : ` (${shard.reason})`),
          )
          .join(', '),
      context,
    );
    this.required = required;
    this.timeoutMs = timeoutMs;
    this.acknowledged = acknowledged;
    this.shards = shards;
  }
}
