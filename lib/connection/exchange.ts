import type { Argument } from '../commands/command-spec.js';
import { encodeWords, type Encoder } from '../protocol/encoder.js';
import { clock } from '../time/clock.js';
import { Request, type RequestSink } from './request.js';
import { GROUP, type RequestGroup } from './request-group.js';

const NO_WORDS = encodeWords([]);
const NO_ARGUMENTS: readonly Argument[] = [];

/** Hears what becomes of commands that were sent together. */
export interface ExchangeListener {
  /** The reply to one of them, in order; an error reply is an `ErrorReply` value. */
  replied(reply: unknown, index: number): void;
  /** No more replies come: the connection ended, or has no room for the commands, none of which is sent then. That may be so at once. */
  lost(cause: Error): void;
}

/** Queued as one request, none of the commands can be left behind without the others. */
class Exchange extends Request implements RequestGroup {
  private answered = 0;

  constructor(
    private readonly commands: readonly (readonly Argument[])[],
    readonly listener: ExchangeListener,
  ) {
    super(sink, GROUP, NO_ARGUMENTS, 0, clock.now, Infinity);
  }

  get outstanding(): number {
    return this.commands.length - this.answered;
  }

  encode(encoder: Encoder): void {
    for (const args of this.commands) encoder.command(NO_WORDS, args);
  }

  takes(reply: unknown): boolean {
    this.listener.replied(reply, this.answered);
    this.answered += 1;
    return this.answered === this.commands.length;
  }
}

const sink: RequestSink<Exchange> = {
  replied: () => undefined,
  lost: ({ listener }, _, cause) => listener.lost(cause),
  expired: ({ listener }) => listener.lost(new Error('withdrawn')),
};

/** What {@link exchange} needs of a connection. */
interface Exchanging {
  pushAtOnce(request: Request): boolean;
}

/**
 * Sends commands in one write.
 *
 * @param blocks how long the server may rightly leave them without a reply, in milliseconds
 */
export function exchange(
  connection: Exchanging,
  commands: readonly (readonly Argument[])[],
  listener: ExchangeListener,
  blocks?: number,
): void {
  const request = new Exchange(commands, listener);
  request.blocks = blocks;
  if (!connection.pushAtOnce(request)) {
    listener.lost(new Error('The queue of the connection is full'));
  }
}
