import type { Argument, CommandSpec } from '../../commands/command-spec.js';
import { CommandFlag } from '../../commands/command-spec.js';
import type { RequestSink } from '../../connection/request.js';
import { Request } from '../../connection/request.js';
import type { ReplicationScope } from '../../replication/scope/replication-scope.js';
import type { WriteRecord } from '../../replication/writes/shard-writes.js';
import type { ErrorContext } from '../../errors/redis-cluster-error.js';
import { keyIndexes } from '../../routing/command-keys.js';
import { clock } from '../../time/clock.js';
import type { ClusterNode } from '../cluster-node.js';
import type { ReadPolicy } from '../reads/read-policy.js';
import { joinTrace, openTraces } from '../tracing/command-trace.js';
import type { Whole } from './whole.js';

/** Settles a call. Called as a method of it, so that the parts of a fan-out need no closures. */
export type CallResolve = (this: Call, reply: unknown) => void;
export type CallReject = (this: Call, error: Error) => void;

/** One command of a caller, or one part of it, through all its attempts. */
export class Call extends Request {
  /** How often it was handed to a connection. */
  attempts = 0;
  /** Redirects followed since it last waited. */
  redirects = 0;
  /** Waits between attempts so far. */
  retries = 0;
  /** What the last attempt said; the ones before are its cause. */
  lastError: Error | undefined = undefined;
  /** The node it was handed to last. */
  node: ClusterNode | undefined = undefined;
  /** The one node that can answer it. */
  fixedNode: ClusterNode | undefined = undefined;
  /** The caller chose its node: a redirect is the answer, and nobody follows it. */
  staysThere = false;
  /** Chooses among the nodes of the shard, for a read that need not go to the primary. */
  reads: ReadPolicy | undefined = undefined;
  /** Reads keys at a replica, which serves them only on connections that said READONLY. */
  readsReplica = false;
  /** Its node's loss is its answer: nobody waits for the node to come back. */
  failsWhenLost = false;
  /** For a part of a fan-out: whether the whole may do without it, as long as it was not sent. */
  mayBeLeftOut = false;
  /** The replication scope that answers for it, if it writes inside one. */
  scope: ReplicationScope | undefined = undefined;
  /** What the scope keeps of the attempt under way. */
  record: WriteRecord | undefined = undefined;
  /** What it is a part of, and its place there. */
  whole: Whole<Call> | undefined = undefined;
  part = 0;
  /** For one that does: when its attempt under way was handed over. */
  declare blockedSince: number | undefined;
  /** An attempt before was lost without a reply: whatever comes, it may have been executed. */
  mayHaveRun = false;
  /** Sends nothing: waits until primaries are known, for a fan-out to them. */
  isGate = false;
  settled = false;
  /** Why the caller took it back. */
  abortReason: unknown = undefined;
  /** Told when a call with a signal has ended. */
  onSettled: (() => void) | undefined = undefined;

  constructor(
    sink: RequestSink<any>,
    readonly spec: CommandSpec,
    args: readonly Argument[],
    /** The slot of its keys, or one of the shard that it is for; -1 without either. */
    public slot: number,
    readonly resolve: CallResolve,
    readonly reject: CallReject,
    format: number,
    startedAt: number,
    deadline: number,
  ) {
    super(sink, spec.wire, args, format, startedAt, deadline);
    if (openTraces !== 0) joinTrace(this);
  }

  /** One of its keys, as the wire has it. */
  get key(): string | Buffer | undefined {
    const index = this.spec.firstKey;
    const key = index === -1 ? this.firstOfSpecs() : this.args[index];
    return key === undefined || Buffer.isBuffer(key) ? key : String(key);
  }

  private firstOfSpecs(): Argument | undefined {
    const [index] = keyIndexes(this.spec, this.args);
    return index === undefined ? undefined : this.args[index];
  }

  override get elsewhere(): boolean {
    return this.reads !== undefined;
  }

  /** Whether it may be repeated although it may have been executed. */
  get readOnly(): boolean {
    return (this.spec.flags & CommandFlag.ReadOnly) !== 0;
  }

  /** Whether an error of it may hide writes that were executed before. */
  get runsScript(): boolean {
    return (this.spec.flags & CommandFlag.Script) !== 0;
  }

  /** Whether it may change data. */
  get mayWrite(): boolean {
    return (
      (this.spec.flags & (CommandFlag.Write | CommandFlag.MayReplicate)) !== 0
    );
  }

  /** What an error of this call tells about it. */
  context(cause?: unknown, node = this.node?.label): ErrorContext {
    return {
      command: this.spec.name,
      node,
      slot: this.slot === -1 ? undefined : this.slot,
      attempts: this.attempts,
      elapsedMs: Math.round(clock.refresh() - this.startedAt),
      cause,
    };
  }
}
