import { isDeepStrictEqual } from 'node:util';
import type { ClusterTopology } from '../topology/cluster-topology.js';
import {
  promotionsBetween,
  unservedSlots,
  type TopologyCause,
} from '../topology/topology-change.js';
import type { ClusterEvent } from './cluster-events.js';

/** What a change of the topology is told as, the change itself first. */
export function changeEvents(
  before: ClusterTopology,
  topology: ClusterTopology,
  cause: TopologyCause,
): ClusterEvent[] {
  const { reason, node } = cause;
  const events: ClusterEvent[] = [
    { type: 'topologyChanged', topology, reason, node },
  ];
  for (const { primary, former, slots } of promotionsBetween(
    before,
    topology,
  )) {
    events.push({
      type: 'failover',
      node: primary.address,
      former: former.address,
      slots,
      reason,
    });
  }
  const unserved = unservedSlots(topology);
  // nobody has lost what nobody knew of
  const known = before.shards.length > 0 ? unservedSlots(before) : [];
  if (!isDeepStrictEqual(unserved, known)) {
    events.push({ type: 'coverageChanged', unserved, reason, node });
  }
  return events;
}
