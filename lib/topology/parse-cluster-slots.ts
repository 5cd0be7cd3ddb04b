import { formatAddress } from '../options/node-address.js';
import {
  announcedAddress,
  type EndpointContext,
} from './announced-endpoint.js';
import type { SlotRange, ViewNode } from './cluster-view.js';
import { replyRecord } from '../protocol/reply-record.js';

type MutableNode = Omit<ViewNode, 'role' | 'primaryId'> & {
  role: ViewNode['role'];
  primaryId: string | undefined;
  slots: SlotRange[];
};

/**
 * Reads CLUSTER SLOTS (https://redis.io/docs/latest/commands/cluster-slots/),
 * for servers without CLUSTER SHARDS (before 7.0) and services that refuse it.
 */
export function parseClusterSlots(
  reply: unknown,
  context: EndpointContext,
): ViewNode[] {
  if (!Array.isArray(reply)) return [];
  const nodes = new Map<string, MutableNode>();
  for (const entry of reply as unknown[][]) {
    const [first, last, ...members] = entry;
    let primaryId: string | undefined;
    for (const member of members as unknown[][]) {
      const [endpoint, port, id, metadata] = member;
      const { ip } = replyRecord(metadata);
      const address = announcedAddress(endpoint, Number(port), context, ip);
      if (address === undefined) continue;
      // before 4.0 nodes had no id here: the address stands in
      const key = typeof id === 'string' ? id : formatAddress(address);
      let node = nodes.get(key);
      if (node === undefined) {
        node = {
          id: key,
          address,
          role: primaryId === undefined ? 'primary' : 'replica',
          primaryId,
          healthy: true,
          epoch: undefined,
          myself: false,
          slots: [],
        };
        nodes.set(key, node);
      }
      if (primaryId === undefined) {
        primaryId = key;
        // by address, one node may be the primary here and a replica there
        node.role = 'primary';
        node.primaryId = undefined;
        node.slots.push([Number(first), Number(last)]);
      }
    }
  }
  return [...nodes.values()];
}
