/**
 * A connection to a primary that carries nothing but barriers: a barrier
 * blocks it (WAIT), so nothing that somebody else waits for may ride on it.
 *
 * @internal
 */
export interface BarrierConnection {
  /**
   * Sends commands in one write. `replied` is called with each reply as it
   * comes, in order; an error reply is an `ErrorReply` value. Resolves when
   * all are in, rejects when the connection is lost before.
   *
   * A callback instead of a promise for each command: a barrier probes every
   * written slot, and while an AsyncLocalStorage is in use a promise costs as
   * much as a whole command.
   */
  exchange(
    commands: readonly BarrierCommand[],
    replied: Replied,
  ): Promise<void>;
  /** False once the connection is lost or destroyed. */
  readonly usable: boolean;
  destroy(): void;
}

/** A command with its arguments. @internal */
export type BarrierCommand = readonly (string | Buffer | number)[];

/** @internal */
export type Replied = (reply: unknown, index: number) => void;
