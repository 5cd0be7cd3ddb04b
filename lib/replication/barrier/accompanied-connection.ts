import type { Companion } from '../../connection/companion.js';
import type { ExchangeListener } from '../../connection/exchange.js';
import type { BarrierCommand } from './barrier-connection.js';

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
   *
   * @param forMilliseconds how long one of them may rightly leave the
   *   connection without a reply
   */
  exchange(
    commands: readonly BarrierCommand[],
    listener: ExchangeListener,
    forMilliseconds: number,
  ): void;
  /** Writes what its companion has held back. */
  flushSoon(): void;
  /** {@link flushSoon} there and then. */
  flushNow(): void;
  /** The node said that it reads no further: what has no reply when it closes did not run. */
  readNoMore(): void;
}
