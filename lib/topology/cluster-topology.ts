/** How many slots a cluster has. */
export const SLOT_COUNT = 16_384;

/** One node as the cluster describes it. @publicApi */
export interface TopologyNode {
  /** The node's id, 40 hex digits; empty where a redirect named a node not described yet. */
  readonly id: string;
  /** Host name or IP address under which it is reached from here. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
  /** `host:port`. */
  readonly address: string;
  /** Its role when the topology was read. */
  readonly role: 'primary' | 'replica';
  /** False when the cluster says that it failed, or may have. */
  readonly healthy: boolean;
  /** Its availability zone; undefined where CLUSTER SHARDS does not tell (only Valkey 9 and later do). */
  readonly zone?: string | undefined;
}

/** A primary, the slots it serves, and its replicas. @publicApi */
export interface TopologyShard {
  /** The ranges of slots, both ends included, ascending. */
  readonly slots: readonly (readonly [first: number, last: number])[];
  /** The node that serves the slots. */
  readonly primary: TopologyNode;
  /** Its replicas, failed ones included. */
  readonly replicas: readonly TopologyNode[];
}

/**
 * What the client knows of the cluster: immutable, replaced as a whole.
 *
 * @publicApi
 */
export interface ClusterTopology {
  /** Grows with every change. */
  readonly version: number;
  /** The shards, by their first slot. */
  readonly shards: readonly TopologyShard[];
  /** Primaries without slots. */
  readonly spare: readonly TopologyNode[];
}
