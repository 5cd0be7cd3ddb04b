/**
 * What the health indicator calls degraded and down.
 *
 * @publicApi
 */
export interface RedisClusterHealthOptions {
  /** How long a primary may take to answer before it counts as unreachable, in milliseconds. @default 1_000 */
  readonly timeoutMs?: number | undefined;
  /** How often `watch()` checks without a reason, in milliseconds. @default 5_000 */
  readonly intervalMs?: number | undefined;
  /** A replica that was last heard of longer ago is lagging, in seconds. A live one reports every second. @default 5 */
  readonly maxLagSeconds?: number | undefined;
  /** A replica that has more of the stream still to come is lagging, in bytes. @default 16_777_216 (16 MiB) */
  readonly maxLagBytes?: number | undefined;
  /**
   * A shard with fewer replicas is degraded, as is one whose replicas do not
   * all work: without any it would not survive the loss of its primary.
   *
   * @default 1
   */
  readonly minReplicas?: number | undefined;
}
