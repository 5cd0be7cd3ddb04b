import type {
  Carrier,
  RequestFate,
  RequestPhase,
  RequestSink,
} from '../../connection/request.js';
import { OutcomeUnknownError } from '../../errors/outcome-unknown-error.js';
import { ReplyError } from '../../errors/reply-error.js';
import { ErrorReply } from '../../protocol/error-reply.js';
import type { CallRunner } from '../calls/call-runner.js';
import type { LeasedCall } from './leased-call.js';
import { attemptWasNone, openTraces } from '../tracing/command-trace.js';
import { TransactionCall } from './transaction-call.js';

/**
 * How leased calls and transactions differ from others, ahead of the runner
 * that takes them through their attempts.
 */
export class LeasedCallSink implements RequestSink<LeasedCall> {
  constructor(private readonly runner: CallRunner) {}

  replied(call: LeasedCall, reply: unknown, carrier: Carrier): void {
    if (call instanceof TransactionCall) this.executed(call, reply, carrier);
    else this.runner.replied(call, reply, carrier);
  }

  lost(call: LeasedCall, fate: RequestFate, cause: Error): void {
    const probing = call instanceof TransactionCall && call.probing;
    this.runner.lost(call, probing ? 'notSent' : fate, cause);
  }

  expired(call: LeasedCall, phase: RequestPhase): void {
    const probing = call instanceof TransactionCall && call.probing;
    this.runner.expired(call, probing && phase === 'flight' ? 'queue' : phase);
  }

  private executed(
    call: TransactionCall,
    reply: unknown,
    carrier: Carrier,
  ): void {
    const outcome = call.outcome(reply);
    if (call.fellApart !== undefined) {
      call.record?.maybeApplied();
      const cause = new ReplyError(
        call.fellApart.message,
        call.context(undefined, carrier.label),
      );
      this.runner.fail(
        call,
        new OutcomeUnknownError(
          'The server refused MULTI, and may have executed the commands behind it one by one',
          call.context(cause, carrier.label),
        ),
      );
    } else if (call.probing && !(outcome instanceof ErrorReply)) {
      call.attempts -= 1;
      if (openTraces !== 0) attemptWasNone(call);
      this.runner.dispatch(call);
    } else if (call.lease !== undefined && outcome instanceof ErrorReply) {
      // a second attempt would run without its WATCH
      this.runner.fail(
        call,
        new ReplyError(
          outcome.message,
          call.context(call.lastError, carrier.label),
        ),
      );
    } else {
      this.runner.replied(call, outcome, carrier);
    }
  }
}
