import type { LookupFunction } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Subscribable } from 'rxjs';
import { ConfigurationError } from '../errors/configuration-error.js';
import type { BackoffBounds } from '../time/backoff.js';
import type {
  Credentials,
  NodeAddress,
  RedisClusterClientOptions,
} from './client-options.js';
import { isSubscribable } from './credentials.js';
import {
  formatAddress,
  isAddress,
  parseAddress,
  parseSeed,
} from './node-address.js';
import { checkedReadFrom, type ReadFrom } from './read-from.js';
import { nearestName } from './nearest-name.js';
import {
  DEFAULT_REPLIES,
  resolveReplies,
  type ResolvedReplies,
} from './reply-options.js';

/** The options with every default in place; never the caller's own objects. */
export interface ResolvedOptions {
  readonly seeds: readonly NodeAddress[];
  readonly credentials: () => Credentials | undefined | Promise<Credentials>;
  /** Where they come as a stream instead. */
  readonly credentialsStream: Subscribable<unknown> | undefined;
  readonly tls: ConnectionOptions | undefined;
  readonly lookup: LookupFunction | undefined;
  readonly mapAddress: (address: NodeAddress) => NodeAddress;
  /** Undefined where it is empty. */
  readonly keyPrefix: string | undefined;
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
  readonly exclusiveLeaseMs: number;
  readonly topologyRefreshMs: number;
  readonly reconnectDelayMs: BackoffBounds;
  readonly replies: ResolvedReplies;
  readonly readFrom: ReadFrom;
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
  keyPrefix: true,
  clientName: true,
  nonAtomicCrossSlot: true,
  commandTimeoutMs: true,
  socketTimeoutMs: true,
  connectTimeoutMs: true,
  retryUnknownWrites: true,
  maxQueuedCommands: true,
  maxQueuedBytes: true,
  maxExclusiveConnections: true,
  exclusiveLeaseMs: true,
  topologyRefreshMs: true,
  reconnectDelayMs: true,
  replies: true,
  readFrom: true,
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
  if (options.nodes !== undefined && !Array.isArray(options.nodes)) {
    throw new ConfigurationError(
      `nodes: expected a list, got ${kindOf(options.nodes)}`,
    );
  }
  if (!Array.isArray(options.nodes) || options.nodes.length === 0) {
    throw new ConfigurationError(
      'nodes: at least one node of the cluster must be named',
    );
  }
  const seeds = (options.nodes as readonly (string | NodeAddress)[]).map(
    parseSeed,
  );
  return {
    seeds: seeds.map((seed) => seed.address),
    credentials: credentialsOf(
      options,
      seeds.find((seed) => seed.credentials)?.credentials,
    ),
    credentialsStream: isSubscribable(options.credentialsProvider)
      ? options.credentialsProvider
      : undefined,
    tls: tlsOf(
      options.tls,
      seeds.some((seed) => seed.tls),
    ),
    lookup: ofType('lookup', 'function', options.lookup),
    mapAddress: addressMapper(options.addressMap),
    keyPrefix: ofType('keyPrefix', 'string', options.keyPrefix) || undefined,
    clientName: clientNameOf(options.clientName),
    name: ofType('name', 'string', options.name),
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
    exclusiveLeaseMs: positive(
      'exclusiveLeaseMs',
      options.exclusiveLeaseMs,
      30_000,
    ),
    topologyRefreshMs: positive(
      'topologyRefreshMs',
      options.topologyRefreshMs,
      30_000,
    ),
    reconnectDelayMs: bounds(options.reconnectDelayMs),
    replies: resolveReplies(options.replies, DEFAULT_REPLIES),
    readFrom: checkedReadFrom(options.readFrom),
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
      `${name}: expected a number above 0 and below 2^31, got ${typeof value === 'number' ? value : kindOf(value)}`,
    );
  }
  return value;
}

/** A value's kind, for messages: the value itself may be a misplaced secret. */
function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}

function ofType<T>(
  name: string,
  type: 'string' | 'function',
  value: T | undefined,
): T | undefined {
  // oxlint-disable-next-line valid-typeof
  if (value !== undefined && typeof value !== type) {
    throw new ConfigurationError(
      `${name}: expected a ${type}, got ${kindOf(value)}`,
    );
  }
  return value;
}

function tlsOf(
  tls: RedisClusterClientOptions['tls'],
  seedsWantIt: boolean,
): ConnectionOptions | undefined {
  if (tls === undefined) return seedsWantIt ? {} : undefined;
  if (typeof tls === 'object' && tls !== null) return { ...tls };
  if (typeof tls !== 'boolean') {
    throw new ConfigurationError(
      `tls: expected true, false or the options of tls.connect, got ${kindOf(tls)}`,
    );
  }
  if (!tls && seedsWantIt) {
    // what the URL promises, the password above all, must not leave in the clear
    throw new ConfigurationError('tls: false, but a seed asks for TLS');
  }
  return tls ? {} : undefined;
}

function flag(name: string, value: boolean | undefined, fallback: boolean) {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') {
    throw new ConfigurationError(
      `${name}: expected true or false, got ${kindOf(value)}`,
    );
  }
  return value;
}

function bounds(value: RedisClusterClientOptions['reconnectDelayMs']) {
  if (value !== undefined && (typeof value !== 'object' || value === null)) {
    throw new ConfigurationError(
      `reconnectDelayMs: expected { min, max }, got ${kindOf(value)}`,
    );
  }
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

function clientNameOf(value: string | undefined): string | undefined {
  const name = ofType('clientName', 'string', value);
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
  const username = ofType('username', 'string', options.username);
  const password = ofType('password', 'string', options.password);
  const { credentialsProvider: provider } = options;
  if (typeof provider === 'function') return provider;
  if (provider !== undefined && !isSubscribable(provider)) {
    throw new ConfigurationError(
      `credentialsProvider: expected a function or an Observable, got ${kindOf(provider)}`,
    );
  }
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
  if (typeof map !== 'object' || map === null) {
    throw new ConfigurationError(
      `addressMap: expected an object or a function, got ${kindOf(map)}`,
    );
  }
  const targets = new Map<string, NodeAddress>();
  for (const [from, to] of Object.entries(map)) {
    const source = parseAddress(from);
    const target = typeof to === 'string' ? parseAddress(to) : to;
    if (!isAddress(source) || !isAddress(target)) {
      throw new ConfigurationError(
        `addressMap: expected 'host:port' to 'host:port' or { host, port }, got '${from}'`,
      );
    }
    targets.set(formatAddress(source), {
      host: target.host,
      port: target.port,
    });
  }
  return (address) => targets.get(formatAddress(address)) ?? address;
}
