import type { NodeAddress } from '../options/client-options.js';
import { Connection } from './connection.js';
import type {
  ConnectionListener,
  ConnectionSettings,
} from './connection-settings.js';
import type { Request } from './request.js';

/** An exclusive connection without work is closed after this long. */
const IDLE_MS = 30_000;

/**
 * The connections of one node that carry one request at a time: a blocking
 * command would hold up everything behind it on the shared connection.
 *
 * Opened on demand, reused when free, bounded; beyond the bound requests wait
 * in order.
 */
export class ExclusiveConnections implements ConnectionListener<Connection> {
  private readonly connections = new Set<Connection>();
  private readonly idleTimers = new Map<Connection, NodeJS.Timeout>();
  private readonly waiting: Request[][] = [];

  constructor(
    private readonly address: NodeAddress,
    private readonly settings: ConnectionSettings,
    private readonly limit: number,
  ) {}

  /** Connections open or opening. */
  get size(): number {
    return this.connections.size;
  }

  /**
   * Queues requests that belong together on one connection (ASKING and its command).
   *
   * @returns false when too many wait
   */
  push(...requests: Request[]): boolean {
    const connection = this.free();
    if (connection !== undefined) return pushAll(connection, requests);
    if (this.waiting.length >= this.settings.maxQueuedCommands) return false;
    this.waiting.push(requests);
    return true;
  }

  /** Takes back a request whose caller has lost interest. */
  withdraw(request: Request): void {
    for (const connection of this.connections) connection.withdraw(request);
    const place = this.waiting.findIndex((waiting) =>
      waiting.includes(request),
    );
    if (place === -1) return;
    this.waiting.splice(place, 1);
    request.sink.expired(request, 'queue');
  }

  /** Ends the free ones at once and those at work with their reply; resolves when all are closed. */
  async end(): Promise<void> {
    const { connections } = this;
    await Promise.all([...connections].map((connection) => connection.end()));
  }

  destroy(cause: Error): void {
    for (const connection of this.connections) connection.destroy(cause);
  }

  opened(): void {}

  idle(connection: Connection): void {
    const next = this.waiting.shift();
    if (next !== undefined) {
      pushAll(connection, next);
      return;
    }
    const timer = setTimeout(() => void connection.end(), IDLE_MS);
    timer.unref();
    this.idleTimers.set(connection, timer);
  }

  closed(connection: Connection, cause: Error): void {
    this.connections.delete(connection);
    clearTimeout(this.idleTimers.get(connection));
    this.idleTimers.delete(connection);
    // they go the way of a lost connection: their sinks route them anew
    for (const request of this.waiting.shift() ?? []) {
      request.sink.lost(request, 'notSent', cause, connection);
    }
  }

  private free(): Connection | undefined {
    for (const connection of this.connections) {
      if (connection.load > 0 || connection.state !== 'ready') continue;
      clearTimeout(this.idleTimers.get(connection));
      this.idleTimers.delete(connection);
      return connection;
    }
    if (this.connections.size >= this.limit) return undefined;
    const connection = new Connection(
      { address: this.address, delayMs: 0 },
      this.settings,
      this,
    );
    this.connections.add(connection);
    return connection;
  }
}

function pushAll(connection: Connection, requests: readonly Request[]) {
  return requests.every((request) => connection.push(request));
}
