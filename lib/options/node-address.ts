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
  const portText = text.slice(colon + 1);
  if (colon === -1 || !/^\d{1,5}$/.test(portText)) return undefined;
  const port = Number(portText);
  const host = withoutBrackets(text.slice(0, colon));
  // `::1` without a port must not become host `:` and port 1
  const isHost = !/[\s/@]/.test(host) && (!host.includes(':') || isIPv6(host));
  return isPort(port) && isHost ? { host, port } : undefined;
}

/**
 * Reads a seed: `redis://`, `rediss://`, `valkey://`, `valkeys://` URLs,
 * `host:port`, or `{ host, port }`.
 *
 * @throws {ConfigurationError} where it is none of these
 */
export function parseSeed(seed: string | NodeAddress): Seed {
  if (typeof seed !== 'string') return plainSeed(checkedAddress(seed));
  if (!seed.includes('://')) {
    const address = parseAddress(seed);
    if (address === undefined || address.host === '')
      throw invalid(redact(seed));
    return plainSeed(address);
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
  const port = url.port === '' ? 6379 : Number(url.port);
  if (scheme === null || url.hostname === '' || !isPort(port)) {
    throw invalid(redact(seed));
  }
  if (url.pathname !== '' && url.pathname !== '/' && url.pathname !== '/0') {
    throw new ConfigurationError(
      `nodes: ${redact(seed)} names a database; a cluster has database 0 only`,
    );
  }
  if (url.search !== '' || url.hash !== '') {
    throw new ConfigurationError(
      `nodes: ${redact(seed)} has a query or fragment; options stand beside \`nodes\``,
    );
  }
  return {
    address: { host: withoutBrackets(url.hostname), port },
    tls: scheme[2] === 's',
    credentials: urlCredentials(url, seed),
  };
}

function urlCredentials(url: URL, seed: string): Credentials | undefined {
  let username: string;
  let password: string;
  try {
    username = decodeURIComponent(url.username);
    password = decodeURIComponent(url.password);
  } catch {
    throw new ConfigurationError(
      `nodes: user and password of ${redact(seed)} must be percent-encoded`,
    );
  }
  if (password !== '') {
    return username === '' ? { password } : { username, password };
  }
  if (username === '') return undefined;
  throw new ConfigurationError(
    `nodes: ${redact(seed)} has a user name without a password`,
  );
}

function plainSeed(address: NodeAddress): Seed {
  return { address, tls: false, credentials: undefined };
}

/**
 * A copy of an address that a caller gave.
 *
 * @throws {ConfigurationError} without a host and a port
 */
function checkedAddress(address: NodeAddress): NodeAddress {
  if (!isAddress(address)) {
    throw invalid('an entry without a host and a port from 1 to 65535');
  }
  return { host: withoutBrackets(address.host), port: address.port };
}

/** Whether a value from outside the type system is `{ host, port }`. */
export function isAddress(value: unknown): value is NodeAddress {
  if (typeof value !== 'object' || value === null) return false;
  const { host, port } = value as Partial<NodeAddress>;
  return typeof host === 'string' && host !== '' && isPort(port);
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

function isPort(port: unknown): boolean {
  return Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536;
}

/** A URL may hold a password, badly encoded even: whatever stands before the last `@` is hidden. */
function redact(seed: string): string {
  return `'${seed.replace(/^(\w*:\/\/)?.*@/s, '$1***@')}'`;
}

function invalid(what: string): ConfigurationError {
  return new ConfigurationError(
    `nodes: expected 'redis://host:port', 'rediss://host:port', 'host:port' or { host, port }, got ${what}`,
  );
}
