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
