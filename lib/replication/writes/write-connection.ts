/**
 * A connection that writes ride on, as far as a primary's replication has
 * to know it: a command sent on it runs before everything sent on it later.
 *
 * @internal
 */
export interface WriteConnection {
  send(args: readonly string[]): Promise<unknown>;
}
