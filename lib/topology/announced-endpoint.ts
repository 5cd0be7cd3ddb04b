import type { NodeAddress } from '../options/client-options.js';

/** Turns what nodes announce into what can be reached from here. */
export interface EndpointContext {
  /** The node that answered: its host stands in for an unknown endpoint. */
  readonly source: NodeAddress;
  readonly tls: boolean;
  readonly mapAddress: (address: NodeAddress) => NodeAddress;
}

/**
 * The address behind a preferred endpoint. NULL and an empty host mean "the
 * host you asked me on" (`cluster-preferred-endpoint-type unknown-endpoint`).
 * `?` means that a host name is preferred and the node has none: its IP address
 * is in the same reply.
 *
 * @param ip what the reply gives as the node's IP address, if it does
 * @returns undefined where the port is none: the node does not speak this protocol
 */
export function announcedAddress(
  endpoint: unknown,
  port: number,
  context: Omit<EndpointContext, 'tls'>,
  ip?: unknown,
): NodeAddress | undefined {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  const host = endpoint === '?' ? ip : endpoint;
  return context.mapAddress({
    host: isHost(host) ? host : context.source.host,
    port,
  });
}

function isHost(host: unknown): host is string {
  return typeof host === 'string' && host !== '' && host !== '?';
}
