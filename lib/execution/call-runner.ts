import type {
  Carrier,
  RequestFate,
  RequestPhase,
  RequestSink,
} from '../connection/request.js';
import { isHarmlessAtReplicas } from '../commands/reporting-commands.js';
import { ClosedError } from '../errors/closed-error.js';
import { ConnectionError } from '../errors/connection-error.js';
import { ReplyError } from '../errors/reply-error.js';
import type { NodeAddress } from '../options/client-options.js';
import { formatAddress } from '../options/node-address.js';
import { ErrorReply } from '../protocol/error-reply.js';
import { ReplyFormat } from '../protocol/reply-format.js';
import { announcedAddress } from '../topology/announced-endpoint.js';
import { backoffDelay } from '../time/backoff.js';
import { clock } from '../time/clock.js';
import type { Call } from './call.js';
import { DISPATCH, type NextAttempt } from './call-order.js';
import { CodeLoads, lacksCode, maySayItself } from './code-loads.js';
import type { ClusterNode } from './cluster-node.js';
import type { ClusterNodes } from './cluster-nodes.js';
import type { ReplicaReads } from './replica-reads.js';
import * as finalErrors from './final-errors.js';
import { blockedFromNow, countBlockedTime } from './blocked-time.js';
import { endBlocking, isBlocking } from './end-blocking.js';
import { handOver, handOverAsking } from './hand-over.js';
import {
  classifyRefusal,
  classifyRefusalThere,
  type Redirect,
  type Refusal,
} from './refusals.js';
import { documentedReply } from './settled-reply.js';
import { WaitingRoom } from './waiting-room.js';

/** Between two attempts that the server refused, in milliseconds. */
const RETRY_DELAY = { min: 10, max: 250 };

/** Redirects followed at once; a call that has more is going round in circles, and waits in between. */
const PROMPT_REDIRECTS = 5;

/** What the runner needs from the cluster around it. */
export interface RunnerCluster {
  readonly nodes: ClusterNodes;
  readonly replicaReads: ReplicaReads;
  readonly retryUnknownWrites: boolean;
  readonly mapAddress: (address: NodeAddress) => NodeAddress;
  /** Begins to connect, if nobody did. */
  wake(): void;
  /** A redirect named the owner of a slot. */
  moved(slot: number, address: NodeAddress): void;
  /** Something hints at a change of the topology; `doubted` may not know of it. */
  refreshSoon(doubted?: string): void;
  /** A fan-out left a replica out. */
  skipped(node: ClusterNode, command: string, cause: Error): void;
}

/**
 * Takes calls through their attempts: picks the node, follows redirects,
 * repeats what the server proved not to have run, and tells how it ended.
 */
export class CallRunner implements RequestSink<Call> {
  private readonly room = new WaitingRoom({
    dispatch: (call) => this.resume(call),
    expiredWaiting: (call) =>
      this.ended(call, finalErrors.expiredWaiting(call)),
  });
  private readonly loads = new CodeLoads();
  private closed = false;
  private turn = 0;

  constructor(private readonly cluster: RunnerCluster) {}

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

  /**
   * Sends a call once more. One that is for a shard goes to that, also where
   * the slot it went by has moved: else one node would be asked twice, and
   * another not at all.
   */
  private dispatchAgain(call: Call): void {
    const shard = call.whole?.shardOf?.(call.part);
    if (shard !== undefined) {
      const slot = this.cluster.nodes.slotOf(shard);
      if (slot !== undefined) call.slot = slot;
      else if (call.readOnly && this.cluster.nodes.primaries().length > 0) {
        // others have all its slots, and are asked themselves
        this.settleWithout(call);
        return;
      }
      // a change has to reach what was there: by the slot, which has moved with it
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

  /** Ends a call whose caller has lost interest. */
  withdraw(call: Call, reason: unknown): void {
    if (call.settled) return;
    call.abortReason = reason;
    if (this.room.remove(call)) {
      this.reject(call, finalErrors.withDoubt(call, reason as Error));
    } else if (isBlocking(call)) {
      void endBlocking(call, call.node!);
    } else {
      call.node?.withdraw(call);
    }
  }

  /** Sends a call again, there and then. */
  attempt(call: Call, next: NextAttempt): void {
    if (this.closed) {
      this.reject(call, finalErrors.closed(call));
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
      call.readsReplica ||
      call.whole?.order === undefined
    ) {
      return;
    }
    const load = this.loads.ahead(call.spec, node);
    // where there is no room the call waits for some, and may come behind its script then
    if (load !== undefined) node.push(load);
  }

  /** Ends a call that its pipeline has not sent yet, or not again: its time is over, or its caller took it back. */
  endUnsent(call: Call, reason?: unknown): void {
    if (call.settled) return;
    call.abortReason = reason;
    const error =
      reason === undefined
        ? finalErrors.expiredUnsent(call)
        : finalErrors.withDoubt(call, reason as Error);
    this.reject(call, error);
  }

  /** Ends a call that cannot be sent again in its order. */
  overtaken(call: Call): void {
    this.reject(call, finalErrors.overtaken(call));
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
    for (const call of this.room.clear()) this.reject(call, error);
  }

  /** Nothing is sent any more. */
  close(): void {
    this.closed = true;
    for (const call of this.room.clear()) {
      this.reject(call, finalErrors.closed(call));
    }
  }

  /** An exclusive connection took it. */
  started(call: Call): void {
    blockedFromNow(call);
  }

  replied(call: Call, reply: unknown, carrier: Carrier): void {
    if (reply instanceof ErrorReply) {
      this.refused(call, reply, carrier);
      return;
    }
    if (call.record !== undefined) call.record.applied();
    if (
      call.spec.reply === undefined &&
      !call.runsScript &&
      call.format < ReplyFormat.Maps
    ) {
      call.settled = true;
      if (call.onSettled !== undefined) call.onSettled();
      call.resolve(reply);
      return;
    }
    let documented: unknown;
    try {
      documented = documentedReply(call, reply);
    } catch (error) {
      this.reject(call, error as Error);
      return;
    }
    call.settled = true;
    call.onSettled?.();
    call.resolve(documented);
  }

  lost(call: Call, fate: RequestFate, cause: Error): void {
    if (fate === 'unknown') {
      call.record?.unknown();
      if (!call.readOnly) call.mayHaveRun = true;
    }
    if (call.blocks !== undefined && fate === 'unknown') countBlockedTime(call);
    if (call.abortReason !== undefined) {
      this.reject(call, finalErrors.withDoubt(call, call.abortReason as Error));
    } else if (cause instanceof ClosedError || this.closed) {
      this.reject(call, finalErrors.closed(call));
    } else if (mayBeLeftOut(call, fate)) {
      this.leaveOut(call, cause);
    } else if (fate === 'unknown' && !this.mayRepeat(call)) {
      this.reject(call, finalErrors.outcomeUnknown(call, cause));
    } else if (
      call.failsWhenLost ||
      (isRefusedLogin(cause) && !canDoWithout(call)) ||
      call.fixedNode?.hasEnded === true
    ) {
      this.reject(
        call,
        finalErrors.withDoubt(call, finalErrors.unreachable(call, cause)),
      );
    } else {
      noteLoss(call, cause);
      this.cluster.refreshSoon();
      // the node's next connection waits for its backoff: this is no tight loop
      this.again(call, DISPATCH);
    }
  }

  expired(call: Call, phase: RequestPhase): void {
    if (phase === 'flight') call.record?.unknown();
    const fate = phase === 'flight' ? 'unknown' : 'notSent';
    this.ended(call, finalErrors.expiredOnConnection(call, phase), fate);
  }

  /** Its time is over, or its caller took it back. */
  private ended(call: Call, error: Error, fate: RequestFate = 'notSent'): void {
    if (mayBeLeftOut(call, fate) && call.abortReason === undefined) {
      this.leaveOut(call, error);
    } else {
      this.reject(call, error);
    }
  }

  /** Ends a call with this error. */
  fail(call: Call, error: Error): void {
    this.reject(call, error);
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

  private mayRepeat(call: Call): boolean {
    return call.readOnly || this.cluster.retryUnknownWrites;
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
      this.reject(call, error as Error);
      return;
    }
    if (node === undefined) this.awaitRoute(call);
    else this.send(call, node);
  }

  /** A replica cannot answer now: another node of the shard can. */
  private readElsewhere(call: Call): void {
    call.node!.vitals.refused = true;
    call.redirects += 1;
    if (call.redirects > PROMPT_REDIRECTS) this.rest(call);
    else this.again(call, DISPATCH);
  }

  private send(call: Call, node: ClusterNode): void {
    if (!handOver(call, node)) this.overflow(call);
  }

  private overflow(call: Call): void {
    const error = finalErrors.queueFull(call);
    if (call.whole?.order === undefined) {
      this.reject(call, error);
    } else {
      // what a pipeline sends waits for room
      call.lastError ??= error;
      this.rest(call);
    }
  }

  /** Sends a call again that did not run; where order matters, when its turn comes. */
  private again(call: Call, next: NextAttempt): void {
    const order = call.whole?.order;
    if (order === undefined) this.attempt(call, next);
    else order.hold(call, next);
  }

  private refused(call: Call, reply: ErrorReply, carrier: Carrier): void {
    const refusal = call.staysThere
      ? classifyRefusalThere(reply, call.runsScript)
      : classifyRefusal(reply, call.slot, call.runsScript);
    const error = new ReplyError(
      reply.message,
      call.context(call.lastError, carrier.label),
    );
    if (call.abortReason !== undefined && provesIdle(refusal, reply)) {
      // it blocked, and was taken back meanwhile
      this.reject(call, finalErrors.withDoubt(call, call.abortReason as Error));
      return;
    }
    if (refusal.kind === 'final' && lacksCode(call, reply)) {
      this.again(call, { kind: 'load', error });
      return;
    }
    const own =
      refusal.kind === 'retry' && call.runsScript && maySayItself(call, reply);
    if (refusal.kind === 'final' || own) {
      if (mayHideWrites(call, reply)) call.record?.maybeApplied();
      this.reject(call, error);
      return;
    }
    noteAnswer(call, error);
    if (call.blocks !== undefined) countBlockedTime(call);
    if (refusal.kind === 'retry') {
      // CLUSTERDOWN: it may be cut off from the others
      if (refusal.refresh) this.cluster.refreshSoon(carrier.label);
      if (isReplicaRead(call)) this.readElsewhere(call);
      else this.rest(call);
    } else {
      this.redirect(call, refusal, carrier);
    }
  }

  /** Sends the call again, behind its script or library. */
  private loadCode(call: Call, error: ReplyError): void {
    noteAnswer(call, error);
    const owner =
      call.slot === -1 ? undefined : this.cluster.nodes.owners[call.slot];
    const taken = this.loads.handOver(call, owner, error);
    if (taken instanceof ReplyError) this.reject(call, taken);
    else if (!taken) this.overflow(call);
  }

  private redirect(
    call: Call,
    { kind, slot, address }: Redirect,
    carrier: Carrier,
  ): void {
    let target: NodeAddress;
    try {
      target = this.targetOf(address, carrier.address);
    } catch (error) {
      // the application's own address map: nobody behind us would settle the call
      this.reject(call, error as Error);
      return;
    }
    if (isReplicaRead(call)) {
      // not news: this node replicates another primary than it should
      const owner = this.cluster.nodes.owners[slot]?.label;
      if (owner === formatAddress(target)) call.node!.vitals.refused = true;
    }
    if (kind === 'moved') {
      // an address that leads elsewhere by now (a proxy's, or one used anew)
      if (formatAddress(target) === carrier.label) {
        call.node?.replaceShared(carrier);
      }
      this.cluster.moved(slot, target);
    }
    call.redirects += 1;
    if (call.redirects > PROMPT_REDIRECTS) {
      this.rest(call);
    } else if (call.reads?.neverPrimary === true) {
      // what the redirect names is a primary: its replicas may be read
      this.again(call, DISPATCH);
    } else {
      if (call.reads !== undefined) call.readsReplica = false;
      const node = this.cluster.nodes.at(target);
      this.again(call, { kind: 'there', node, asking: kind === 'ask' });
    }
  }

  /**
   * Where an error reply leads that nobody follows by itself: a redirect on a
   * connection that belongs to one caller. MOVED is learnt from.
   *
   * @param source the node that answered
   */
  learnRedirect(
    message: string,
    source: NodeAddress,
  ):
    | { readonly kind: 'moved' | 'ask'; readonly target: NodeAddress }
    | undefined {
    const refusal = classifyRefusal(new ErrorReply(message), -1, false);
    if (refusal.kind !== 'moved' && refusal.kind !== 'ask') return undefined;
    const target = this.targetOf(refusal.address, source);
    if (refusal.kind === 'moved') this.cluster.moved(refusal.slot, target);
    return { kind: refusal.kind, target };
  }

  /** As in the topology: no host is that of the node that answered. */
  private targetOf(address: NodeAddress, source: NodeAddress): NodeAddress {
    const { mapAddress } = this.cluster;
    const context = { source, mapAddress };
    return announcedAddress(address.host, address.port, context) ?? address;
  }

  private rest(call: Call): void {
    if (this.closed) {
      this.reject(call, finalErrors.closed(call));
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
      this.reject(call, finalErrors.closed(call));
      return;
    }
    call.whole?.order?.awaits(call);
    this.room.awaitRoute(call);
    this.cluster.wake();
    this.cluster.refreshSoon();
  }

  /** A fan-out reaches every replica that can be reached; one that was not is no part of it. */
  private leaveOut(call: Call, cause: Error): void {
    this.cluster.skipped(call.fixedNode!, call.spec.name, cause);
    this.settleWithout(call);
  }

  private settleWithout(call: Call): void {
    call.settled = true;
    call.onSettled?.();
    call.whole!.leaveOut(call.part);
  }

  private reject(call: Call, error: Error): void {
    if (call.settled) return;
    call.settled = true;
    // nothing may have been written since the call read the clock
    clock.expire();
    // unless more is known, which has been said before
    call.record?.rejected();
    call.onSettled?.();
    call.reject(error);
  }
}

/**
 * Whether something may have been written before the error: by a script; by
 * MIGRATE, which sees the other end fail behind the keys it has sent, of which
 * the first ones may be moved already.
 */
function mayHideWrites(call: Call, { prefix }: ErrorReply): boolean {
  return (
    call.runsScript || (call.spec.name === 'MIGRATE' && prefix === 'IOERR')
  );
}

/** Whether a policy sent it to a replica. */
function isReplicaRead(call: Call): boolean {
  return call.reads !== undefined && call.readsReplica;
}

/** Whether a replica that turns the user away is left out, and the primary read. */
function canDoWithout(call: Call): boolean {
  return isReplicaRead(call) && !call.reads!.neverPrimary;
}

/** Whether a blocking command took nothing; UNBLOCKED is final where CLIENT UNBLOCK ended it. */
function provesIdle({ kind }: Refusal, { prefix }: ErrorReply): boolean {
  return kind !== 'final' || prefix === 'UNBLOCKED';
}

/**
 * Whether the whole is complete without this part. A replica that was sent the
 * command may have run it, or will once it wakes up: that is left out only
 * where it makes no difference.
 */
function mayBeLeftOut(call: Call, fate: RequestFate): boolean {
  if (!call.mayBeLeftOut) return false;
  if (call.readOnly || isHarmlessAtReplicas(call.spec.name)) return true;
  return fate === 'notSent' && !call.mayHaveRun;
}

/** The server turned the user away: another attempt would only do the same. */
function isRefusedLogin(cause: Error): boolean {
  return cause instanceof ConnectionError && cause.cause instanceof ReplyError;
}

/** Keeps what an attempt said; the same answer again is no news. */
function noteAnswer(call: Call, error: Error): void {
  if (call.lastError?.message !== error.message) call.lastError = error;
}

/** The loss is that of many calls: where there is a chain, the call gets a link of its own. */
function noteLoss(call: Call, cause: Error): void {
  const before = call.lastError;
  if (before === undefined) call.lastError = cause;
  else if (before.message !== cause.message) {
    call.lastError = new ConnectionError(cause.message, call.context(before));
  }
}
