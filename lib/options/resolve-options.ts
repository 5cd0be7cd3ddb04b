import type { LookupFunction } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { ConfigurationError } from '../errors/configuration-error.js';
import type { BackoffBounds } from '../time/backoff.js';
import type {
  Credentials,
  NodeAddress,
  RedisClusterClientOptions,
} from './client-options.js';
import { formatAddress, parseAddress, parseSeed } from './node-address.js';
import { nearestName } from './nearest-name.js';

/** The options with every default in place; never the caller's own objects. */
export interface ResolvedOptions {
  readonly seeds: readonly NodeAddress[];
  readonly credentials: () => Credentials | undefined | Promise<Credentials>;
  readonly tls: ConnectionOptions | undefined;
  readonly lookup: LookupFunction | undefined;
  readonly mapAddress: (address: NodeAddress) => NodeAddress;
  readonly clientName: string | undefined;
  readonly name: string | undefined;
  readonly nonAtomicCrossSlot: boolean;
  readonly commandTimeoutMs: number;
  readonly socketTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly retryUnknownWrites: boolean;
  readonly maxQueuedCommands: number;
  readonly maxQueuedBytes: number;
  readonly maxExclusiveConnections: number;
  readonly topologyRefreshMs: number;
  readonly reconnectDelayMs: BackoffBounds;
  readonly protocol: 2 | 3;
}

const KNOWN: Record<keyof RedisClusterClientOptions, true> = {
  nodes: true,
  username: true,
  password: true,
  credentialsProvider: true,
  tls: true,
  lookup: true,
  addressMap: true,
  name: true,
  clientName: true,
  nonAtomicCrossSlot: true,
  commandTimeoutMs: true,
  socketTimeoutMs: true,
  connectTimeoutMs: true,
  retryUnknownWrites: true,
  maxQueuedCommands: true,
  maxQueuedBytes: true,
  maxExclusiveConnections: true,
  topologyRefreshMs: true,
  reconnectDelayMs: true,
  protocol: true,
};

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {ConfigurationError} for an unknown option (with the nearest valid
 * name) or a value of the wrong kind
 */
export function resolveOptions(
  options: RedisClusterClientOptions,
): ResolvedOptions {
  if (options === null || typeof options !== 'object') {
    throw new ConfigurationError('The options must be an object with `nodes`');
  }
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(KNOWN, name)) {
      const nearest = nearestName(name, Object.keys(KNOWN));
      throw new ConfigurationError(
        `Unknown option '${name}'` +
          (nearest === undefined ? '' : `; did you mean '${nearest}'?`),
      );
    }
  }
  if (!Array.isArray(options.nodes) || options.nodes.length === 0) {
    throw new ConfigurationError(
      'nodes: at least one node of the cluster must be named',
    );
  }
  const seeds = (options.nodes as readonly (string | NodeAddress)[]).map(
    parseSeed,
  );
  const { tls } = options;
  const wantsTls = tls === undefined ? seeds.some((seed) => seed.tls) : tls;
  return {
    seeds: seeds.map((seed) => seed.address),
    credentials: credentialsOf(
      options,
      seeds.find((seed) => seed.credentials)?.credentials,
    ),
    tls:
      wantsTls === false
        ? undefined
        : typeof tls === 'object'
          ? { ...tls }
          : {},
    lookup: options.lookup,
    mapAddress: addressMapper(options.addressMap),
    clientName: clientNameOf(options.clientName),
    name: options.name,
    nonAtomicCrossSlot: flag(
      'nonAtomicCrossSlot',
      options.nonAtomicCrossSlot,
      true,
    ),
    commandTimeoutMs: positive(
      'commandTimeoutMs',
      options.commandTimeoutMs,
      30_000,
    ),
    socketTimeoutMs: positive(
      'socketTimeoutMs',
      options.socketTimeoutMs,
      5_000,
    ),
    connectTimeoutMs: positive(
      'connectTimeoutMs',
      options.connectTimeoutMs,
      30_000,
    ),
    retryUnknownWrites: flag(
      'retryUnknownWrites',
      options.retryUnknownWrites,
      false,
    ),
    maxQueuedCommands: positive(
      'maxQueuedCommands',
      options.maxQueuedCommands,
      250_000,
    ),
    maxQueuedBytes: positive(
      'maxQueuedBytes',
      options.maxQueuedBytes,
      256 * 1024 * 1024,
    ),
    maxExclusiveConnections: positive(
      'maxExclusiveConnections',
      options.maxExclusiveConnections,
      64,
    ),
    topologyRefreshMs: positive(
      'topologyRefreshMs',
      options.topologyRefreshMs,
      30_000,
    ),
    reconnectDelayMs: bounds(options.reconnectDelayMs),
    protocol: protocolOf(options.protocol),
  };
}

/** A positive number, or the default where the option is left out. */
export function positive(
  name: string,
  value: number | undefined,
  fallback: number,
): number {
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !(value > 0) || value > 2 ** 31 - 1) {
    throw new ConfigurationError(
      `${name}: expected a number above 0 and below 2^31, got ${String(value)}`,
    );
  }
  return value;
}

function flag(name: string, value: boolean | undefined, fallback: boolean) {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') {
    throw new ConfigurationError(
      `${name}: expected true or false, got ${typeof value}`,
    );
  }
  return value;
}

function bounds(value: RedisClusterClientOptions['reconnectDelayMs']) {
  const min = positive('reconnectDelayMs.min', value?.min, 50);
  const max = positive('reconnectDelayMs.max', value?.max, 2_000);
  if (min > max) {
    throw new ConfigurationError('reconnectDelayMs: min is above max');
  }
  return { min, max };
}

function protocolOf(value: 2 | 3 | undefined): 2 | 3 {
  if (value === undefined) return 3;
  if (value !== 2 && value !== 3) {
    throw new ConfigurationError('protocol: expected 2 or 3');
  }
  return value;
}

function clientNameOf(name: string | undefined): string | undefined {
  if (name !== undefined && !/^[!-~]+$/.test(name)) {
    throw new ConfigurationError(
      'clientName: CLIENT SETNAME takes printable ASCII without spaces',
    );
  }
  return name;
}

function credentialsOf(
  options: RedisClusterClientOptions,
  fromSeed: Credentials | undefined,
): ResolvedOptions['credentials'] {
  const { credentialsProvider, username, password } = options;
  if (credentialsProvider !== undefined) return credentialsProvider;
  if (password === undefined) {
    if (username !== undefined) {
      throw new ConfigurationError('username: given without a password');
    }
    return () => fromSeed;
  }
  const credentials: Credentials =
    username === undefined ? { password } : { username, password };
  return () => credentials;
}

function addressMapper(
  map: RedisClusterClientOptions['addressMap'],
): (address: NodeAddress) => NodeAddress {
  if (map === undefined) return (address) => address;
  if (typeof map === 'function') return map;
  const targets = new Map<string, NodeAddress>();
  for (const [from, to] of Object.entries(map)) {
    const target = typeof to === 'string' ? parseAddress(to) : to;
    const source = parseAddress(from);
    if (target === undefined || source === undefined) {
      throw new ConfigurationError(
        `addressMap: expected 'host:port' to 'host:port' or { host, port }, got '${from}'`,
      );
    }
    targets.set(formatAddress(source), { ...target });
  }
  return (address) => targets.get(formatAddress(address)) ?? address;
}
