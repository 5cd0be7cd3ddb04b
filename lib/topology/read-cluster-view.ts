import type { NodeAddress } from '../options/client-options.js';
import { formatAddress } from '../options/node-address.js';
import { ReplyError } from '../errors/reply-error.js';
import type { EndpointContext } from './announced-endpoint.js';
import type { ClusterView, ViewNode } from './cluster-view.js';
import { parseClusterNodes } from './parse-cluster-nodes.js';
import { parseClusterShards } from './parse-cluster-shards.js';
import { parseClusterSlots } from './parse-cluster-slots.js';

/** Sends one command to the node that is asked. */
export type Ask = (...words: readonly string[]) => Promise<unknown>;

/**
 * Asks one node what it knows of the cluster.
 *
 * CLUSTER SHARDS has the endpoints, CLUSTER NODES the epochs and failure
 * flags, CLUSTER SLOTS is what the same node is asked next to learn whether
 * anything changed; sent in one write, they are executed back to back. SLOTS
 * replaces SHARDS where that is missing; NODES may be refused (then the view
 * has no epochs).
 *
 * @throws whatever the node or the connection answered when there is no view
 */
export async function readClusterView(
  ask: Ask,
  source: NodeAddress,
  context: EndpointContext,
): Promise<ClusterView> {
  // SLOTS first: should anything change in between, it is the one that is older
  const [slots, shards, nodes] = await Promise.allSettled([
    ask('CLUSTER', 'SLOTS'),
    ask('CLUSTER', 'SHARDS'),
    ask('CLUSTER', 'NODES'),
  ]);
  // refused is one thing; a view that lost its epochs on the way would pass for new
  if (nodes.status === 'rejected' && !(nodes.reason instanceof ReplyError)) {
    throw nodes.reason;
  }
  let described: ViewNode[] = [];
  if (shards.status === 'fulfilled') {
    described = parseClusterShards(shards.value, context);
  } else if (!(shards.reason instanceof ReplyError)) {
    throw shards.reason;
  }
  if (described.length === 0) {
    if (slots.status === 'rejected') throw slots.reason;
    described = parseClusterSlots(slots.value, context);
  }
  const detailed =
    nodes.status === 'fulfilled' ? parseClusterNodes(nodes.value, context) : [];
  return {
    source: formatAddress(source),
    nodes: detailed.length === 0 ? described : join(detailed, described),
    slots: slots.status === 'fulfilled' ? slots.value : undefined,
  };
}

/** Members, epochs and slots as CLUSTER NODES has them, at the endpoints and in the zones the others announce. */
function join(detailed: ViewNode[], described: ViewNode[]): ViewNode[] {
  const others = new Map(described.map((node) => [node.id, node]));
  return detailed.map((node) => ({
    ...node,
    address: others.get(node.id)?.address ?? node.address,
    zone: others.get(node.id)?.zone,
  }));
}
