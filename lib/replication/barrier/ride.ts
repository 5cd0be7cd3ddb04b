import { ErrorReply } from '../../protocol/error-reply.js';
import type { Companion } from '../../connection/companion.js';
import type { AccompaniedConnection } from './accompanied-connection.js';
import type {
  BarrierCommand,
  BarrierConnection,
  Replied,
} from './barrier-connection.js';

/** How long its WAIT may block the connection. Replicas that are awake answer in less. @internal */
export const RIDE_MS = 20;

/** How long the connection may rightly say nothing: an idle server ends a WAIT up to 100 ms late. */
const SILENT_MS = RIDE_MS + 100;

const NOT_ASKED = Promise.resolve();

/**
 * The place of a barrier on the connection of the write it answers for. It is
 * over as soon as somebody else writes there.
 *
 * @internal
 */
export class Ride implements Companion {
  /** Whether somebody else came. */
  crowded = false;
  /** Whether the server would not end the WAIT. */
  refused = false;
  /** Resolves when the connection for barriers is not needed any more. */
  over: Promise<void> = NOT_ASKED;
  #waits = false;

  /**
   * @param lane a connection for barriers, on which the server is told to end WAIT
   */
  constructor(
    private readonly connection: AccompaniedConnection,
    private readonly lane: BarrierConnection,
  ) {}

  /**
   * Sends the barrier.
   *
   * @param waitIndex where WAIT stands among the commands
   */
  exchange(
    commands: readonly BarrierCommand[],
    waitIndex: number,
    replied: Replied,
  ): Promise<void> {
    // the reply ahead of WAIT's tells that the server has gone on to it
    this.#waits = waitIndex === 0;
    const sent = this.connection.exchange(
      commands,
      (reply, index) => {
        if (index === waitIndex - 1) this.#waitBegins();
        else if (index === waitIndex) this.#waitEnded(reply);
        replied(reply, index);
      },
      SILENT_MS,
    );
    this.connection.accompany(this);
    return sent;
  }

  /** Somebody else's request goes behind the barrier. */
  writing(): void {
    if (this.crowded) return;
    this.crowded = true;
    if (this.#waits) this.over = this.#unblock();
  }

  /** WAIT is answered, or will not be. */
  end(): void {
    this.#waits = false;
    this.connection.accompany(undefined);
  }

  #waitBegins(): void {
    this.#waits = true;
    if (this.crowded) this.over = this.#unblock();
  }

  #waitEnded(reply: unknown): void {
    this.end();
    // demoted: it closes the connection, and runs nothing that is behind
    if (reply instanceof ErrorReply && reply.prefix === 'UNBLOCKED') {
      this.connection.readNoMore();
    }
  }

  async #unblock(): Promise<void> {
    const words = ['CLIENT', 'UNBLOCK', this.connection.clientId!];
    try {
      // again where the server has not come to WAIT yet: then nothing is ended
      while (this.#waits && !this.refused) {
        await this.lane.exchange([words], (reply) => {
          this.refused = reply instanceof ErrorReply;
        });
      }
    } catch {
      // its connection is lost: WAIT ends by itself
    }
  }
}
