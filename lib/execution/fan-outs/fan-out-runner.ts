import type { Argument, CommandSpec } from '../../commands/command-spec.js';
import { ClosedError } from '../../errors/closed-error.js';
import { ConnectionError } from '../../errors/connection-error.js';
import type { FanOutRetryOptions } from '../../errors/fan-out-error.js';
import { positive } from '../../options/resolve-options.js';
import type { SplitPart } from '../../routing/split.js';
import { clock } from '../../time/clock.js';
import { aimAtShard } from '../calls/aim-at-shard.js';
import type { Call } from '../calls/call.js';
import type { CallFactory } from '../calls/call-factory.js';
import type { CallOrder } from '../calls/call-order.js';
import type { CallSettings } from '../calls/call-settings.js';
import { scattered } from '../calls/final-errors.js';
import { rejectCall } from '../calls/settle-call.js';
import type { ClusterNode } from '../cluster-node.js';
import type { ClusterNodes } from '../cluster-nodes.js';
import { FanOut, type Resend, type Settle } from './fan-out.js';

/**
 * How long a fan-out to all nodes waits for a replica, in milliseconds: one
 * that is frozen or still loads its data, and that the cluster has not flagged
 * yet. It is left out behind that if it was not sent the command, or if that
 * makes no difference; else its part is unknown.
 */
const REPLICA_TIME_MS = 2_000;

/** What a fan-out needs from the cluster around it. */
export interface FanOutCluster {
  readonly nodes: ClusterNodes;
  /** A fan-out left a replica out. */
  skipped(node: ClusterNode, command: string, cause: Error): void;
}

/** Sends the parts of fan-outs and splits, and again those that failed. */
export class FanOutRunner {
  private closed = false;

  constructor(
    private readonly cluster: FanOutCluster,
    private readonly calls: CallFactory,
  ) {}

  /** Refuses retries, as new calls are refused. */
  close(): void {
    this.closed = true;
  }

  /** Sends every part of a split to its slot. */
  split(
    spec: CommandSpec,
    parts: readonly SplitPart[],
    settings: CallSettings,
    settle: Settle,
  ): void {
    const split = this.newSplit(spec, parts, settings, settle);
    this.calls.start(split.parts, settings.signal);
  }

  /** A split whose parts are not sent yet. */
  newSplit(
    spec: CommandSpec,
    parts: readonly SplitPart[],
    settings: CallSettings,
    settle: Settle,
    order?: CallOrder<Call>,
    startedAt = clock.refresh(),
  ): FanOut {
    const resend = this.resender(settings);
    const split = new FanOut(spec, parts, settle, startedAt, resend, order);
    for (const { args, slot } of parts) {
      split.add(this.calls.newPart(spec, args, slot, settings, startedAt));
    }
    return split;
  }

  /** Sends a command to every primary, or to every node. */
  fanOut(
    spec: CommandSpec,
    args: readonly Argument[],
    target: 'primaries' | 'nodes',
    settings: CallSettings,
    settle: Settle,
    startedAt = clock.refresh(),
  ): void {
    const { nodes } = this.cluster;
    const primaries = nodes.primaries();
    if (primaries.length === 0) {
      // the promise's continuation is still inside the caller's scope
      this.calls
        .primariesKnown(spec, settings, startedAt)
        .then(() => {
          settings.signal?.throwIfAborted();
          this.fanOut(spec, args, target, settings, settle, startedAt);
        })
        .catch(settle.reject);
      return;
    }
    const resend = this.resender(settings);
    const fanOut = new FanOut(spec, undefined, settle, startedAt, resend);
    for (const { slot, shard } of primaries) {
      // by a slot of the shard, so that a promoted replica answers for it
      const part = this.calls.newPart(spec, args, slot, settings, startedAt);
      fanOut.add(part, shard);
    }
    if (target === 'nodes') {
      for (const { node, healthy } of nodes.replicas()) {
        if (!healthy) {
          this.cluster.skipped(node, spec.name, knownToHaveFailed(node));
          continue;
        }
        fanOut.add(this.newReplicaPart(spec, args, node, settings, startedAt));
      }
    }
    this.calls.start(fanOut.parts, settings.signal);
  }

  /** A part that the fan-out waits for no longer than {@link REPLICA_TIME_MS}. */
  private newReplicaPart(
    spec: CommandSpec,
    args: readonly Argument[],
    node: ClusterNode,
    settings: CallSettings,
    startedAt = clock.refresh(),
  ): Call {
    // from now on: the topology may have been waited for before
    const untilThen = clock.refresh() - startedAt + REPLICA_TIME_MS;
    const timeoutMs = Math.min(settings.timeoutMs, untilThen);
    const bounded = { ...settings, timeoutMs };
    const part = this.calls.newPart(spec, args, -1, bounded, startedAt);
    part.fixedNode = node;
    part.mayBeLeftOut = true;
    return part;
  }

  private resender(settings: CallSettings): Resend {
    return async (earlier, options) => {
      if (this.closed) throw refusedByClosed(earlier.spec);
      const retrySettings = applyRetryOptions(settings, options);
      return new Promise((resolve, reject) => {
        const settle = { resolve, reject };
        const { spec, split } = earlier;
        const resend = this.resender(settings);
        const fanOut = new FanOut(spec, split, settle, clock.refresh(), resend);
        const unknownToo = options.unknown === true;
        this.resend(earlier, fanOut, retrySettings, unknownToo);
      });
    };
  }

  /** Fills a fan-out with what an earlier one applied, and sends the rest. */
  private resend(
    earlier: FanOut,
    fanOut: FanOut,
    settings: CallSettings,
    unknownToo: boolean,
  ): void {
    const sent: Call[] = [];
    earlier.parts.forEach(({ spec, args, slot, fixedNode }, part) => {
      const outcome = earlier.outcomeOf(part);
      if (outcome !== 'failed' && !(outcome === 'unknown' && unknownToo)) {
        fanOut.keep(earlier, part);
        return;
      }
      const call =
        fixedNode === undefined
          ? this.calls.newPart(spec, args, slot, settings)
          : this.newReplicaPart(spec, args, fixedNode, settings);
      fanOut.add(call, earlier.shardOf(part));
      sent.push(call);
    });
    fanOut.finishUnsent();
    const reachable = sent.filter((call) => {
      const { fixedNode: replica } = call;
      if (replica === undefined) return this.isAimed(fanOut, call);
      if (replica.hasEnded) {
        // it has left the cluster meanwhile
        fanOut.leaveOut(call.part);
        return false;
      }
      if (!this.cluster.nodes.isCondemned(replica)) return true;
      const { name } = call.spec;
      this.cluster.skipped(replica, name, knownToHaveFailed(replica));
      fanOut.leaveOut(call.part);
      return false;
    });
    this.calls.start(reachable, settings.signal);
  }

  /** Whether a part of a fan-out has somebody to go to who is not asked anyway; ends it otherwise. */
  private isAimed(fanOut: FanOut, call: Call): boolean {
    const shard = fanOut.shardOf(call.part);
    if (shard === undefined) return true;
    const aim = aimAtShard(call, shard, this.cluster.nodes);
    if (aim === 'covered') fanOut.leaveOut(call.part);
    else if (aim === 'scattered') rejectCall(call, scattered(call));
    return aim === 'aimed';
  }
}

/** The error of a call to a client that is closed, or about to be. */
export function refusedByClosed({
  name,
}: Pick<CommandSpec, 'name'>): ClosedError {
  return new ClosedError(`${name}: the client is closed`, { command: name });
}

function applyRetryOptions(
  settings: CallSettings,
  { timeoutMs, signal }: FanOutRetryOptions,
): CallSettings {
  signal?.throwIfAborted();
  return {
    ...settings,
    timeoutMs: positive('timeoutMs', timeoutMs, settings.timeoutMs),
    signal,
  };
}

/** Why a replica is not even asked. */
export function knownToHaveFailed({ label }: ClusterNode): ConnectionError {
  return new ConnectionError(`The cluster says that ${label} has failed`, {
    node: label,
  });
}
