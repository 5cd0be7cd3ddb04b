import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { NodeAddress } from '../options/client-options.js';
import { READ_RESERVE } from '../protocol/decoder.js';
import type { ConnectionSettings } from './connection-settings.js';

/**
 * All connections read into one buffer: a read is decoded before the next one
 * starts, so nothing of it is kept. A thousand idle connections cost no
 * thousand buffers, and no chunk is allocated per read.
 */
export const READ_BUFFER = Buffer.allocUnsafeSlow(READ_RESERVE + 128 * 1024);
const READ_WINDOW = READ_BUFFER.subarray(READ_RESERVE);

const KEEP_ALIVE_MS = 10_000;

/** What happens on a socket. Nothing is called after {@link releaseSocket}. */
export interface SocketEvents {
  /** TCP, and TLS where it is used, are up. */
  connected(): void;
  /** `length` bytes lie in {@link READ_BUFFER} from READ_RESERVE on, until this returns. */
  received(length: number): void;
  /** What could not be written at once has left. */
  drained(): void;
  /** The socket is over: by an error, by the node, or by itself. */
  ended(how: string, error?: Error): void;
}

/** Opens a TCP or TLS socket to a node. */
export function openSocket(
  address: NodeAddress,
  settings: ConnectionSettings,
  events: SocketEvents,
): Socket {
  const { tls, lookup } = settings;
  const options = {
    host: address.host,
    port: address.port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
    ...(lookup === undefined ? {} : { lookup }),
    onread: {
      buffer: READ_WINDOW,
      callback: (length: number): boolean => {
        events.received(length);
        return true;
      },
    },
  };
  let socket: Socket;
  if (tls === undefined) {
    socket = connectTcp(options, () => events.connected());
  } else {
    // SNI takes names only: an IP address there is refused by RFC 6066
    const servername = isIP(address.host) === 0 ? address.host : undefined;
    socket = connectTls(
      {
        ...(servername === undefined ? {} : { servername }),
        ...tls,
        ...options,
      },
      () => events.connected(),
    );
  }
  socket.on('drain', () => events.drained());
  socket.on('error', (error) =>
    events.ended(`failed: ${error.message}`, error),
  );
  socket.on('end', () => events.ended('was ended by the node'));
  socket.on('close', () => events.ended('was closed'));
  return socket;
}

/** Destroys a socket; a late error of it is nobody's. */
export function releaseSocket(socket: Socket): void {
  socket.removeAllListeners();
  socket.on('error', () => {});
  socket.destroy();
}
