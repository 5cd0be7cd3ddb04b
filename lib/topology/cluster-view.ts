import type { NodeAddress } from '../options/client-options.js';

/** A range of slots, both ends included. */
export type SlotRange = readonly [first: number, last: number];

/** One node in one node's view of the cluster. */
export interface ViewNode {
  readonly id: string;
  readonly address: NodeAddress;
  readonly role: 'primary' | 'replica';
  /** The id of the primary it replicates; undefined for a primary. */
  readonly primaryId: string | undefined;
  readonly healthy: boolean;
  /** Its availability zone, where the source tells. */
  readonly zone?: string | undefined;
  /** The configuration epoch of its slots; undefined where the source has none. */
  readonly epoch: number | undefined;
  /** Whether it is the node that answered. */
  readonly myself: boolean;
  readonly slots: readonly SlotRange[];
  /** Slots it is handing over key by key, and the node that takes each; only a node itself tells. */
  readonly leaving?: readonly (readonly [slot: number, takerId: string])[];
}

/** What one node says about the cluster. A view may be newer for one shard and older for another. */
export interface ClusterView {
  /** Who said it, as `host:port`. */
  readonly source: string;
  readonly nodes: readonly ViewNode[];
  /** Its reply to CLUSTER SLOTS, if it gave one: the same again means that nothing changed. */
  readonly slots: unknown;
}
