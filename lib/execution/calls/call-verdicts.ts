import type { RequestFate } from '../../connection/request.js';
import { isHarmlessAtReplicas } from '../../commands/reporting-commands.js';
import { ConnectionError } from '../../errors/connection-error.js';
import { ReplyError } from '../../errors/reply-error.js';
import type { ErrorReply } from '../../protocol/error-reply.js';
import type { Call } from './call.js';
import type { Refusal } from './refusals.js';
import { attemptFailed, openTraces } from '../tracing/command-trace.js';

/**
 * Whether something may have been written before the error: by a script; by
 * MIGRATE, which sees the other end fail behind the keys it has sent, of which
 * the first ones may be moved already.
 */
export function mayHideWrites(call: Call, { prefix }: ErrorReply): boolean {
  return (
    call.runsScript || (call.spec.name === 'MIGRATE' && prefix === 'IOERR')
  );
}

/** Whether a policy sent it to a replica. */
export function isReplicaRead(call: Call): boolean {
  return call.reads !== undefined && call.readsReplica;
}

/** Whether a refusal that passes is the replica's own; TRYAGAIN is about keys on the move, and its primary would say the same. */
export function provesAway({ prefix }: ErrorReply): boolean {
  return prefix !== 'TRYAGAIN';
}

/**
 * Whether the server could not make out the command and closes, without having
 * read what is behind. A script can say so too, and its connection goes on.
 */
export function isProtocolError(call: Call, { message }: ErrorReply): boolean {
  return !call.runsScript && message.startsWith('ERR Protocol error');
}

/** Whether a replica that turns the user away is left out, and the primary read. */
export function canDoWithout(call: Call): boolean {
  return isReplicaRead(call) && !call.reads!.neverPrimary;
}

/** Whether a blocking command took nothing; UNBLOCKED is final where CLIENT UNBLOCK ended it. */
export function provesIdle({ kind }: Refusal, { prefix }: ErrorReply): boolean {
  return kind !== 'final' || prefix === 'UNBLOCKED';
}

/**
 * Whether the whole is complete without this part. A replica that was sent the
 * command may have run it, or will once it wakes up: that is left out only
 * where it makes no difference.
 */
export function mayBeLeftOut(call: Call, fate: RequestFate): boolean {
  if (!call.mayBeLeftOut) return false;
  if (call.readOnly || isHarmlessAtReplicas(call.spec.name)) return true;
  return fate === 'notSent' && !call.mayHaveRun;
}

/** The server turned the user away: another attempt would only do the same. */
export function isRefusedLogin(cause: Error): boolean {
  return cause instanceof ConnectionError && cause.cause instanceof ReplyError;
}

/** Keeps what an attempt said; the same answer again is no news. */
export function noteAnswer(call: Call, error: Error): void {
  if (openTraces !== 0) attemptFailed(call, error);
  if (call.lastError?.message !== error.message) call.lastError = error;
}

/** The loss is that of many calls: where there is a chain, the call gets a link of its own. */
export function noteLoss(call: Call, cause: Error): void {
  if (openTraces !== 0) attemptFailed(call, cause);
  const before = call.lastError;
  if (before === undefined) call.lastError = cause;
  else if (before.message !== cause.message) {
    call.lastError = new ConnectionError(cause.message, call.context(before));
  }
}
