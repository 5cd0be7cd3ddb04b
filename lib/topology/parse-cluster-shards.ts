import {
  announcedAddress,
  type EndpointContext,
} from './announced-endpoint.js';
import type { SlotRange, ViewNode } from './cluster-view.js';
import { replyRecord } from '../protocol/reply-record.js';

/**
 * Reads CLUSTER SHARDS (https://redis.io/docs/latest/commands/cluster-shards/):
 * the only reply with the preferred endpoint, the TLS port and every replica.
 */
export function parseClusterShards(
  reply: unknown,
  context: EndpointContext,
): ViewNode[] {
  if (!Array.isArray(reply)) return [];
  return reply.flatMap((entry) => shardNodes(replyRecord(entry), context));
}

function shardNodes(
  shard: Record<string, unknown>,
  context: EndpointContext,
): ViewNode[] {
  const described = Array.isArray(shard.nodes)
    ? shard.nodes.map(replyRecord)
    : [];
  const slots = slotRanges(shard.slots);
  // after a failover the failed former primary may still be listed as one
  const primary =
    described.find((node) => isPrimary(node) && node.health === 'online') ??
    described.find(isPrimary);
  return described.flatMap((node) => {
    const address = announcedAddress(
      // NULL is an answer of its own, and not a missing one
      node.endpoint === undefined ? node.ip : node.endpoint,
      portOf(node, context.tls),
      context,
      node.ip,
    );
    if (address === undefined) return [];
    const role = node === primary ? 'primary' : 'replica';
    return {
      id: String(node.id),
      address,
      role,
      primaryId:
        role === 'replica' && primary !== undefined
          ? String(primary.id)
          : undefined,
      healthy: node.health !== 'fail' && node.health !== 'failed',
      zone: zoneOf(node),
      epoch: undefined,
      myself: false,
      slots: role === 'primary' ? slots : [],
    };
  });
}

function isPrimary(node: Record<string, unknown>): boolean {
  return node.role === 'master' || node.role === 'primary';
}

/** Empty where the node was given none. */
function zoneOf(node: Record<string, unknown>): string | undefined {
  const zone = node['availability-zone'];
  return typeof zone === 'string' && zone !== '' ? zone : undefined;
}

/** The port of the protocol spoken; a node that listens on one kind only names only that one. */
function portOf(node: Record<string, unknown>, tls: boolean): number {
  return Number(
    tls ? (node['tls-port'] ?? node.port) : (node.port ?? node['tls-port']),
  );
}

function slotRanges(bounds: unknown): SlotRange[] {
  if (!Array.isArray(bounds)) return [];
  const ranges: SlotRange[] = [];
  for (let index = 0; index + 1 < bounds.length; index += 2) {
    ranges.push([Number(bounds[index]), Number(bounds[index + 1])]);
  }
  return ranges;
}
