import { RedisClusterError, type ErrorContext } from './redis-cluster-error.js';

/**
 * By what a shard's acknowledgements are known.
 *
 * - `marker`: a marker in the replication stream behind the writes, and WAIT
 *   (or WAITAOF) for it
 * - `offset`: the primary's replication offset, read behind the writes, and
 *   the replicas that have reported it; where the server refuses the marker
 * - `takeover`: the primary was demoted behind the writes; the replica that
 *   took over shows, by the offset at which it did, that it has them, and its
 *   replicas are counted as for `marker` or `offset`
 * - `wait`: a marker and WAIT, but something is not excluded: `uncovered` says what
 * - `plainWait`: WAIT alone, on the connection that carried the writes, where
 *   the server refuses the marker and INFO: `uncovered` says what is not excluded
 * - `none`: nothing is proven: `reason` says why
 *
 * @publicApi
 */
export type ReplicationProof =
  'marker' | 'offset' | 'takeover' | 'wait' | 'plainWait' | 'none';

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
  /** How many replicas have acknowledged the writes; in a persistence scope, have them on disk. */
  readonly acknowledged: number;
  /** The replicas that have acknowledged the writes, as their primary calls them (`host:port`), where it said. */
  readonly acknowledgedBy?: readonly string[] | undefined;
  /** The replicas that `'majority'` or `'all'` were counted of, failed ones included, as `host:port`. */
  readonly configured?: readonly string[] | undefined;
  /** In a persistence scope: whether the primary has the writes on its own disk; undefined where nobody asked. */
  readonly local?: boolean | undefined;
  /** Whether the primary is known to have executed every write. */
  readonly applied: 'yes' | 'unknown';
  /** By what the acknowledgements are known. */
  readonly proof: ReplicationProof;
  /** What the proof does not exclude, in words; where `proof` is `wait` or `plainWait`. */
  readonly uncovered?: string | undefined;
  /** The primary that took over, as `host:port`; where `proof` is `takeover`. */
  readonly takenOverBy?: string | undefined;
  /** Why nothing is proven, in words; where `proof` is `none`. */
  readonly reason?: string | undefined;
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
