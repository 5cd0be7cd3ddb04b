import type { TopologyShard } from '../../topology/cluster-topology.js';
import type { CallOrder } from './call-order.js';

/**
 * What a call is one part of: a fan-out, a split, the replies of a group of nodes.
 *
 * @typeParam Part the call
 */
export interface Whole<Part> {
  /** The part succeeded. */
  replied(part: number, reply: unknown): void;
  /** The shard that a part is for, whichever slots that has; undefined for one that is for its keys. */
  shardOf?(part: number): TopologyShard | undefined;
  /** All parts, in the order of their places; where shards are concerned. */
  readonly parts?: readonly Part[];
  /** The part failed. */
  failed(part: number, error: Error): void;
  /** The whole is complete without the part: a replica that could not be reached in time, or a shard that is no more. */
  leaveOut(part: number): void;
  /** Keeps its parts in order when they are sent again; undefined where order is nobody's concern. */
  readonly order?: CallOrder<Part> | undefined;
}
