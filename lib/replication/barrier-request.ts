import type { ReplicationProof } from '../errors/replication-error.js';
import type { BarrierGroup } from './barrier-group.js';
import type { ShardWrites } from './shard-writes.js';
import type { WaitingRequests } from './waiting-requests.js';

/** What a barrier found out for one scope about one shard. @internal */
export interface BarrierResult {
  readonly acknowledged: number;
  readonly proof: ReplicationProof;
  readonly reason: string | undefined;
  readonly groupSize: number;
}

/** @internal */
export interface BarrierListener {
  settled(request: BarrierRequest): void;
}

/**
 * One scope that waits for one primary's barrier. A plain object with a
 * listener, no promise of its own: thousands may wait at once.
 *
 * @internal
 */
export class BarrierRequest {
  result: BarrierResult | undefined;
  /** When {@link result} was known. */
  settledAt = 0;
  /** The group that is under way with it. */
  group: BarrierGroup | undefined;
  /** A count below the requirement, to be told when the deadline has come. */
  counted: number | undefined;
  /** When the primary was asked once more because the deadline had come. */
  lastCalledAt: number | undefined;
  /** How often a barrier with it was broken off. */
  repeated = 0;
  /** Where it is kept until it is settled. */
  waitingIn: WaitingRequests | undefined;
  /** Its index there. */
  place = -1;

  /**
   * @param deadline as `performance.now()` tells the time
   */
  constructor(
    readonly writes: ShardWrites,
    readonly required: number,
    readonly startedAt: number,
    readonly deadline: number,
    private readonly listener: BarrierListener,
  ) {}

  /** So many replicas are known to have the writes; enough or not. */
  count(acknowledged: number): void {
    this.#settle(acknowledged, 'marker', undefined);
  }

  /** Nothing is known about the replicas. */
  notProven(reason: string): void {
    this.#settle(0, 'none', reason);
  }

  #settle(
    acknowledged: number,
    proof: ReplicationProof,
    reason: string | undefined,
  ): void {
    if (this.result !== undefined) return;
    const groupSize = this.group?.size ?? 0;
    this.group = undefined;
    this.waitingIn?.delete(this);
    this.result = { acknowledged, proof, reason, groupSize };
    this.settledAt = performance.now();
    this.listener.settled(this);
  }
}
