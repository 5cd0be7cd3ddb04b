import type { NodeAddress } from '../options/client-options.js';
import {
  deadlineTicker,
  type DeadlineHolder,
} from '../time/deadline-ticker.js';
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
export class ExclusiveConnections
  implements ConnectionListener<Connection>, DeadlineHolder
{
  private readonly connections = new Set<Connection>();
  private readonly idleTimers = new Map<Connection, NodeJS.Timeout>();
  /** Only while {@link limit} connections are at work. */
  private waiting: Request[][] = [];
  private ending: 'no' | 'afterWork' | 'now' = 'no';
  private readonly onAllClosed: (() => void)[] = [];

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
    deadlineTicker.watch(this);
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

  /** Ends the free ones at once and the others when no work is left for them; resolves when all are closed. */
  end(): Promise<void> {
    if (this.ending === 'no') this.ending = 'afterWork';
    for (const connection of this.connections) {
      if (connection.load === 0) void connection.end();
    }
    if (this.connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.onAllClosed.push(resolve);
    });
  }

  destroy(cause: Error): void {
    this.ending = 'now';
    for (const connection of this.connections) connection.destroy(cause);
  }

  opened(): void {}

  idle(connection: Connection): void {
    const next = this.waiting.shift();
    if (next !== undefined) {
      pushAll(connection, next);
    } else if (this.ending === 'no') {
      const timer = setTimeout(() => void connection.end(), IDLE_MS);
      timer.unref();
      this.idleTimers.set(connection, timer);
    } else {
      void connection.end();
    }
  }

  /** Nobody is left to take the reply, and a pop that blocks on would lose its element: the node is told by the closed socket. */
  abandoned(connection: Connection): void {
    connection.destroy();
  }

  closed(connection: Connection, cause: Error): void {
    this.connections.delete(connection);
    clearTimeout(this.idleTimers.get(connection));
    this.idleTimers.delete(connection);
    // they go the way of a lost connection: their sinks route them anew
    const lost = this.waiting.splice(0, this.ending === 'now' ? Infinity : 1);
    for (const request of lost.flat()) {
      request.sink.lost(request, 'notSent', cause, connection);
    }
    if (this.connections.size > 0) return;
    for (const resolve of this.onAllClosed.splice(0)) resolve();
  }

  /** @internal for the deadline ticker */
  expire(now: number): boolean {
    const overdue: Request[] = [];
    this.waiting = this.waiting.filter((requests) => {
      // the last one is the caller's, which those ahead of it only prepare
      const inTime = requests.at(-1)!.deadline > now;
      if (!inTime) overdue.push(...requests);
      return inTime;
    });
    for (const request of overdue) request.sink.expired(request, 'queue');
    return this.waiting.length > 0;
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
