import type { ReplicationInfo } from '../writes/replication-info.js';
import type { ShardWrites } from '../writes/shard-writes.js';

/**
 * What a promoted replica must show to have a scope's writes: that it
 * continues the history in which they ran, from behind them.
 *
 * @internal
 */
export interface Takeover {
  /** The history in which the writes ran. */
  readonly replicationId: string;
  /** An offset of that history behind all of them. */
  readonly offset: number;
}

/**
 * Whether a demoted primary still tells how far its own history went.
 *
 * - `Takeover`: it follows the new primary and kept its data: a partial
 *   resynchronization, which the new primary grants only to a node whose whole
 *   stream it has. Its `second_repl_offset` is where its own history ended.
 * - `pending`: it has not met the new primary yet.
 * - undefined: it took the new primary's data over its own, or was restarted.
 *
 * @internal
 */
export function takeoverShownBy(
  demoted: ReplicationInfo,
  writes: ShardWrites,
): Takeover | 'pending' | undefined {
  const { replicationId } = writes;
  if (replicationId === undefined) return undefined;
  if (demoted.formerReplicationId === replicationId) {
    return { replicationId, offset: demoted.formerOffset };
  }
  return demoted.replicationId === replicationId ? 'pending' : undefined;
}

/** Why a promoted replica does not show that it has the writes; undefined if it does. @internal */
export function takeoverDoubt(
  takeover: Takeover,
  promoted: ReplicationInfo,
): string | undefined {
  if (promoted.formerReplicationId !== takeover.replicationId) {
    return 'the primary was demoted after a write, and the new one does not continue its history';
  }
  return promoted.formerOffset >= takeover.offset
    ? undefined
    : 'the primary was demoted after a write, and the new one took over without it';
}
