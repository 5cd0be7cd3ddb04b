import { isIPv6 } from 'node:net';
import { ConfigurationError } from '../errors/configuration-error.js';
import type { Credentials, NodeAddress } from './client-options.js';

/** A seed as read from the options. */
export interface Seed {
  readonly address: NodeAddress;
  readonly tls: boolean;
  readonly credentials: Credentials | undefined;
}

/** `host:port`, with brackets around an IPv6 host: the form that keys maps and stands in errors. */
export function formatAddress(address: NodeAddress): string {
  return isIPv6(address.host)
    ? `[${address.host}]:${address.port}`
    : `${address.host}:${address.port}`;
}

/**
 * Reads `host:port`. The last colon splits, since servers print IPv6 without
 * brackets (`::1:7000`).
 *
 * @returns undefined where the text is no address; an empty host stays empty
 */
export function parseAddress(text: string): NodeAddress | undefined {
  const colon = text.lastIndexOf(':');
  if (colon === -1) return undefined;
  const port = Number(text.slice(colon + 1));
  if (!isPort(port)) return undefined;
  const host = text.slice(0, colon);
  return {
    host: host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host,
    port,
  };
}

/**
 * Reads a seed: `redis://`, `rediss://`, `valkey://`, `valkeys://` URLs,
 * `host:port`, or `{ host, port }`.
 *
 * @throws {ConfigurationError} where it is none of these
 */
export function parseSeed(seed: string | NodeAddress): Seed {
  if (typeof seed !== 'string') return addressSeed(seed);
  if (!seed.includes('://')) {
    const address = parseAddress(seed);
    if (address === undefined || address.host === '')
      throw invalid(redact(seed));
    return { address, tls: false, credentials: undefined };
  }
  return urlSeed(seed);
}

function urlSeed(seed: string): Seed {
  let url: URL;
  try {
    url = new URL(seed);
  } catch {
    throw invalid(redact(seed));
  }
  const scheme = /^(redis|valkey)(s?):$/.exec(url.protocol);
  if (scheme === null || url.hostname === '') throw invalid(redact(seed));
  if (url.pathname !== '' && url.pathname !== '/' && url.pathname !== '/0') {
    throw new ConfigurationError(
      `nodes: ${redact(seed)} names a database; a cluster has database 0 only`,
    );
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const username = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  return {
    address: { host, port: url.port === '' ? 6379 : Number(url.port) },
    tls: scheme[2] === 's',
    credentials:
      password === ''
        ? undefined
        : username === ''
          ? { password }
          : { username, password },
  };
}

function addressSeed(seed: NodeAddress): Seed {
  if (
    seed === null ||
    typeof seed !== 'object' ||
    typeof seed.host !== 'string' ||
    seed.host === '' ||
    !isPort(seed.port)
  ) {
    throw invalid('an entry without a host and a port from 1 to 65535');
  }
  return {
    address: { host: seed.host.replace(/^\[(.*)\]$/, '$1'), port: seed.port },
    tls: false,
    credentials: undefined,
  };
}

function isPort(port: unknown): boolean {
  return Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536;
}

/** A URL may hold a password: messages never do. */
function redact(seed: string): string {
  return `'${seed.replace(/\/\/[^@/]*@/, '//***@')}'`;
}

function invalid(what: string): ConfigurationError {
  return new ConfigurationError(
    `nodes: expected 'redis://host:port', 'rediss://host:port', 'host:port' or { host, port }, got ${what}`,
  );
}
