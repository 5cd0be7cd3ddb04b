import type { CommandSpec } from '../../commands/command-spec.js';
import type { RequestPhase } from '../../connection/request.js';
import { ClosedError } from '../../errors/closed-error.js';
import { ClusterDownError } from '../../errors/cluster-down-error.js';
import { ConnectionError } from '../../errors/connection-error.js';
import { NoReplicaError } from '../../errors/no-replica-error.js';
import { OutcomeUnknownError } from '../../errors/outcome-unknown-error.js';
import { OvertakenError } from '../../errors/overtaken-error.js';
import { QueueFullError } from '../../errors/queue-full-error.js';
import type { ErrorContext } from '../../errors/redis-cluster-error.js';
import { ReplyError } from '../../errors/reply-error.js';
import { SlotNotServedError } from '../../errors/slot-not-served-error.js';
import { TimeoutError } from '../../errors/timeout-error.js';
import type { Call } from './call.js';

/** The error of a call whose connection ended after it had been written. */
export function outcomeUnknown(
  call: Call,
  cause: unknown,
): OutcomeUnknownError {
  return new OutcomeUnknownError(
    `${call.spec.name} was sent to ${nodeOf(call)} and the reply never came: it may have been executed`,
    call.context(cause),
  );
}

/** The error of a call whose time ended, or whose caller took it back, while it was with a connection. */
export function expiredOnConnection(call: Call, phase: RequestPhase): Error {
  const { name } = call.spec;
  const cause =
    (call.abortReason as Error | undefined) ??
    new TimeoutError(
      `${name} had no reply from ${nodeOf(call)} within its time`,
      phase,
      call.context(call.lastError),
    );
  return phase === 'flight' && !call.readOnly
    ? outcomeUnknown(call, cause)
    : withDoubt(call, cause);
}

/** An error that promises that nothing was executed, unless an earlier attempt may have been. */
export function withDoubt(call: Call, error: Error): Error {
  return call.mayHaveRun ? outcomeUnknown(call, error) : error;
}

/** The error of a call whose time ended between two attempts. */
export function expiredWaiting(call: Call): Error {
  return withDoubt(call, reasonOfWaiting(call));
}

function reasonOfWaiting(call: Call): Error {
  const { lastError } = call;
  const context = call.context(lastError);
  const { name } = call.spec;
  if (lastError === undefined) {
    return new SlotNotServedError(
      call.slot === -1
        ? `${name}: no node of the cluster could be found`
        : `${name}: no node serves slot ${call.slot}`,
      context,
    );
  }
  if (lastError instanceof ReplyError && lastError.prefix === 'CLUSTERDOWN') {
    return new ClusterDownError(
      `${name}: the cluster was down: ${lastError.message}`,
      context,
    );
  }
  return new TimeoutError(
    `${name} did not succeed within its time; the last answer was: ${lastError.message}`,
    'retry',
    context,
  );
}

/** The error of a read that only a replica may answer, where there is none. */
export function noReplica(call: Call): NoReplicaError {
  return new NoReplicaError(
    `${call.spec.name}: the shard of slot ${call.slot} has no replica that is not said to have failed`,
    call.context(call.lastError),
  );
}

/** The error of a call whose time ended before its pipeline could send it, or send it again. */
export function expiredUnsent(call: Call): Error {
  if (call.lastError !== undefined) return expiredWaiting(call);
  return withDoubt(call, unsentInTime(call.spec, call.context()));
}

/** The error of a command that its pipeline could not send in time. */
export function unsentInTime(
  { name }: CommandSpec,
  context: ErrorContext = { command: name },
): TimeoutError {
  return new TimeoutError(
    `${name} was not sent within the time of its pipeline`,
    'queue',
    context,
  );
}

/** The error of a call that did not run, while one that stood behind it did. */
export function overtaken(call: Call): Error {
  const { lastError } = call;
  const said = lastError === undefined ? '' : ` (${lastError.message})`;
  const error = new OvertakenError(
    `${call.spec.name} did not run at its place in the pipeline${said}, and a later command on one of its keys did: sent again it would come too late`,
    call.context(lastError),
  );
  return withDoubt(call, error);
}

/** The error of a call that no connection would take: a refused user, or a node that is no more. */
export function unreachable(call: Call, cause: Error): ConnectionError {
  return new ConnectionError(
    `${call.spec.name}: ${cause.message}`,
    call.context(cause),
  );
}

export function queueFull(call: Call): Error {
  const error = new QueueFullError(
    `${call.spec.name}: the queue of ${nodeOf(call)} is full`,
    call.context(),
  );
  return withDoubt(call, error);
}

/** The error of a call that the end of the client cut off. */
export function closed(call: Call): ClosedError {
  const doubt = call.mayHaveRun
    ? '; it was sent before, and may have been executed'
    : '';
  return new ClosedError(
    `${call.spec.name}: the client is closed${doubt}`,
    call.context(call.lastError),
  );
}

function nodeOf(call: Call): string {
  return call.node?.label ?? 'a node';
}
