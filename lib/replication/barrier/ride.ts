import { ErrorReply } from '../../protocol/error-reply.js';
import type { Companion } from '../../connection/companion.js';
import type { AccompaniedConnection } from './accompanied-connection.js';
import type { BarrierCommand, Replied } from './barrier-connection.js';
import { pokeAfter } from './poke.js';

/**
 * How long its WAIT may block the connection. Replicas that are awake answer in
 * less, also in another data centre of the region.
 *
 * @internal
 */
export const RIDE_MS = 5;

/** How long the connection may rightly say nothing: an idle server ends a WAIT up to 100 ms late. */
const SILENT_MS = RIDE_MS + 100;

/**
 * The place of a barrier on the connection of the write it answers for.
 *
 * Who comes meanwhile waits for its WAIT, as a rule a part of a round trip,
 * at most {@link RIDE_MS}. The server is not told to end it (CLIENT UNBLOCK):
 * WAIT may have ended by itself, and the next command be one that a pause of
 * writes holds back (CLUSTER FAILOVER, CLIENT PAUSE). To unblock that one is
 * the end of the server before Redis 8.2 and Valkey 8.1.2 (valkey-io/valkey#2111).
 *
 * @internal
 */
export class Ride implements Companion {
  /** Whether somebody else came. */
  crowded = false;
  #endsAt = 0;
  #poke: NodeJS.Timeout | undefined;

  constructor(private readonly connection: AccompaniedConnection) {}

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
    const sent = this.connection.exchange(
      commands,
      (reply, index) => {
        if (index === waitIndex) this.#waitEnded(reply);
        replied(reply, index);
      },
      SILENT_MS,
    );
    this.#endsAt = performance.now() + RIDE_MS;
    this.connection.accompany(this);
    return sent;
  }

  /** Somebody else's request goes behind the barrier. */
  writing(): void {
    if (this.crowded) return;
    this.crowded = true;
    const left = Math.ceil(this.#endsAt - performance.now()) + 1;
    this.#poke = pokeAfter(left, (commands, replied) =>
      this.connection.exchange(commands, replied, SILENT_MS),
    );
  }

  /** WAIT is answered, or will not be. */
  end(): void {
    clearTimeout(this.#poke);
    this.connection.accompany(undefined);
  }

  #waitEnded(reply: unknown): void {
    this.end();
    // demoted: it closes the connection, and runs nothing that is behind
    if (reply instanceof ErrorReply && reply.prefix === 'UNBLOCKED') {
      this.connection.readNoMore();
    }
  }
}
