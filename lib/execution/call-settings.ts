/** What a caller may choose per call; see `RedisClusterClient.with`. */
export interface CallSettings {
  /** The whole time of the call, in milliseconds. */
  readonly timeoutMs: number;
  /** Strings of the reply become Buffers. */
  readonly binary: boolean;
  /** Whether keys in several slots may be split. */
  readonly nonAtomicCrossSlot: boolean;
  /** Ends the call when it is aborted. */
  readonly signal: AbortSignal | undefined;
}
