import { RedisClusterError, type ErrorContext } from './redis-cluster-error.js';
import type { ShardReplication } from './replication-error.js';

/**
 * The writes of a persistence scope are not known to be on the required disks.
 * **The writes have happened** (unless a shard says `applied: 'unknown'`):
 * repeating the work may apply them twice.
 *
 * @publicApi
 */
export class PersistenceError extends RedisClusterError {
  readonly code = 'PERSISTENCE';
  /** Whether each primary had to have the writes on its own disk. */
  readonly local: boolean;
  /** How many replicas had to have them on disk; the most of any shard, where that differs. */
  readonly required: number;
  /** How long the barrier was allowed to take, in milliseconds. */
  readonly timeoutMs: number;
  /** The least number of replicas, of all shards written to, that have them on disk. */
  readonly acknowledged: number;
  /** What is known of each shard written to. */
  readonly shards: readonly ShardReplication[];

  constructor(
    local: boolean,
    required: number,
    timeoutMs: number,
    shards: readonly ShardReplication[],
    context?: ErrorContext,
  ) {
    const wanted = [
      ...(local ? ["the primary's disk"] : []),
      ...(required > 0 ? [`the disks of ${required} replicas`] : []),
    ];
    super(
      `The writes are not known to be on ${wanted.join(' and ')} (timeout ${timeoutMs} ms): ` +
        shards
          .filter((shard) => isShort(shard))
          .map((shard) => describe(shard))
          .join(', '),
      context,
    );
    this.local = local;
    this.required = required;
    this.timeoutMs = timeoutMs;
    this.acknowledged = Math.min(...shards.map((shard) => shard.acknowledged));
    this.shards = shards;
  }
}

function isShort(shard: ShardReplication): boolean {
  return (
    shard.acknowledged < shard.required ||
    shard.local === false ||
    shard.applied === 'unknown' ||
    shard.proof === 'none'
  );
}

function describe(shard: ShardReplication): string {
  const parts = [`${shard.acknowledged} of ${shard.required} replicas`];
  if (shard.local === false) parts.push('not its own disk');
  if (shard.applied === 'unknown') {
    parts.push('whether it executed them is unknown');
  }
  if (shard.reason !== undefined) parts.push(shard.reason);
  return `${shard.node} (${parts.join('; ')})`;
}
