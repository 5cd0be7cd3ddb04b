import {
  announcedAddress,
  type EndpointContext,
} from './announced-endpoint.js';
import type { SlotRange, ViewNode } from './cluster-view.js';

/**
 * Reads CLUSTER SLOTS (https://redis.io/docs/latest/commands/cluster-slots/),
 * for servers without CLUSTER SHARDS (before 7.0) and services that refuse it.
 */
export function parseClusterSlots(
  reply: unknown,
  context: EndpointContext,
): ViewNode[] {
  if (!Array.isArray(reply)) return [];
  const nodes = new Map<string, ViewNode & { slots: SlotRange[] }>();
  for (const entry of reply as unknown[][]) {
    const [first, last, ...members] = entry;
    let primaryId: string | undefined;
    for (const member of members as unknown[][]) {
      const [endpoint, port, id] = member;
      const address = announcedAddress(endpoint, Number(port), context);
      // before 4.0 nodes had no id here: the address stands in
      const key =
        typeof id === 'string' ? id : `${address.host}:${address.port}`;
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
        node.slots.push([Number(first), Number(last)]);
      }
    }
  }
  return [...nodes.values()];
}
