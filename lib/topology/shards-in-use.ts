import type { ClusterTopology, TopologyShard } from './cluster-topology.js';

/** The shards of a topology that are asked, and those that are not any more. */
export interface ShardsInUse {
  readonly current: readonly TopologyShard[];
  /** Those of which a redirect has named the new primary already. */
  readonly replaced: readonly TopologyShard[];
}

/**
 * Tells a shard apart from what is left of it on the map when a redirect has
 * named its promoted replica as the owner of one slot: the rest of the slots
 * follows with the next view, and until then both would be asked as primaries,
 * and count the same keys twice. A replica gets slots by promotion only, and
 * then all that its primary had.
 */
export function shardsInUse({ shards }: ClusterTopology): ShardsInUse {
  // by id: behind proxies an address is that of several nodes
  const primaries = new Set(shards.map(({ primary }) => primary.id));
  primaries.delete('');
  const isReplaced = ({ replicas }: TopologyShard): boolean =>
    replicas.some(({ id }) => primaries.has(id));
  return {
    current: shards.filter((shard) => !isReplaced(shard)),
    replaced: shards.filter(isReplaced),
  };
}
