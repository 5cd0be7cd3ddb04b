import type { Argument } from '../commands/command-spec.js';
import { encodeWords } from '../protocol/encoded-words.js';
import { clock } from '../time/clock.js';
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
    blocks: number | undefined,
  ) {
    super(sink, NO_WORDS, words, 0, clock.now, Infinity);
    this.blocks = blocks;
  }
}

const sink: RequestSink<ExchangedRequest> = {
  replied: ({ whole }, reply) => whole.replied(reply),
  lost: ({ whole }, _, cause) => whole.reject(cause),
  expired: ({ whole }) => whole.reject(new Error('withdrawn')),
};

/** What {@link exchange} needs of a connection. */
interface Exchanging {
  pushAtOnce(requests: readonly Request[]): boolean;
}

/**
 * Sends commands in one write.
 *
 * @param replied called with each reply as it comes; error replies are `ErrorReply` values
 * @param blocks how long the server may rightly leave each of them without a reply
 * @returns resolves when all replies are in; rejects when the connection ends
 *   before, or has no room for all of them: then none is sent
 */
export function exchange(
  connection: Exchanging,
  commands: readonly (readonly Argument[])[],
  replied: (reply: unknown, index: number) => void,
  blocks?: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const all = new Exchange(commands.length, replied, resolve, reject);
    const requests = commands.map(
      (words) => new ExchangedRequest(all, words, blocks),
    );
    if (!connection.pushAtOnce(requests)) {
      reject(new Error('The queue of the connection is full'));
    }
  });
}
