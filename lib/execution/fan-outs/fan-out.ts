import { inspect } from 'node:util';
import type { CommandSpec } from '../../commands/command-spec.js';
import {
  FanOutError,
  type FanOutPart,
  type FanOutRetryOptions,
} from '../../errors/fan-out-error.js';
import { OutcomeUnknownError } from '../../errors/outcome-unknown-error.js';
import type { ErrorContext } from '../../errors/redis-cluster-error.js';
import { ReplyError } from '../../errors/reply-error.js';
import { keyIndexes } from '../../routing/command-keys.js';
import {
  mergeFanOut,
  mergeSplit,
  type NodeReply,
} from '../../routing/merge-replies.js';
import { shownKey } from '../../routing/shown-keys.js';
import type { SplitPart } from '../../routing/split.js';
import { clock } from '../../time/clock.js';
import type { TopologyShard } from '../../topology/cluster-topology.js';
import type { Call } from '../calls/call.js';
import type { CallOrder } from '../calls/call-order.js';
import { shapeMerged } from '../calls/reply-shape.js';
import type { Whole } from '../calls/whole.js';
import { repliesByNode } from './replies-by-node.js';

/** Settles the caller's promise. */
export interface Settle {
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Sends the parts of a fan-out again that may be; see `FanOutError.retry`. */
export type Resend = (
  fanOut: FanOut,
  options: FanOutRetryOptions,
) => Promise<unknown>;

/** Marks a part that is left out: a replica that cannot be reached. */
const LEFT_OUT = Symbol('left out');

/**
 * Gathers the parts of a fan-out or split and gives the caller one reply, or
 * one error that holds what every node said.
 */
export class FanOut implements Whole<Call> {
  private readonly calls: Call[] = [];
  private readonly replies: unknown[] = [];
  private readonly errors: (Error | undefined)[] = [];
  private readonly shards: (TopologyShard | undefined)[] = [];
  private left = 0;

  /**
   * @param split the parts of a split; undefined for a fan-out
   * @param order of the pipeline it stands in
   */
  constructor(
    readonly spec: CommandSpec,
    readonly split: readonly SplitPart[] | undefined,
    private readonly settle: Settle,
    private readonly startedAt: number,
    private readonly resend: Resend,
    readonly order?: CallOrder<Call>,
  ) {}

  /**
   * Adds a part before it is sent.
   *
   * @param shard the shard it is for, where it is not for its keys
   */
  add(call: Call, shard?: TopologyShard): void {
    call.whole = this;
    call.part = this.calls.push(call) - 1;
    this.replies.push(undefined);
    this.errors.push(undefined);
    this.shards.push(shard);
    this.left += 1;
  }

  /** Takes over how a part ended in an earlier fan-out of the same command. */
  keep(earlier: FanOut, part: number): void {
    this.calls.push(earlier.calls[part]!);
    this.replies.push(earlier.replies[part]);
    this.errors.push(earlier.errors[part]);
    this.shards.push(earlier.shards[part]);
  }

  shardOf(part: number): TopologyShard | undefined {
    return this.shards[part];
  }

  /** The parts added so far. */
  get parts(): readonly Call[] {
    return this.calls;
  }

  /** How a part ended; undefined for one that is left out. */
  outcomeOf(part: number): FanOutPart['outcome'] | undefined {
    if (this.replies[part] === LEFT_OUT) return undefined;
    const error = this.errors[part];
    if (error === undefined) return 'applied';
    // a write of which an attempt was lost, whatever ended it then (the end of the client)
    return error instanceof OutcomeUnknownError || this.calls[part]!.mayHaveRun
      ? 'unknown'
      : 'failed';
  }

  /** All parts have ended without being sent. */
  finishUnsent(): void {
    if (this.left === 0) this.finish();
  }

  replied(part: number, reply: unknown): void {
    this.replies[part] = reply;
    this.count();
    this.order?.ended(this.calls[part]!, undefined);
  }

  failed(part: number, error: Error): void {
    this.errors[part] = error;
    this.count();
    this.order?.ended(this.calls[part]!, error);
  }

  leaveOut(part: number): void {
    this.replied(part, LEFT_OUT);
  }

  private count(): void {
    this.left -= 1;
    if (this.left === 0) this.finish();
  }

  private finish(): void {
    const failures = this.errors.filter((error) => error !== undefined);
    if (failures.length === 0) {
      this.merge();
    } else if (this.spec.responsePolicy === 'one_succeeded') {
      this.finishOneSucceeded(failures);
    } else {
      this.settle.reject(this.error(this.describeFailures(failures.length)));
    }
  }

  private finishOneSucceeded(failures: readonly Error[]): void {
    const replies = this.nodeReplies();
    if (replies.length > 0) {
      this.settle.resolve(replies[0]!.reply);
    } else if (failures.every((error) => sameReply(error, failures[0]!))) {
      // all said no: what they have in common is the answer (NOTBUSY)
      this.settle.reject(failures[0]!);
    } else {
      this.settle.reject(this.error(this.describeFailures(failures.length)));
    }
  }

  private merge(): void {
    let merged: unknown;
    try {
      merged = this.mergeApplied();
    } catch (error) {
      const { message } = error as Error;
      this.settle.reject(this.error(`${message}: ${this.describeReplies()}`));
      return;
    }
    this.settle.resolve(merged);
  }

  /** The replies that came, merged. */
  private mergeApplied(): unknown {
    const { spec, split } = this;
    const format = this.calls[0]?.format ?? 0;
    if (split === undefined) {
      const args = this.calls[0]?.args;
      const merged = mergeFanOut(spec, this.nodeReplies(), args);
      return shapeMerged(spec, merged, format);
    }
    const applied = [...split.keys()].filter(
      (part) => this.errors[part] === undefined,
    );
    const merged = mergeSplit(
      spec,
      applied.map((part) => split[part]!),
      applied.map((part) => this.replies[part]),
      split.reduce((sum, { positions }) => sum + positions.length, 0),
    );
    return shapeMerged(spec, merged, format);
  }

  private partialReply(): unknown {
    try {
      return this.nodeReplies().length === 0 ? undefined : this.mergeApplied();
    } catch {
      // they do not agree, or are of no kind that merges
      return undefined;
    }
  }

  private splitReplies(): Record<string, unknown> {
    const applied = this.calls.flatMap((call, part) =>
      this.errors[part] === undefined
        ? [
            {
              node: call.node?.label ?? '',
              part: this.split![part]!,
              reply: this.replies[part],
            },
          ]
        : [],
    );
    return repliesByNode(this.spec, applied, this.calls[0]?.format ?? 0);
  }

  private nodeReplies(): NodeReply[] {
    return this.calls.flatMap((call, part) =>
      this.replies[part] === LEFT_OUT || this.errors[part] !== undefined
        ? []
        : [{ node: call.node?.label ?? '', reply: this.replies[part] }],
    );
  }

  private describeFailures(count: number): string {
    const said = this.calls.flatMap((call, part) => {
      const error = this.errors[part];
      return error === undefined
        ? []
        : [`${call.node?.label ?? 'no node'}: ${error.message}`];
    });
    const shown = said.slice(0, 5).join('; ');
    const more = said.length > 5 ? `; and ${said.length - 5} more` : '';
    const what = this.split === undefined ? 'nodes' : 'parts';
    const asked = this.replies.filter((reply) => reply !== LEFT_OUT).length;
    return `${this.spec.name} failed on ${count} of ${asked} ${what}: ${shown}${more}`;
  }

  private describeReplies(): string {
    return this.nodeReplies()
      .map(({ node, reply }) => `${node}: ${inspect(reply)}`)
      .join('; ');
  }

  private error(message: string): FanOutError {
    const attempts = this.calls.reduce((sum, call) => sum + call.attempts, 0);
    const context: ErrorContext = {
      command: this.spec.name,
      attempts,
      elapsedMs: Math.round(clock.refresh() - this.startedAt),
    };
    const parts = this.calls.flatMap((call, part) =>
      this.replies[part] === LEFT_OUT ? [] : [this.describePart(call, part)],
    );
    return new FanOutError(message, parts, context, {
      partialReply: this.partialReply(),
      ...(this.split === undefined ? {} : { replies: this.splitReplies() }),
      retry: (options) => this.resend(this, options),
    });
  }

  private describePart(call: Call, part: number): FanOutPart {
    const error = this.errors[part];
    const keys =
      this.split === undefined
        ? {}
        : { slot: call.slot, keys: this.keysOf(call) };
    const node = call.node?.label;
    if (error === undefined) {
      return { node, ...keys, reply: this.replies[part], outcome: 'applied' };
    }
    return { node, ...keys, error, outcome: this.outcomeOf(part)! };
  }

  private keysOf(call: Call): (string | Buffer)[] {
    return keyIndexes(this.spec, call.args).map((index) =>
      shownKey(call.args[index]!),
    );
  }
}

/** Whether two nodes refused with the same kind of answer. */
function sameReply(left: Error, right: Error): boolean {
  return (
    left instanceof ReplyError &&
    right instanceof ReplyError &&
    left.prefix === right.prefix
  );
}
