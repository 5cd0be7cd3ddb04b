import type { Argument } from '../commands/command-spec.js';
import { encodeWords } from '../protocol/encoded-words.js';
import { clock } from '../time/clock.js';
import type { Connection } from './connection.js';
import { Request, type RequestSink } from './request.js';

const NO_WORDS = encodeWords([]);

/** Several commands in one write, with one promise for all their replies. */
class Exchange {
  private answered = 0;

  constructor(
    private readonly length: number,
    private readonly onReply: (reply: unknown, index: number) => void,
    private readonly resolve: () => void,
    readonly reject: (cause: Error) => void,
  ) {}

  replied(reply: unknown): void {
    this.onReply(reply, this.answered);
    this.answered += 1;
    if (this.answered === this.length) this.resolve();
  }
}

/** One command of an {@link Exchange}. */
class ExchangedRequest extends Request {
  constructor(
    readonly whole: Exchange,
    words: readonly Argument[],
  ) {
    super(sink, NO_WORDS, words, 0, clock.now, Infinity);
  }
}

const sink: RequestSink<ExchangedRequest> = {
  replied: ({ whole }, reply) => whole.replied(reply),
  lost: ({ whole }, _, cause) => whole.reject(cause),
  expired: ({ whole }) => whole.reject(new Error('withdrawn')),
};

/**
 * Sends commands in one write on a connection that nobody else uses.
 *
 * @param replied called with each reply as it comes; error replies are `ErrorReply` values
 * @returns resolves when all replies are in; rejects when the connection ends before
 */
export function exchange(
  connection: Connection,
  commands: readonly (readonly Argument[])[],
  replied: (reply: unknown, index: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const all = new Exchange(commands.length, replied, resolve, reject);
    const requests = commands.map((words) => new ExchangedRequest(all, words));
    if (connection.pushAtOnce(requests)) return;
    // half a barrier proves nothing, and its replies would meet no listener
    const overflow = new Error('The queue of a barrier connection is full');
    connection.destroy(overflow);
    reject(overflow);
  });
}
