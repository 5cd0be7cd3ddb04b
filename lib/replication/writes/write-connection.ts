import type { Companion } from '../../connection/companion.js';
import type { BarrierCommand, Replied } from '../barrier/barrier-connection.js';

/**
 * A connection that writes ride on, as far as a primary's replication has
 * to know it: a command sent on it runs before everything sent on it later.
 *
 * @internal
 */
export interface WriteConnection {
  send(args: readonly string[]): Promise<unknown>;
}

/**
 * The one that carries everybody's commands. What blocks it holds up everything
 * behind it, so nothing but the last resort of a scope asks it to.
 *
 * @internal
 */
export interface SharedConnection extends WriteConnection {
  /**
   * Sends a command that may rightly leave the connection without a reply for
   * so long. Rejects with a `ReplyError`, or because the connection ended.
   */
  block(
    args: readonly (string | number)[],
    forMilliseconds: number,
  ): Promise<unknown>;
}

/**
 * The same connection, as a barrier knows it that goes along with a write.
 *
 * @internal
 */
export interface AccompaniedConnection {
  /** Requests queued or in flight. */
  readonly load: number;
  /** What the server calls this connection (CLIENT ID); undefined where it did not say. */
  readonly clientId: number | undefined;
  /** Tells a companion of what is written from now on; undefined: nobody. */
  accompany(companion: Companion | undefined): void;
  /**
   * Sends commands in one socket write, with everything that waits for it.
   * `replied` is called with each reply. Resolves when all are in; rejects when
   * the connection ends, or has no room.
   *
   * @param forMilliseconds how long one of them may rightly leave the
   *   connection without a reply
   */
  exchange(
    commands: readonly BarrierCommand[],
    replied: Replied,
    forMilliseconds: number,
  ): Promise<void>;
  /** The node said that it reads no further: what has no reply when it closes did not run. */
  readNoMore(): void;
}
