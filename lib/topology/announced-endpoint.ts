import type { NodeAddress } from '../options/client-options.js';

/** Turns what nodes announce into what can be reached from here. */
export interface EndpointContext {
  /** The node that answered: its host stands in for an unknown endpoint. */
  readonly source: NodeAddress;
  readonly tls: boolean;
  readonly mapAddress: (address: NodeAddress) => NodeAddress;
}

/**
 * The address behind a preferred endpoint. NULL, an empty host and `?` mean
 * "the host you asked me on" (`cluster-preferred-endpoint-type
 * unknown-endpoint`).
 */
export function announcedAddress(
  endpoint: unknown,
  port: number,
  context: Omit<EndpointContext, 'tls'>,
): NodeAddress {
  const host =
    typeof endpoint === 'string' && endpoint !== '' && endpoint !== '?'
      ? endpoint
      : context.source.host;
  return context.mapAddress({ host, port });
}
