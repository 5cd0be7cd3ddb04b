import type { ShardReplication } from '../../errors/replication-error.js';
import {
  type BarrierListener,
  BarrierRequest,
} from '../barrier/barrier-request.js';
import type { BarrierGoal } from '../barrier/barrier-goal.js';
import type { PrimaryReplication } from '../barrier/primary-replication.js';
import { DeadlineTimer } from '../barrier/deadline-timer.js';
import { type Requirement, requiredOf } from '../requirement.js';
import type { ShardWrites } from '../writes/shard-writes.js';

/** What a scope wrote to one shard. @internal */
export type ScopedWrites = ShardWrites<PrimaryReplication>;

const NONE: readonly BarrierRequest[] = [];

/**
 * The end of one scope: a barrier for every shard it wrote to, side by side,
 * each as soon as that shard's writes are answered. What becomes of the scope
 * then is for those who extend it: an object less and no promise, as a scope's
 * end is on the path of every request.
 *
 * @internal
 */
export abstract class ScopeBarrier implements BarrierListener {
  /** Nearly always the only one, for which no array is made. */
  #first: BarrierRequest | undefined = undefined;
  #others = NONE;
  #unsettled = 0;
  #answerTimer: DeadlineTimer | undefined = undefined;

  /** All is known. */
  protected abstract ended(): void;

  begin(shards: readonly ScopedWrites[], options: Requirement): void {
    const first = shards[0];
    if (first === undefined) {
      this.ended();
      return;
    }
    const startedAt = performance.now();
    const request = this.#requestFor(first, options, startedAt);
    // all of them before the first may be settled
    this.#first = request;
    this.#unsettled = shards.length;
    if (shards.length > 1) {
      this.#others = shards
        .slice(1)
        .map((writes) => this.#requestFor(writes, options, startedAt));
    }
    this.#ask(request, first);
    for (const [index, other] of this.#others.entries()) {
      this.#ask(other, shards[index + 1]!);
    }
  }

  #requestFor(
    writes: ScopedWrites,
    options: Requirement,
    startedAt: number,
  ): BarrierRequest {
    return new BarrierRequest(
      writes,
      goalOf(options, writes),
      startedAt,
      startedAt + options.timeoutMs,
      this,
    );
  }

  #ask(request: BarrierRequest, writes: ScopedWrites): void {
    const { goal, deadline } = request;
    if (goal.among?.length === 0) {
      writes.primary.lacksReplicas();
      request.notProven('the shard has no replicas configured');
    } else if (writes.unanswered === 0) {
      ask(request, writes);
    } else {
      writes.onAnswered = () => ask(request, writes);
      this.#answerTimer ??= new DeadlineTimer(() =>
        this.#notAnswered(deadline),
      );
      this.#answerTimer.watch(deadline);
    }
  }

  settled(): void {
    this.#unsettled -= 1;
    if (this.#unsettled > 0) return;
    this.#answerTimer?.stop();
    this.ended();
  }

  /** Whether every shard has what the scope waits for. */
  get isMet(): boolean {
    return isMet(this.#first) && this.#others.every(isMet);
  }

  /**
   * What is known of each shard, in the order given; undefined for one that
   * refused every write.
   */
  report(): (ShardReplication | undefined)[] {
    return this.#requests().map(report);
  }

  #requests(): readonly BarrierRequest[] {
    return this.#first === undefined ? NONE : [this.#first, ...this.#others];
  }

  /** The deadline has come and work that was not awaited still has writes outstanding. */
  #notAnswered(deadline: number): void {
    if (performance.now() < deadline) {
      this.#answerTimer?.watch(deadline);
      return;
    }
    for (const request of this.#requests()) {
      if (request.writes.unanswered === 0) continue;
      request.writes.onAnswered = undefined;
      request.notProven('a write was not answered in time');
    }
  }
}

/** Numbers of replicas whose goals are kept. */
const KEPT_GOALS = 16;
const goals: BarrierGoal[] = [];

/** A number is the same goal everywhere. */
function goalOf(
  { replicas, local }: Requirement,
  { primary }: ShardWrites,
): BarrierGoal {
  if (typeof replicas === 'number') {
    return local === undefined && replicas < KEPT_GOALS
      ? (goals[replicas] ??= { replicas, local, among: undefined })
      : { replicas, local, among: undefined };
  }
  const among = primary.configuredReplicas;
  return {
    replicas: requiredOf(replicas, among.length) ?? 1,
    local,
    among,
    share: replicas,
  };
}

function ask(request: BarrierRequest, writes: ScopedWrites): void {
  writes.onAnswered = undefined;
  if (writes.unknown) {
    request.notProven('the reply to a write was lost');
  } else if (writes.executed) {
    writes.primary.acknowledge(request);
  } else {
    // everything that was outstanding has been refused
    request.notProven('nothing was written');
  }
}

function isMet(request: BarrierRequest | undefined): boolean {
  if (request === undefined) return true;
  const { writes, outcome } = request;
  if (!writes.touched) return true;
  return (
    !writes.unknown &&
    writes.unanswered === 0 &&
    outcome!.proof !== 'none' &&
    request.isMetBy(outcome!)
  );
}

function report(request: BarrierRequest): ShardReplication | undefined {
  const { writes, goal } = request;
  if (!writes.touched) return undefined;
  const outcome = request.outcome!;
  return {
    node: writes.primary.node,
    slots: writes.written.slots(),
    required: goal.replicas,
    acknowledged: outcome.acknowledged,
    acknowledgedBy: outcome.acknowledgedBy(),
    // theirs, whatever they do with it
    configured: goal.among?.slice(),
    local: outcome.local,
    applied: writes.unknown || writes.unanswered > 0 ? 'unknown' : 'yes',
    proof: outcome.proof,
    uncovered: outcome.uncovered,
    takenOverBy: outcome.takenOverBy,
    reason: outcome.reason,
    milliseconds: request.settledAt - request.startedAt,
    groupSize: request.groupSize,
  };
}
