import { parseAddress } from '../options/node-address.js';
import type { EndpointContext } from './announced-endpoint.js';
import type { SlotRange, ViewNode } from './cluster-view.js';

/**
 * Reads CLUSTER NODES (https://redis.io/docs/latest/commands/cluster-nodes/):
 * the only reply with epochs and failure flags. Its addresses are the bus's;
 * where CLUSTER SHARDS or SLOTS describe the node, theirs are the ones to use.
 */
export function parseClusterNodes(
  reply: unknown,
  context: EndpointContext,
): ViewNode[] {
  if (typeof reply !== 'string') return [];
  return reply.split('\n').flatMap((line) => {
    const node = parseLine(line, context);
    return node === undefined ? [] : [node];
  });
}

function parseLine(
  line: string,
  context: EndpointContext,
): ViewNode | undefined {
  const [id, location, flagList, primaryId, , , epoch, , ...slots] =
    line.split(' ');
  if (id === undefined || location === undefined || flagList === undefined) {
    return undefined;
  }
  const flags = flagList.split(',');
  // not yet part of the cluster, or nowhere to be reached
  if (flags.includes('handshake') || flags.includes('noaddr')) return undefined;
  const address = parseAddress(location.split('@')[0]!.split(',')[0]!);
  if (address === undefined) return undefined;
  const isReplica = flags.includes('slave') || flags.includes('replica');
  return {
    id,
    address: context.mapAddress({
      host: address.host === '' ? context.source.host : address.host,
      port: address.port,
    }),
    role: isReplica ? 'replica' : 'primary',
    primaryId: isReplica && primaryId !== '-' ? primaryId : undefined,
    healthy: !flags.includes('fail') && !flags.includes('fail?'),
    epoch: /^\d+$/.test(epoch ?? '') ? Number(epoch) : undefined,
    myself: flags.includes('myself'),
    slots: slots.flatMap(slotRange),
    leaving: slots.flatMap(leavingSlot),
  };
}

/** `5`, `0-5460`; `[5->-id]` and `[5-<-id]` are slots on the move and belong to no range. */
export function slotRange(token: string): SlotRange[] {
  if (token === '' || token.startsWith('[')) return [];
  const [first, last = first] = token.split('-').map(Number);
  return first === undefined || Number.isNaN(first) ? [] : [[first, last!]];
}

/** `[5->-id]`: the node hands slot 5 over to another, key by key. */
export function leavingSlot(token: string): (readonly [number, string])[] {
  const [, slot, taker] = /^\[(\d+)->-(\w+)\]$/.exec(token) ?? [];
  return taker === undefined ? [] : [[Number(slot), taker]];
}
