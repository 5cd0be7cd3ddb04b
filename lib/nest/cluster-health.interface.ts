/**
 * - `up`: every slot is served and every replica follows
 * - `degraded`: every slot is served, but a replica is missing, failed or lagging
 * - `down`: some slot is not served
 *
 * @publicApi
 */
export type HealthStatus = 'up' | 'degraded' | 'down';

/** One replica, as its primary sees it. @publicApi */
export interface ReplicaHealth {
  /** `host:port` */
  readonly address: string;
  /** Whether the cluster counts it as alive. */
  readonly reachable: boolean;
  /** Whether it is connected to its primary and past the first synchronisation. */
  readonly linkUp: boolean;
  /** Bytes of the replication stream it has not acknowledged; null where not known. */
  readonly lagBytes: number | null;
  /** Seconds since it last reported to its primary; null where not known. */
  readonly lagSeconds: number | null;
}

/** One shard. @publicApi */
export interface ShardHealth {
  /** Whether its slots are served and its replicas follow. */
  readonly status: HealthStatus;
  /** What is wrong, in words; empty when nothing is. */
  readonly message: string;
  /** The ranges of slots it owns, both ends included. */
  readonly slots: readonly (readonly [number, number])[];
  /** The node that serves the slots. */
  readonly primary: {
    /** `host:port` */
    readonly address: string;
    /** Whether it answered in time. */
    readonly reachable: boolean;
    /** How long it took to answer, in milliseconds; null when it did not. */
    readonly latencyMs: number | null;
  };
  /** Its replicas, failed ones included. */
  readonly replicas: readonly ReplicaHealth[];
}

/**
 * The state of a cluster, seen from this application.
 *
 * @publicApi
 */
export interface ClusterHealth {
  /** The worst of all shards; `down` also when a slot has no shard. */
  readonly status: HealthStatus;
  /** What is wrong, in words. */
  readonly message: string;
  /** Each shard. */
  readonly shards: readonly ShardHealth[];
}
