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
  /** How many replicas had to acknowledge the writes. */
  readonly required: number;
  /** How many replicas have acknowledged the writes. */
  readonly acknowledged: number;
  /** Whether the primary is known to have executed every write. */
  readonly applied: 'yes' | 'unknown';
  /** By what the acknowledgements are known. */
  readonly proof: ReplicationProof;
  /** Why nothing is proven, in words; undefined where `proof` is not `none`. */
  readonly reason?: string;
  /** How long the barrier took, in milliseconds. */
  readonly milliseconds: number;
  /** How many replication scopes the barrier served at once; 0 where none was sent. */
  readonly groupSize: number;
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
  /** How many replicas were required; the most of any shard, where that differs. */
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
    const short = shards.filter(
      (shard) =>
        shard.acknowledged < shard.required || shard.applied === 'unknown',
    );
    super(
      `The writes are not known to be on ${required} ${required === 1 ? 'replica' : 'replicas'} (timeout ${timeoutMs} ms): ` +
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
