import { type BarrierGoal, goalWith } from './barrier-goal.js';
import { type BarrierOutcome, unproven } from './barrier-outcome.js';
import type { ShardWrites } from '../writes/shard-writes.js';
import type { Takeover } from './takeover.js';

/** @internal */
export interface BarrierListener {
  settled(request: BarrierRequest): void;
}

/** The barrier that is under way with a request, as the request knows it. @internal */
export interface GroupUnderWay {
  /** How many requests it serves. */
  readonly size: number;
  /** What its offset is known by. */
  readonly by: 'marker' | 'offset' | 'plainWait';
  /** An offset of the replication stream behind all the writes, once known. */
  readonly offset: number | undefined;
}

/** Where a request is kept until it is settled. @internal */
export interface WaitingList {
  delete(request: BarrierRequest): void;
}

/**
 * One scope that waits for one primary's barrier. A plain object with a
 * listener, no promise of its own: thousands may wait at once.
 *
 * @internal
 */
export class BarrierRequest {
  outcome: BarrierOutcome | undefined = undefined;
  /** How many requests the last barrier served. */
  groupSize = 0;
  /** When {@link outcome} was known. */
  settledAt = 0;
  /** The group that is under way with it. */
  group: GroupUnderWay | undefined = undefined;
  /** A count below the requirement, to be told when the deadline has come. */
  counted: BarrierOutcome | undefined = undefined;
  /** When the primary was asked once more because the deadline had come. */
  lastCalledAt: number | undefined = undefined;
  /** Whether the grace has begun anew, since this process missed it. */
  spared = false;
  /** How often a barrier with it was broken off. */
  repeated = 0;
  /** An offset behind all its writes, from a barrier that was broken off. */
  offset: number | undefined = undefined;
  /** Set once the primary that executed the writes has been demoted. */
  takeover: Takeover | undefined = undefined;
  /** Where it is kept until it is settled. */
  waitingIn: WaitingList | undefined = undefined;
  /** Its index there. */
  place = -1;

  /**
   * @param deadline as `performance.now()` tells the time
   */
  constructor(
    readonly writes: ShardWrites,
    public goal: BarrierGoal,
    readonly startedAt: number,
    readonly deadline: number,
    private readonly listener: BarrierListener,
  ) {}

  /** Whether an outcome is what the scope waits for. */
  isMetBy({ acknowledged, local }: BarrierOutcome): boolean {
    return acknowledged >= this.goal.replicas && local !== false;
  }

  /**
   * The primary has replicas that the topology did not list when the scope
   * ended, such as a former primary that has come back: any of them may be
   * promoted next, so `'majority'` and `'all'` are of these too.
   */
  owedBy(unlisted: readonly string[]): void {
    if (unlisted.length === 0) return;
    this.goal = goalWith(this.goal, unlisted);
    this.writes.primary.doubt();
  }

  /** Nothing is known about the replicas. */
  notProven(reason: string): void {
    this.settle(unproven(reason));
  }

  /**
   * So much is known, enough or not.
   *
   * @param now as `performance.now()` tells the time
   */
  settle(outcome: BarrierOutcome, now = performance.now()): void {
    if (this.outcome !== undefined) return;
    if (this.group !== undefined) this.groupSize = this.group.size;
    this.group = undefined;
    this.waitingIn?.delete(this);
    this.outcome = outcome;
    this.settledAt = now;
    this.listener.settled(this);
  }
}
