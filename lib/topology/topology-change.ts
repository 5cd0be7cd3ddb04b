import type { ClusterTopology, TopologyNode } from './cluster-topology.js';
import { SLOT_COUNT } from './cluster-topology.js';
import type { SlotRange } from './cluster-view.js';

/**
 * What had the topology read.
 *
 * - `'connect'`: the client connects
 * - `'periodic'`: it was time (`topologyRefreshMs`)
 * - `'redirect'`: a node answered MOVED
 * - `'refusal'`: a node answered that it cannot serve now: READONLY,
 *   CLUSTERDOWN, MASTERDOWN, UNBLOCKED
 * - `'nodeLost'`: a connection was lost or could not be made, or is silent
 * - `'replicaLost'`: the same of a replica that is read, or there is none
 * - `'slotNotServed'`: calls wait for a slot that no node serves
 * - `'doubt'`: a fan-out or a barrier met nodes other than expected
 *
 * @publicApi
 */
export type TopologyReason =
  | 'connect'
  | 'periodic'
  | 'redirect'
  | 'refusal'
  | 'nodeLost'
  | 'replicaLost'
  | 'slotNotServed'
  | 'doubt';

/** Where a change of the topology comes from. */
export interface TopologyCause {
  /** What had it read: the first of several hints. */
  readonly reason: TopologyReason;
  /** The node that told of it, as `host:port`: that was asked, or that redirected. */
  readonly node: string;
}

/** A replica that has become the primary of its shard. */
export interface Promotion {
  readonly primary: TopologyNode;
  readonly former: TopologyNode;
  readonly slots: readonly SlotRange[];
}

/**
 * The replicas that were promoted between two topologies. By their ids, which
 * stay when addresses change; a replica gets slots by promotion only.
 */
export function promotionsBetween(
  before: ClusterTopology,
  after: ClusterTopology,
): Promotion[] {
  const primaries = new Set(before.shards.map(({ primary }) => primary.id));
  const formerOf = new Map<string, TopologyNode>();
  for (const { primary, replicas } of before.shards) {
    for (const { id } of replicas) {
      if (id !== '' && !primaries.has(id)) formerOf.set(id, primary);
    }
  }
  return after.shards.flatMap(({ primary, slots }) => {
    const former = formerOf.get(primary.id);
    return former === undefined ? [] : [{ primary, former, slots }];
  });
}

/** The slots that no node serves, ascending. */
export function unservedSlots({ shards }: ClusterTopology): SlotRange[] {
  const served = shards
    .flatMap(({ slots }) => slots)
    .toSorted(([one], [other]) => one - other);
  const gaps: SlotRange[] = [];
  let next = 0;
  for (const [first, last] of served) {
    if (first > next) gaps.push([next, first - 1]);
    next = last + 1;
  }
  if (next < SLOT_COUNT) gaps.push([next, SLOT_COUNT - 1]);
  return gaps;
}
