import { ErrorReply } from '../protocol/error-reply.js';
import {
  parseReplicationInfo,
  type ReplicationInfo,
} from './replication-info.js';
import type { ShardWrites } from './shard-writes.js';
import type { SlotProbes } from './slot-probes.js';

/**
 * What a primary said behind a barrier: how many replicas have its stream, and
 * whether it is still the primary that executed the writes.
 *
 * @internal
 */
export class BarrierReading {
  /** INFO replication, or why it could not be read. */
  readonly info: ReplicationInfo | string;

  /**
   * @param count replicas that acknowledged the stream up to the marker; undefined where no WAIT was sent
   * @param info the reply of INFO replication
   * @param probes the slot probes, answered
   */
  constructor(
    readonly count: number | undefined,
    info: unknown,
    private readonly probes: SlotProbes,
  ) {
    this.info =
      info instanceof ErrorReply
        ? `the replication id behind the writes is not known: ${info.message}`
        : (parseReplicationInfo(info) ?? 'the server shows no replication id');
  }

  /**
   * Why the count says nothing about these writes; undefined where it does.
   * The replication id must be the one before each write (a failover and
   * failback on a living connection changes it), the slots still served here.
   */
  mismatch(writes: ShardWrites): string | undefined {
    const { info } = this;
    if (typeof info === 'string') return info;
    if (!info.primary) return 'the primary was demoted after a write';
    for (const identity of writes.identities) {
      if (identity.replicationId === undefined) {
        return 'the replication id at a write is not known';
      }
      if (identity.replicationId !== info.replicationId) {
        return 'the primary was demoted or restarted after a write (its replication id changed)';
      }
    }
    return this.probes.failure(writes);
  }
}
