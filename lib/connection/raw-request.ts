import type { Argument } from '../commands/command-spec.js';
import { OutcomeUnknownError } from '../errors/outcome-unknown-error.js';
import { ConnectionError } from '../errors/connection-error.js';
import { ReplyError } from '../errors/reply-error.js';
import { TimeoutError } from '../errors/timeout-error.js';
import { encodeWords } from '../protocol/encoded-words.js';
import { ErrorReply } from '../protocol/error-reply.js';
import { clock } from '../time/clock.js';
import { Request, type RequestFate, type RequestSink } from './request.js';

const NO_WORDS = encodeWords([]);

/** Settles the promise of a {@link RawRequest}. */
const settlePromise: RequestSink<RawRequest> = {
  replied(request, reply, connection) {
    if (reply instanceof ErrorReply) {
      request.reject(
        new ReplyError(reply.message, {
          command: request.name,
          node: connection.label,
        }),
      );
    } else {
      request.resolve(reply);
    }
  },
  lost(request, fate, cause, connection) {
    request.reject(lossError(request.name, fate, cause, connection?.label));
  },
  expired(request, phase, connection) {
    request.reject(
      new TimeoutError(`No answer to ${request.name} in time`, phase, {
        command: request.name,
        node: connection?.label,
      }),
    );
  },
};

/** A command of the client's own (handshake, topology, health, barriers): words as they are, the reply as sent. */
export class RawRequest extends Request {
  readonly name: string;

  constructor(
    words: readonly Argument[],
    timeoutMs: number,
    readonly resolve: (reply: unknown) => void,
    readonly reject: (error: Error) => void,
  ) {
    const now = clock.refresh();
    super(settlePromise, NO_WORDS, words, 0, now, now + timeoutMs);
    this.name = String(words[0]);
  }
}

/** The error of a request whose connection ended before its reply. */
function lossError(
  command: string,
  fate: RequestFate,
  cause: Error,
  node: string | undefined,
): Error {
  return fate === 'notSent'
    ? new ConnectionError(`${command} was not sent: ${cause.message}`, {
        command,
        node,
        cause,
      })
    : new OutcomeUnknownError(
        `The connection to ${node} ended before the reply to ${command}`,
        { command, node, cause },
      );
}
