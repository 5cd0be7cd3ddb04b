import type {
  Carrier,
  RequestFate,
  RequestPhase,
  RequestSink,
} from '../../connection/request.js';
import { ClosedError } from '../../errors/closed-error.js';
import { ReplyError } from '../../errors/reply-error.js';
import type { NodeAddress } from '../../options/client-options.js';
import { formatAddress } from '../../options/node-address.js';
import { ErrorReply } from '../../protocol/error-reply.js';
import { ReplyFormat } from '../../protocol/reply-format.js';
import { announcedAddress } from '../../topology/announced-endpoint.js';
import type { Call } from './call.js';
import type { ClusterNode } from '../cluster-node.js';
import { DISPATCH } from './call-order.js';
import { lacksCode, maySayItself } from './code-loads.js';
import * as finalErrors from './final-errors.js';
import { blockedFromNow, countBlockedTime } from './blocked-time.js';
import { endBlocking, isBlocking } from './end-blocking.js';
import {
  classifyRefusal,
  classifyRefusalThere,
  isDemotion,
  type Redirect,
} from './refusals.js';
import { documentedReply } from './settled-reply.js';
import { CallDispatch } from './call-dispatch.js';
import {
  mayHideWrites,
  isProtocolError,
  isReplicaRead,
  canDoWithout,
  provesAway,
  provesIdle,
  mayBeLeftOut,
  isRefusedLogin,
  noteAnswer,
  noteLoss,
} from './call-verdicts.js';
import { rejectCall, settleWithout } from './settle-call.js';

/** Redirects followed at once; a call that has more is going round in circles, and waits in between. */
const PROMPT_REDIRECTS = 5;

/**
 * Takes calls through their attempts: follows redirects, repeats what the
 * server proved not to have run, and tells how they ended.
 */
export class CallRunner extends CallDispatch implements RequestSink<Call> {
  /** Ends a call whose caller has lost interest. */
  withdraw(call: Call, reason: unknown): void {
    if (call.settled) return;
    call.abortReason = reason;
    if (this.room.remove(call)) {
      rejectCall(call, finalErrors.withDoubt(call, reason as Error));
    } else if (isBlocking(call)) {
      void endBlocking(call, call.node!);
    } else {
      call.node?.withdraw(call);
    }
  }

  /** Ends a call that its pipeline has not sent yet, or not again: its time is over, or its caller took it back. */
  endUnsent(call: Call, reason?: unknown): void {
    if (call.settled) return;
    call.abortReason = reason;
    const error =
      reason === undefined
        ? finalErrors.expiredUnsent(call)
        : finalErrors.withDoubt(call, reason as Error);
    rejectCall(call, error);
  }

  /** Ends a call that cannot be sent again in its order. */
  overtaken(call: Call): void {
    rejectCall(call, finalErrors.overtaken(call));
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
      rejectCall(call, error as Error);
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
    const { abortReason } = call;
    const closing = cause instanceof ClosedError || this.closed;
    if (abortReason !== undefined && !(abortReason instanceof ClosedError)) {
      rejectCall(call, finalErrors.withDoubt(call, abortReason as Error));
    } else if (closing || abortReason !== undefined) {
      rejectCall(call, finalErrors.closed(call));
    } else if (mayBeLeftOut(call, fate)) {
      this.leaveOut(call, cause);
    } else if (fate === 'unknown' && !this.mayRepeat(call)) {
      rejectCall(call, finalErrors.outcomeUnknown(call, cause));
    } else if (
      call.failsWhenLost ||
      (isRefusedLogin(cause) && !canDoWithout(call)) ||
      call.fixedNode?.hasEnded === true
    ) {
      rejectCall(
        call,
        finalErrors.withDoubt(call, finalErrors.unreachable(call, cause)),
      );
    } else {
      noteLoss(call, cause);
      this.cluster.refreshSoon(undefined, 'nodeLost');
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
  protected override ended(
    call: Call,
    error: Error,
    fate: RequestFate = 'notSent',
  ): void {
    if (mayBeLeftOut(call, fate) && call.abortReason === undefined) {
      this.leaveOut(call, error);
    } else {
      rejectCall(call, error);
    }
  }

  /** Ends a call with this error. */
  fail(call: Call, error: Error): void {
    rejectCall(call, error);
  }

  private mayRepeat(call: Call): boolean {
    return call.readOnly || this.cluster.retryUnknownWrites;
  }

  /** A replica cannot answer now: another node of the shard can. */
  private readElsewhere(call: Call): void {
    call.node!.vitals.refused = true;
    call.redirects += 1;
    if (call.redirects > PROMPT_REDIRECTS) this.rest(call);
    else this.again(call, DISPATCH);
  }

  private refused(call: Call, reply: ErrorReply, carrier: Carrier): void {
    const refusal = call.staysThere
      ? classifyRefusalThere(reply, call.runsScript)
      : classifyRefusal(reply, call.slot, call.runsScript);
    // or the next blocking command would be sent on it, and be lost with it
    if (call.blocks !== undefined && isDemotion(reply)) void carrier.end();
    const error = new ReplyError(
      reply.message,
      call.context(call.lastError, carrier.label),
    );
    if (call.abortReason !== undefined && provesIdle(refusal, reply)) {
      // it blocked, and was taken back meanwhile
      rejectCall(call, finalErrors.withDoubt(call, call.abortReason as Error));
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
      if (isProtocolError(call, reply)) carrier.readNoMore();
      rejectCall(call, error);
      return;
    }
    noteAnswer(call, error);
    if (call.blocks !== undefined) countBlockedTime(call);
    if (refusal.kind === 'retry') {
      // CLUSTERDOWN: it may be cut off from the others
      if (refusal.refresh) this.cluster.refreshSoon(carrier.label, 'refusal');
      if (isReplicaRead(call) && provesAway(reply)) this.readElsewhere(call);
      else this.rest(call);
    } else {
      this.redirect(call, refusal, carrier);
    }
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
      rejectCall(call, error as Error);
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
      this.cluster.moved(slot, target, carrier.label);
    }
    call.redirects += 1;
    if (call.redirects > PROMPT_REDIRECTS) {
      this.rest(call);
    } else if (call.reads?.neverPrimary === true) {
      // what the redirect names is a primary: its replicas may be read
      if (kind === 'moved') this.again(call, DISPATCH);
      else this.askReplica(call, target);
    } else {
      if (call.reads !== undefined) call.readsReplica = false;
      const node = this.cluster.nodes.at(target);
      this.again(call, { kind: 'there', node, asking: kind === 'ask' });
    }
  }

  /**
   * From Valkey 8 on a replica redirects reads of keys that its primary has
   * given away, and those of the importing primary serve them behind ASKING.
   */
  private askReplica(call: Call, primary: NodeAddress): void {
    let node: ClusterNode | undefined;
    try {
      node = this.cluster.replicaReads.routeAsked(call, primary);
    } catch (error) {
      rejectCall(call, error as Error);
      return;
    }
    if (node === undefined) this.rest(call);
    else this.again(call, { kind: 'there', node, asking: true });
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
    if (refusal.kind === 'moved') {
      this.cluster.moved(refusal.slot, target, formatAddress(source));
    }
    return { kind: refusal.kind, target };
  }

  /** As in the topology: no host is that of the node that answered. */
  private targetOf(address: NodeAddress, source: NodeAddress): NodeAddress {
    const { mapAddress } = this.cluster;
    const context = { source, mapAddress };
    return announcedAddress(address.host, address.port, context) ?? address;
  }

  /** A fan-out reaches every replica that can be reached; one that was not is no part of it. */
  private leaveOut(call: Call, cause: Error): void {
    this.cluster.skipped(call.fixedNode!, call.spec.name, cause);
    settleWithout(call);
  }
}
