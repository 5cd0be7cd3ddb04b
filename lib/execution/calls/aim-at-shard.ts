import type { ClusterNode } from '../cluster-node.js';
import type { ClusterNodes } from '../cluster-nodes.js';
import type { TopologyShard } from '../../topology/cluster-topology.js';
import type { Call } from './call.js';

/**
 * What becomes of a part that is for a shard: `aimed` at whoever can answer it
 * now; `covered` where the shard is no more, and those who have its slots are
 * asked by other parts; `scattered` where several have them that nobody asks.
 */
export type Aim = 'aimed' | 'covered' | 'scattered';

/**
 * Chooses the slot by which a part of a fan-out reaches what its shard was, once
 * the topology has changed: else one node would be asked twice, and another
 * not at all.
 */
export function aimAtShard(
  call: Call,
  shard: TopologyShard,
  nodes: Pick<ClusterNodes, 'known' | 'owners' | 'slotOf'>,
): Aim {
  const slot = nodes.slotOf(shard);
  if (slot !== undefined) {
    call.slot = slot;
    return 'aimed';
  }
  // a change has to reach what was there: by the slot, which has moved with it
  if (!call.readOnly || !nodes.known) return 'aimed';
  const asked = askedByOthers(call, nodes.owners);
  const heirs = new Map<ClusterNode, number>();
  for (const [first, last] of shard.slots) {
    for (let each = first; each <= last; each++) {
      const owner = nodes.owners[each];
      if (owner === undefined) {
        // nobody can answer for it: to leave it out would be no whole answer
        call.slot = each;
        return 'aimed';
      }
      if (!asked.has(owner.label)) heirs.set(owner, each);
    }
  }
  if (heirs.size > 1) return 'scattered';
  const [heir] = heirs.values();
  if (heir === undefined) return 'covered';
  call.slot = heir;
  return 'aimed';
}

/** The nodes that the other parts of the whole go to, or came from. */
function askedByOthers(
  call: Call,
  owners: readonly (ClusterNode | undefined)[],
): Set<string | undefined> {
  const others = (call.whole?.parts ?? []).filter((part) => part !== call);
  return new Set(
    others.map((part) =>
      part.settled ? part.node?.label : owners[part.slot]?.label,
    ),
  );
}
