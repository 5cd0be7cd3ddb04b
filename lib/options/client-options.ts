import type { ConnectionOptions } from 'node:tls';
import type { LookupFunction } from 'node:net';
import type { Subscribable } from 'rxjs';

import type { ReadFrom } from './read-from.js';
import type { ReplyOptions } from './reply-options.js';

/** Where one node listens. @publicApi */
export interface NodeAddress {
  /** Host name or IP address; IPv6 without brackets. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
}

/** The bounds of a delay that grows with every failed attempt. @publicApi */
export interface ReconnectDelay {
  /** The first delay, in milliseconds. */
  readonly min: number;
  /** The longest delay, in milliseconds. */
  readonly max: number;
}

/** What a node asks for in AUTH. @publicApi */
export interface Credentials {
  /** ACL user name. @default 'default' */
  readonly username?: string;
  /** Password or token. */
  readonly password: string;
}

/**
 * Options of {@link RedisClusterClient}.
 *
 * @publicApi
 */
export interface RedisClusterClientOptions {
  /**
   * The nodes to ask for the cluster's topology first, as
   * `redis://host:port`, `rediss://user:password@host:port` (TLS), `host:port`,
   * or `{ host, port }`. One that answers is enough; name several.
   */
  readonly nodes: readonly (string | NodeAddress)[];
  /** ACL user name for every node. @default 'default' where a password is given */
  readonly username?: string | undefined;
  /** Password for every node. */
  readonly password?: string | undefined;
  /**
   * Where credentials come from that change; wins over `username` and
   * `password`. A function is asked whenever a connection is made. An
   * Observable tells of changes: its latest value is what new connections take,
   * and every connection that is open authenticates anew (AUTH), behind what is
   * under way there.
   *
   * An Observable is subscribed to when the client connects, which waits for
   * the first value, until the client is closed. A later failure of it is told
   * by the event `credentialsFailed`, and the last credentials stay in use: it
   * is its own to `retry`. A server that refuses the newest credentials is told
   * by `credentialsRefused`; it would go on with the user of before, so its
   * connections are replaced, and until it accepts the new ones it cannot be
   * used. `credentialsRotated` tells when no connection depends on former
   * credentials any more.
   */
  readonly credentialsProvider?:
    | (() => Credentials | Promise<Credentials>)
    | Subscribable<Credentials>
    | undefined;
  /** TLS to every node: `true`, or the options of `tls.connect`. @default true where a seed is `rediss://` */
  readonly tls?: boolean | ConnectionOptions | undefined;
  /** Resolves host names, as `net.connect`'s `lookup`. @default `dns.lookup` */
  readonly lookup?: LookupFunction | undefined;
  /**
   * Translates the addresses that nodes announce (in the topology and in
   * redirects) to ones that can be reached from here: a map from `host:port`,
   * or a function. What is not in the map is used as announced.
   */
  readonly addressMap?:
    | Readonly<Record<string, NodeAddress | string>>
    | ((address: NodeAddress) => NodeAddress)
    | undefined;
  /**
   * What the application calls this client. `@EnsureReplication` narrows to it
   * by `client`; the Nest module sets it for named clusters.
   */
  readonly name?: string | undefined;
  /**
   * Stands before every key on the server, and before no other argument: keys
   * of scripts get it, their arguments and channels do not. KEYS and SCAN find
   * only such keys, and keys in replies (also of pops and stream reads) come
   * without it. RANDOMKEY gives null where it meets only other keys; DBSIZE and
   * FLUSHALL count and delete all. Errors and `explain` name keys as the server
   * has them.
   */
  readonly keyPrefix?: string | undefined;
  /** CLIENT SETNAME on every connection. */
  readonly clientName?: string | undefined;
  /**
   * Whether DEL, EXISTS, MGET, MSET and their kind are split when their keys
   * lie in several slots. The parts are atomic, the whole is not. `false`
   * refuses such calls with a `CrossSlotError` before anything is sent.
   *
   * @default true
   */
  readonly nonAtomicCrossSlot?: boolean | undefined;
  /**
   * The time one call may take in all, in milliseconds: queueing, connecting,
   * redirects, retries and flight. The default covers a default failover
   * (20.4 s from the kill of a primary to the first accepted write).
   *
   * @default 30_000
   */
  readonly commandTimeoutMs?: number | undefined;
  /** The time one TCP/TLS connection with its handshake may take, in milliseconds. @default 5_000 */
  readonly socketTimeoutMs?: number | undefined;
  /** The time `connect()` may take in all, in milliseconds. @default 30_000 */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * Repeats writes whose outcome is unknown. `true` is the caller's word that
   * applying any of its writes twice is harmless.
   *
   * @default false
   */
  readonly retryUnknownWrites?: boolean | undefined;
  /** Commands that may wait or be in flight per node; one more is refused with `QueueFullError`. @default 250_000 */
  readonly maxQueuedCommands?: number | undefined;
  /** Bytes of arguments that may wait or be in flight per node. @default 268_435_456 (256 MiB) */
  readonly maxQueuedBytes?: number | undefined;
  /** Exclusive connections (blocking commands, `watch`, `withConnection`) per node. @default 64 */
  readonly maxExclusiveConnections?: number | undefined;
  /**
   * How long `watch` and `withConnection` may keep an exclusive connection
   * without a command under way, in milliseconds: one that its holder forgot
   * would be missing for good. It is closed then, and the holder's call rejects
   * with a `LeaseExpiredError`.
   *
   * @default 30_000
   */
  readonly exclusiveLeaseMs?: number | undefined;
  /** How often the topology is read again without a reason, in milliseconds, jittered by a fifth; 0 is refused. @default 30_000 */
  readonly topologyRefreshMs?: number | undefined;
  /** First and longest delay between attempts to reconnect to a node, in milliseconds, jittered. @default { min: 50, max: 2_000 } */
  readonly reconnectDelayMs?: ReconnectDelay | undefined;
  /**
   * What the values of replies are, for every call, where they are not to be
   * what `ReplyOptions` says by default; `'buffers'` is short for
   * `{ strings: 'buffers' }`. The types of the client's own methods are those
   * of the defaults: a view that is made once, `client.with({ replies })`, has
   * its own.
   */
  readonly replies?: 'strings' | 'buffers' | ReplyOptions | undefined;
  /**
   * Where reads go: `'primary'`, `'preferReplica'`, `'replica'`, `'any'`,
   * `'lowestLatency'`, `{ zone }`, or a function that chooses. What a replica
   * answers may be older than what was written. See `docs/replica-reads.md`.
   *
   * @default 'primary'
   */
  readonly readFrom?: ReadFrom | undefined;
  /** The protocol to offer: 3 falls back to 2 where it is refused. @default 3 */
  readonly protocol?: 2 | 3 | undefined;
}
