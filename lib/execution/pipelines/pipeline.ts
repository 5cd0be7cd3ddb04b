import { ClosedError } from '../../errors/closed-error.js';
import { ConnectionError } from '../../errors/connection-error.js';
import { OvertakenError } from '../../errors/overtaken-error.js';
import { SlotNotServedError } from '../../errors/slot-not-served-error.js';
import { ClusterDownError } from '../../errors/cluster-down-error.js';
import { QueueFullError } from '../../errors/queue-full-error.js';
import { TimeoutError } from '../../errors/timeout-error.js';
import { clock } from '../../time/clock.js';
import type { Call } from '../calls/call.js';
import type { CallOrder, NextAttempt } from '../calls/call-order.js';
import type { CallRunner } from '../calls/call-runner.js';
import type { ClusterNode } from '../cluster-node.js';
import type { ClusterNodes } from '../cluster-nodes.js';
import { KeyOrder, type OrderedCalls } from './key-order.js';
import {
  PipelineFeeder,
  type Barrier,
  type Window,
} from './pipeline-feeder.js';
import type { Whole } from '../calls/whole.js';

/** How the commands of a pipeline ended, place by place. */
export interface PipelineOutcome {
  /** The replies, `undefined` where a command failed. */
  readonly replies: unknown[];
  /** The errors by place; undefined when no command failed. */
  readonly errors: ReadonlyMap<number, Error> | undefined;
}

/**
 * Runs the calls of a pipeline and gathers how they end: one promise for all
 * of them, and nothing but a place in a list for each.
 */
export class Pipeline implements Whole<Call>, CallOrder<Call>, OrderedCalls {
  readonly order = this;
  private readonly replies: unknown[];
  private readonly errors = new Map<number, Error>();
  /** Calls that have ended, and of which it is known that they did not run. */
  private readonly notRun = new Set<Call>();
  private feeder: PipelineFeeder | undefined;
  private keyOrder: KeyOrder | undefined;
  /** The scripts that went ahead of their first use, by node. */
  private readonly loaded = new Set<string>();
  private sentCalls = 0;
  private aborted: unknown = undefined;

  /**
   * @param left how many commands there are
   * @param calls the calls they are made of, in order
   * @param alone by its place, the call that is a command; undefined for one of many or none
   */
  constructor(
    private left: number,
    private readonly calls: Call[],
    private readonly alone: readonly (Call | undefined)[],
    private readonly runner: CallRunner,
    private readonly nodes: ClusterNodes,
    private readonly finished: (outcome: PipelineOutcome) => void,
  ) {
    this.replies = Array.from({ length: left });
  }

  /** Sends the calls: all at once, or a stretch between two barriers after the other, as their nodes take them. */
  start(barriers: readonly Barrier[], window: Window | undefined): void {
    if (barriers.length === 0 && window === undefined) {
      for (const call of this.calls) {
        this.sentCalls += 1;
        this.send(call);
      }
    } else {
      const { calls, nodes } = this;
      const everything = { commands: Infinity, bytes: Infinity };
      this.feeder = new PipelineFeeder(
        calls,
        barriers,
        window ?? everything,
        nodes,
        (call) => this.send(call),
      );
      this.feeder.advance();
    }
  }

  /** Ends what has not ended. */
  abort(reason: unknown): void {
    this.aborted = reason;
    for (const call of this.keyOrder?.takeHeld() ?? []) {
      this.runner.endUnsent(call, reason);
    }
    for (const call of this.sent()) this.runner.withdraw(call, reason);
  }

  replied(part: number, reply: unknown): void {
    this.commandReplied(part, reply);
    if (this.feeder === undefined && this.keyOrder === undefined) return;
    this.ended(this.alone[part]!, undefined);
  }

  failed(part: number, error: Error): void {
    this.commandFailed(part, error);
    this.ended(this.alone[part]!, error);
  }

  /** No part of it may be left out. */
  leaveOut(): void {}

  /** A command succeeded, be it one call or many. */
  commandReplied(position: number, reply: unknown): void {
    this.replies[position] = reply;
    this.count();
  }

  commandFailed(position: number, error: Error): void {
    this.errors.set(position, error);
    this.count();
  }

  hold(call: Call, next: NextAttempt): void {
    this.orderOfKeys().hold(call, next);
  }

  awaits(call: Call): void {
    this.orderOfKeys().awaits(call);
  }

  ended(call: Call, error: Error | undefined): void {
    if (error !== undefined && provesNotRun(call, error)) {
      this.notRun.add(call);
    }
    this.keyOrder?.ended(call);
    this.feeder?.ended(call);
  }

  sent(): Iterable<Call> {
    return this.feeder === undefined
      ? this.calls.slice(0, this.sentCalls)
      : this.feeder.sent();
  }

  executed(call: Call): boolean {
    return call.settled && !this.notRun.has(call);
  }

  ownerOf(slot: number): ClusterNode | undefined {
    return this.nodes.owners[slot];
  }

  private orderOfKeys(): KeyOrder {
    this.keyOrder ??= new KeyOrder(this, this.runner);
    return this.keyOrder;
  }

  private send(call: Call): void {
    if (this.keyOrder?.setAside(call)) return;
    if (this.aborted !== undefined) {
      this.runner.endUnsent(call, this.aborted);
    } else if (call.deadline <= clock.now) {
      this.runner.endUnsent(call);
    } else {
      // a read that a policy routes has no order, and is loaded where it ends up
      if (call.spec.script !== undefined && call.reads === undefined) {
        this.loadOnce(call);
      }
      this.runner.dispatch(call);
    }
  }

  private loadOnce(call: Call): void {
    const node = this.nodes.owners[call.slot];
    const load = `${node?.label} ${call.spec.script!.sha}`;
    // alone, it has nothing behind it
    if (this.calls.length === 1 || this.loaded.has(load)) return;
    this.loaded.add(load);
    this.runner.loadAhead(call, node);
  }

  private count(): void {
    this.left -= 1;
    if (this.left > 0) return;
    const { replies, errors } = this;
    this.finished({ replies, errors: errors.size === 0 ? undefined : errors });
  }
}

/** Whether an error of our own proves that nothing ran; any other came behind a reply, or may have. */
function provesNotRun(call: Call, error: Error): boolean {
  if (call.mayHaveRun) return false;
  return (
    call.abortReason === error ||
    error instanceof TimeoutError ||
    error instanceof OvertakenError ||
    error instanceof QueueFullError ||
    error instanceof ConnectionError ||
    error instanceof ClosedError ||
    error instanceof ClusterDownError ||
    error instanceof SlotNotServedError
  );
}
