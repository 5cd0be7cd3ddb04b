import type { Companion } from '../../connection/companion.js';
import type { BarrierCommand, Replied } from './barrier-connection.js';

/**
 * The connection of a write, as a barrier knows it that goes along with it.
 *
 * @internal
 */
export interface AccompaniedConnection {
  /** Requests queued or in flight. */
  readonly load: number;
  /** Those that are not written yet. */
  readonly unsent: number;
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
  /** Writes what its companion has held back. */
  flushSoon(): void;
  /** The node said that it reads no further: what has no reply when it closes did not run. */
  readNoMore(): void;
}
