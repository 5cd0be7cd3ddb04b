import type { Argument } from '../commands/command-spec.js';
import { encodeWords, type Encoder } from '../protocol/encoder.js';
import { clock } from '../time/clock.js';
import { Request, type RequestSink } from './request.js';
import { GROUP, type RequestGroup } from './request-group.js';

const NO_WORDS = encodeWords([]);
const NO_ARGUMENTS: readonly Argument[] = [];

/**
 * Several commands that are one request, each with a reply that somebody
 * hears of. Queued as one, none of them can be left behind without the others.
 */
class Exchange extends Request implements RequestGroup {
  private answered = 0;

  constructor(
    private readonly commands: readonly (readonly Argument[])[],
    private readonly onReply: (reply: unknown, index: number) => void,
    readonly resolve: () => void,
    readonly reject: (cause: Error) => void,
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
    this.onReply(reply, this.answered);
    this.answered += 1;
    return this.answered === this.commands.length;
  }
}

const sink: RequestSink<Exchange> = {
  replied: ({ resolve }) => resolve(),
  lost: ({ reject }, _, cause) => reject(cause),
  expired: ({ reject }) => reject(new Error('withdrawn')),
};

/** What {@link exchange} needs of a connection. */
interface Exchanging {
  pushAtOnce(request: Request): boolean;
}

/**
 * Sends commands in one write.
 *
 * @param replied called with each reply as it comes; error replies are `ErrorReply` values
 * @param blocks how long the server may rightly leave them without a reply
 * @returns resolves when all replies are in; rejects when the connection ends
 *   before, or has no room for them: then none is sent
 */
export function exchange(
  connection: Exchanging,
  commands: readonly (readonly Argument[])[],
  replied: (reply: unknown, index: number) => void,
  blocks?: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new Exchange(commands, replied, resolve, reject);
    request.blocks = blocks;
    if (!connection.pushAtOnce(request)) {
      reject(new Error('The queue of the connection is full'));
    }
  });
}
