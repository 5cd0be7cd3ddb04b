import { ReplyError } from '../../errors/reply-error.js';
import type { NodeAddress } from '../../options/client-options.js';
import { backoffDelay } from '../../time/backoff.js';
import type { TopologyReason } from '../../topology/topology-change.js';
import { aimAtShard } from './aim-at-shard.js';
import type { Call } from './call.js';
import { type NextAttempt } from './call-order.js';
import { CodeLoads } from './code-loads.js';
import type { ClusterNode } from '../cluster-node.js';
import type { ClusterNodes } from '../cluster-nodes.js';
import type { ReplicaReads } from '../reads/replica-reads.js';
import * as finalErrors from './final-errors.js';
import { handOver, handOverAsking } from './hand-over.js';
import { WaitingRoom } from './waiting-room.js';
import { noteAnswer } from './call-verdicts.js';
import { rejectCall, settleWithout } from './settle-call.js';

/** Between two attempts that the server refused, in milliseconds. */
const RETRY_DELAY = { min: 10, max: 250 };

/** What calls need from the cluster around them. */
export interface RunnerCluster {
  readonly nodes: ClusterNodes;
  readonly replicaReads: ReplicaReads;
  readonly retryUnknownWrites: boolean;
  readonly mapAddress: (address: NodeAddress) => NodeAddress;
  /** Begins to connect, if nobody did. */
  wake(): void;
  /** A redirect named the owner of a slot. */
  moved(slot: number, address: NodeAddress, source: string): void;
  /** Something hints at a change of the topology; `doubted` may not know of it. */
  refreshSoon(doubted?: string, reason?: TopologyReason): void;
  /** A fan-out left a replica out. */
  skipped(node: ClusterNode, command: string, cause: Error): void;
}

/**
 * Sends calls: picks the node, the connection, and the moment. What becomes of
 * them is the runner's.
 */
export abstract class CallDispatch {
  protected readonly room = new WaitingRoom({
    dispatch: (call) => this.resume(call),
    expiredWaiting: (call) =>
      this.ended(call, finalErrors.expiredWaiting(call)),
  });
  protected closed = false;
  private readonly loads = new CodeLoads();
  private turn = 0;

  constructor(protected readonly cluster: RunnerCluster) {}

  /** Its time is over, or its caller took it back. */
  protected abstract ended(call: Call, error: Error): void;

  /** Sends a call to where it belongs now. */
  dispatch(call: Call): void {
    if (call.reads !== undefined) {
      this.dispatchRead(call);
      return;
    }
    const node =
      call.fixedNode ??
      (call.slot === -1
        ? this.anyPrimary()
        : this.cluster.nodes.owners[call.slot]);
    if (node === undefined) this.awaitRoute(call);
    else this.send(call, node);
  }

  /** Sends a call once more. One that is for a shard goes to that, also where the slot it went by has moved. */
  private dispatchAgain(call: Call): void {
    const shard = call.whole?.shardOf?.(call.part);
    if (shard !== undefined) {
      const aim = aimAtShard(call, shard, this.cluster.nodes);
      if (aim === 'covered') {
        settleWithout(call);
        return;
      }
      if (aim === 'scattered') {
        rejectCall(call, finalErrors.scattered(call));
        return;
      }
    }
    this.loadAhead(call, this.cluster.nodes.owners[call.slot]);
    this.dispatch(call);
  }

  /** Resolves a call, without sending it, once primaries are known. */
  awaitPrimaries(call: Call): void {
    call.isGate = true;
    this.awaitRoute(call);
  }

  /** Whether calls wait for the topology to name a node. */
  get routeAwaited(): boolean {
    return this.room.routeAwaited;
  }

  /** Sends a call again, there and then. */
  attempt(call: Call, next: NextAttempt): void {
    if (this.closed) {
      rejectCall(call, finalErrors.closed(call));
    } else if (next.kind === 'dispatch') {
      this.dispatchAgain(call);
    } else if (next.kind === 'rest') {
      this.room.rest(call, next.delayMs);
    } else if (next.kind === 'load') {
      this.loadCode(call, next.error);
    } else {
      this.loadAhead(call, next.node);
      this.sendThere(call, next);
    }
  }

  private sendThere(
    call: Call,
    next: { readonly node: ClusterNode; readonly asking: boolean },
  ): void {
    if (!next.asking) {
      this.send(call, next.node);
    } else if (!handOverAsking(call, next.node)) {
      this.overflow(call);
    }
  }

  /**
   * Loads the script of a call whose order matters before it is sent: what
   * comes behind would have run when the node says that it lacks the script.
   */
  loadAhead(call: Call, node: ClusterNode | undefined): void {
    const { script } = call.spec;
    if (
      script === undefined ||
      node === undefined ||
      call.reads !== undefined ||
      call.readsReplica ||
      call.whole?.order === undefined
    ) {
      return;
    }
    const load = this.loads.ahead(call.spec, node);
    // where there is no room the call waits for some, and may come behind its script then
    if (load !== undefined) node.push(load);
  }

  /** The topology changed: calls without a route try again. */
  routesChanged(): void {
    this.room.routesChanged();
  }

  /** Calls that wait between attempts or for the topology. */
  get waiting(): number {
    return this.room.size;
  }

  /** Resolves when no call waits between attempts. */
  whenIdle(): Promise<void> {
    return this.room.whenEmpty();
  }

  /** Rejects the calls that wait for a route: the cluster could not be reached. */
  failWaiting(error: Error): void {
    for (const call of this.room.clear()) rejectCall(call, error);
  }

  /** Its wait is over. */
  private resume(call: Call): void {
    if (!call.isGate) {
      this.dispatchAgain(call);
    } else if (this.cluster.nodes.primaries().length === 0) {
      this.awaitRoute(call);
    } else {
      call.settled = true;
      call.onSettled?.();
      call.resolve(undefined);
    }
  }

  /** In turns, and around those that cannot be reached at present. */
  private anyPrimary(): ClusterNode | undefined {
    const primaries = this.cluster.nodes.primaries();
    this.turn += 1;
    for (let nth = 0; nth < primaries.length; nth++) {
      const { node } = primaries[(this.turn + nth) % primaries.length]!;
      if (node.connected || node.failedAttempts === 0) return node;
    }
    return primaries[this.turn % primaries.length]?.node;
  }

  private dispatchRead(call: Call): void {
    let node: ClusterNode | undefined;
    try {
      node = this.cluster.replicaReads.route(call);
    } catch (error) {
      // there is no replica, or the application's own choice failed
      rejectCall(call, error as Error);
      return;
    }
    if (node === undefined) this.awaitRoute(call);
    else this.send(call, node);
  }

  private send(call: Call, node: ClusterNode): void {
    if (!handOver(call, node)) this.overflow(call);
  }

  private overflow(call: Call): void {
    const error = finalErrors.queueFull(call);
    if (call.whole?.order === undefined) {
      rejectCall(call, error);
    } else {
      // what a pipeline sends waits for room
      call.lastError ??= error;
      this.rest(call);
    }
  }

  /** Sends a call again that did not run; where order matters, when its turn comes. */
  protected again(call: Call, next: NextAttempt): void {
    const order = call.whole?.order;
    if (order === undefined) this.attempt(call, next);
    else order.hold(call, next);
  }

  /** Sends the call again, behind its script or library. */
  private loadCode(call: Call, error: ReplyError): void {
    noteAnswer(call, error);
    const owner =
      call.slot === -1 ? undefined : this.cluster.nodes.owners[call.slot];
    const taken = this.loads.handOver(call, owner, error);
    if (taken instanceof ReplyError) rejectCall(call, taken);
    else if (!taken) this.overflow(call);
  }

  protected rest(call: Call): void {
    if (this.closed) {
      rejectCall(call, finalErrors.closed(call));
      return;
    }
    call.retries += 1;
    // a slot that stays half-way for long answers ASK each time, rightly
    call.redirects = 0;
    const delayMs = backoffDelay(Math.min(call.retries, 16), RETRY_DELAY);
    this.again(call, { kind: 'rest', delayMs });
  }

  private awaitRoute(call: Call): void {
    if (this.closed) {
      rejectCall(call, finalErrors.closed(call));
      return;
    }
    call.whole?.order?.awaits(call);
    this.room.awaitRoute(call);
    this.cluster.wake();
    this.cluster.refreshSoon(undefined, 'slotNotServed');
  }

  /** Nothing is sent any more. */
  close(): void {
    this.closed = true;
    for (const call of this.room.clear()) {
      rejectCall(call, finalErrors.closed(call));
    }
  }
}
