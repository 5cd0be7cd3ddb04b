import type { LookupFunction } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Credentials, NodeAddress } from '../options/client-options.js';
import type { CredentialsRotation } from './credentials-rotation.js';

/** What every connection of a client has in common. */
export interface ConnectionSettings {
  readonly credentials: () => Credentials | undefined | Promise<Credentials>;
  /** Where the credentials are told anew whenever they change. */
  readonly rotation?: CredentialsRotation | undefined;
  readonly tls: ConnectionOptions | undefined;
  readonly lookup: LookupFunction | undefined;
  readonly clientName: string | undefined;
  readonly protocol: 2 | 3;
  /** Whether a replica serves reads of its primary's keys there (READONLY). */
  readonly readOnly?: boolean;
  /** For TCP, TLS and the handshake together. */
  readonly socketTimeoutMs: number;
  readonly maxQueuedCommands: number;
  readonly maxQueuedBytes: number;
}

/** For a connection that carries none of the callers' commands: their limits are not its own. */
export function withoutLimits(
  settings: ConnectionSettings,
): ConnectionSettings {
  return {
    ...settings,
    maxQueuedCommands: Infinity,
    maxQueuedBytes: Infinity,
  };
}

/** What a connection tells its owner. */
export interface ConnectionListener<C> {
  /** What the server is; see `serverIdentity`. Before or after it is opened, and not where it does not say. */
  introduced?(connection: C, server: string): void;
  /** The handshake is done. */
  opened(connection: C): void;
  /** Nothing is queued or in flight any more. */
  idle(connection: C): void;
  /** Replies are still to come, but nobody waits for any of them. */
  abandoned?(connection: C): void;
  /** Replies are owed, and nothing has come for a while; see `SilenceWatch`. */
  silent?(connection: C): void;
  /** A silent one speaks again. */
  heard?(connection: C): void;
  /** Its server refuses the newest credentials, so that it is to give way to another; it ends by itself where nobody hears of it. */
  outdated?(connection: C, cause: Error): void;
  /** It is over, for good. Its requests are told behind this, and may be queued elsewhere. */
  closed(connection: C, cause: Error): void;
}

/** Where a connection goes, as {@link ConnectionSettings} do not say it. */
export interface ConnectionTarget {
  readonly address: NodeAddress;
  /** Waits this long before opening (reconnect backoff). */
  readonly delayMs: number;
}
