import { describe, expect, it } from 'vitest';
import { ClosedError } from '../../../lib/errors/closed-error.js';
import { ClusterDownError } from '../../../lib/errors/cluster-down-error.js';
import { OutcomeUnknownError } from '../../../lib/errors/outcome-unknown-error.js';
import { QueueFullError } from '../../../lib/errors/queue-full-error.js';
import { ReplyError } from '../../../lib/errors/reply-error.js';
import { SlotNotServedError } from '../../../lib/errors/slot-not-served-error.js';
import { TimeoutError } from '../../../lib/errors/timeout-error.js';
import type { Call } from '../../../lib/execution/calls/call.js';
import {
  closed,
  expiredOnConnection,
  expiredWaiting,
  outcomeUnknown,
  queueFull,
  withDoubt,
} from '../../../lib/execution/calls/final-errors.js';
import { madeUpCall } from './made-up-call.js';

const read = () => madeUpCall(['GET', 's3cret'], { slot: 5, node: 'h:1' });
const write = () =>
  madeUpCall(['SET', 'k', 's3cret'], { slot: 5, node: 'h:1' });

const after = (call: Call, error: Error): Call => {
  call.lastError = error;
  return call;
};

/** A write that was repeated after its connection was lost. */
const repeated = (): Call => {
  const call = after(write(), new Error('lost'));
  call.mayHaveRun = true;
  return call;
};

describe('the error of a call that expired on a connection', () => {
  it.each(['connect', 'queue', 'flight'] as const)(
    'is a timeout for a read: %s',
    (phase) => {
      const error = expiredOnConnection(read(), phase);
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error).toMatchObject({
        phase,
        command: 'GET',
        node: 'h:1',
        slot: 5,
      });
    },
  );

  it.each(['connect', 'queue'] as const)(
    'is a timeout for a write that was not sent: %s',
    (phase) => {
      expect(expiredOnConnection(write(), phase)).toBeInstanceOf(TimeoutError);
    },
  );

  it('is an unknown outcome for a write in flight (conformance 53)', () => {
    const error = expiredOnConnection(write(), 'flight');
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(error.cause).toBeInstanceOf(TimeoutError);
  });

  it('is the reason of the caller who took it back', () => {
    const reason = new DOMException('enough', 'AbortError');
    const [taken, sent] = [read(), write()];
    taken.abortReason = reason;
    sent.abortReason = reason;
    expect(expiredOnConnection(taken, 'flight')).toBe(reason);
    expect(expiredOnConnection(sent, 'flight')).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      cause: reason,
    });
  });

  it('has the last answer as its cause', () => {
    const answer = new ReplyError('TRYAGAIN x');
    expect(expiredOnConnection(after(read(), answer), 'queue').cause).toBe(
      answer,
    );
  });
});

describe('the error of a call that expired between two attempts', () => {
  it('names the slot that nobody serves', () => {
    const error = expiredWaiting(read());
    expect(error).toBeInstanceOf(SlotNotServedError);
    expect(error.message).toContain('slot 5');
    expect(expiredWaiting(madeUpCall(['PUBLISH', 'c', 'm'])).message).toContain(
      'no node of the cluster',
    );
  });

  it('is that of the cluster where it was down', () => {
    const call = after(
      read(),
      new ReplyError('CLUSTERDOWN The cluster is down'),
    );
    expect(expiredWaiting(call)).toBeInstanceOf(ClusterDownError);
  });

  it('tells the last answer otherwise (conformance 44)', () => {
    const answer = new ReplyError('TRYAGAIN later');
    const error = expiredWaiting(after(write(), answer));
    expect(error).toMatchObject({
      code: 'TIMEOUT',
      phase: 'retry',
      cause: answer,
    });
    expect(error.message).toContain('TRYAGAIN later');
  });
});

describe('the error of a write that was repeated and may have run before', () => {
  it.each([
    [
      'expires on a connection',
      (call: Call) => expiredOnConnection(call, 'queue'),
    ],
    ['expires between attempts', expiredWaiting],
    ['finds the queue full', queueFull],
    ['is taken back', (call: Call) => withDoubt(call, new Error('enough'))],
  ])('is an unknown outcome where it %s', (_, errorOf) => {
    const error = errorOf(repeated());
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('says so where the client is closed', () => {
    expect(closed(repeated()).message).toContain('may have been executed');
  });
});

describe('the error of a closed client', () => {
  it('doubts only what an attempt was sent of', () => {
    const error = closed(write());
    expect(error).toBeInstanceOf(ClosedError);
    expect(error.message).not.toContain('may have been executed');
  });
});

describe('every final error', () => {
  it('shows no argument', () => {
    for (const call of [read(), write()]) {
      for (const error of [
        outcomeUnknown(call, undefined),
        expiredOnConnection(call, 'flight'),
        expiredWaiting(call),
        queueFull(call),
        closed(call),
      ]) {
        expect(error.message).not.toContain('s3cret');
        expect(error).toMatchObject({ command: call.spec.name, slot: 5 });
      }
    }
  });

  it('of a full queue names the node (conformance 56)', () => {
    const error = queueFull(write());
    expect(error).toBeInstanceOf(QueueFullError);
    expect(error.message).toContain('h:1');
  });
});
