/**
 * A connection to a primary that carries nothing but barriers: a barrier
 * blocks it (WAIT), so nothing that somebody else waits for may ride on it.
 *
 * @internal
 */
export interface BarrierConnection {
  /**
   * Sends one command. All commands sent in the same turn of the event loop
   * leave in one write, and their replies come in order. Rejects with a
   * `ReplyError` where the server answered with an error, and with any other
   * error where the connection was lost.
   */
  send(args: readonly (string | Buffer | number)[]): Promise<unknown>;
  /** False once the connection is lost or destroyed. */
  readonly usable: boolean;
  destroy(): void;
}

/**
 * What the replication room needs to know of one primary, and to ask of it.
 *
 * @internal
 */
export interface PrimaryAccess {
  /** Where the primary listens, as `host:port`. */
  readonly address: string;
  /** The client whose primary this is; scopes may cover some clients only. */
  readonly client: object;
  /** How many replicas the topology lists for the shard, failed ones included. */
  configuredReplicas(): number;
  openBarrierConnection(timeoutMs: number): Promise<BarrierConnection>;
}

/**
 * A connection that writes ride on, as far as {@link PrimaryReplication} has
 * to know it: a command sent on it runs before everything sent on it later.
 *
 * @internal
 */
export interface WriteConnection {
  send(args: readonly string[]): Promise<unknown>;
}
