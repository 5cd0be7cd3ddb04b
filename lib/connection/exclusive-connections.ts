import { ConnectionError } from '../errors/connection-error.js';
import type { NodeAddress } from '../options/client-options.js';
import { formatAddress } from '../options/node-address.js';
import { backoffDelay, type BackoffBounds } from '../time/backoff.js';
import {
  deadlineTicker,
  type DeadlineHolder,
} from '../time/deadline-ticker.js';
import { Connection } from './connection.js';
import type {
  ConnectionListener,
  ConnectionSettings,
} from './connection-settings.js';
import { Lease } from './lease.js';
import { CLAIM, type Request, type RequestPhase } from './request.js';

/** An exclusive connection without work is closed after this long. */
const IDLE_MS = 30_000;

/** What the exclusive connections of a node need to know beyond {@link ConnectionSettings}. */
export interface ExclusiveSettings extends ConnectionSettings {
  readonly reconnectDelayMs: BackoffBounds;
  readonly maxExclusiveConnections: number;
  /** How long a lease may lie idle, in milliseconds. */
  readonly exclusiveLeaseMs: number;
}

/** Hears of what happens to exclusive connections. */
export interface ExclusiveWatcher {
  /** It owes replies beyond the time that it may block, and is silent. */
  suspected(connection: Connection): void;
  /** It speaks again, or is over. */
  cleared(connection: Connection): void;
}

/**
 * Requests that belong together on one connection; the last one is the
 * caller's. A lone {@link CLAIM} is for the connection itself.
 */
type Group = readonly Request[];

/**
 * The connections of one node that belong to one caller at a time: for one
 * request (a blocking command would hold up everything behind it on the shared
 * connection), or as a {@link Lease} until the caller gives it back.
 *
 * Opened on demand, reused when free, bounded; beyond the bound callers wait
 * in order.
 */
export class ExclusiveConnections
  implements ConnectionListener<Connection>, DeadlineHolder
{
  private readonly connections = new Set<Connection>();
  /** Those whose handshake was done. */
  private readonly usable = new Set<Connection>();
  private readonly idleTimers = new Map<Connection, NodeJS.Timeout>();
  private readonly leases = new Map<Connection, Lease>();
  /** Claims whose connection is being opened. */
  private readonly promised = new Map<Connection, Request>();
  private waiting: Group[] = [];
  private ending = false;
  /** Attempts in a row that made no usable connection. */
  private failures = 0;

  constructor(
    private readonly address: NodeAddress,
    private readonly settings: ExclusiveSettings,
    private readonly watcher: ExclusiveWatcher,
  ) {}

  /** Connections open or opening. */
  get size(): number {
    return this.connections.size;
  }

  /**
   * Queues requests that belong together on one connection (ASKING and its
   * command), or one {@link CLAIM}, whose reply is a {@link Lease}.
   *
   * @returns false when too many wait
   */
  push(...group: Request[]): boolean {
    const connection = this.free();
    if (connection !== undefined) return this.start(connection, group);
    if (this.waiting.length >= this.settings.maxQueuedCommands) return false;
    this.waiting.push(group);
    deadlineTicker.watch(this);
    return true;
  }

  /** Takes back a request whose caller has lost interest. */
  withdraw(request: Request): void {
    for (const connection of this.connections) connection.withdraw(request);
    expireAll(this.takeClaims((claim) => claim === request));
    expireAll(this.takeWaiting((group) => group.includes(request)));
  }

  /** The connection that waits for this request's reply. */
  carrierOf(request: Request): Connection | undefined {
    for (const connection of this.connections) {
      if (connection.hasInFlight(request)) return connection;
    }
    return undefined;
  }

  /** What is written on any of them and has no reply yet. */
  *inFlight(): Iterable<Request> {
    for (const connection of this.connections) yield* connection.inFlight();
  }

  /** Those that wait for a reply. */
  *atWork(): Iterable<Connection> {
    for (const connection of this.connections) {
      if (!connection.inFlight()[Symbol.iterator]().next().done) {
        yield connection;
      }
    }
  }

  /** Hands back what is not written yet: the node no longer serves it. */
  release(why: string): void {
    const groups = [
      ...this.takeClaims(() => true),
      ...this.takeWaiting(() => true),
    ];
    for (const connection of this.connections) {
      // its holder has a say in that, not the topology
      if (!this.leases.has(connection)) connection.release(why);
    }
    loseAll(groups, this.error(why));
  }

  /** Takes back what `leaves` names: its callers can have it from another node. */
  recall(leaves: (request: Request) => boolean, why: string): void {
    const groups = this.takeWaiting((group) => leaves(group.at(-1)!));
    for (const connection of this.connections) connection.recall(leaves, why);
    loseAll(groups, this.error(why));
  }

  /** Ends the free ones at once, those at work with their reply, those leased when they are given back; resolves when all are closed. */
  async end(): Promise<void> {
    this.ending = true;
    while (this.connections.size > 0) {
      const ends = [...this.connections].map(
        (connection) =>
          this.leases.get(connection)?.returned ?? connection.end(),
      );
      await Promise.all(ends);
    }
  }

  destroy(cause: Error): void {
    const groups = this.takeWaiting(() => true);
    for (const connection of this.connections) connection.destroy(cause);
    loseAll(groups, cause);
  }

  /** @internal for the deadline ticker: what waits here is on no connection that would watch it */
  expire(now: number): boolean {
    expireAll(
      this.takeClaims((claim) => claim.deadline <= now),
      'connect',
    );
    expireAll(this.takeWaiting((group) => group.at(-1)!.deadline <= now));
    return this.waiting.length + this.promised.size > 0;
  }

  opened(connection: Connection): void {
    this.usable.add(connection);
    this.failures = 0;
    const claim = this.promised.get(connection);
    if (claim !== undefined) {
      this.promised.delete(connection);
      this.grant(connection, claim);
    } else if (connection.load === 0) {
      // whoever it was opened for has gone meanwhile
      this.idle(connection);
    }
  }

  idle(connection: Connection): void {
    const lease = this.leases.get(connection);
    if (lease !== undefined) {
      lease.idle();
      return;
    }
    // the handshake has been answered, and is not done yet
    if (this.promised.has(connection)) return;
    const next = this.waiting.shift();
    if (next !== undefined) {
      this.start(connection, next);
      return;
    }
    if (this.ending) {
      void connection.end();
      return;
    }
    clearTimeout(this.idleTimers.get(connection));
    const timer = setTimeout(() => void connection.end(), IDLE_MS);
    timer.unref();
    this.idleTimers.set(connection, timer);
  }

  /**
   * Its caller is gone, and the server still blocks for it: what it popped
   * later would be lost. A server gives up with the connection.
   */
  abandoned(connection: Connection): void {
    connection.destroy();
  }

  silent(connection: Connection): void {
    this.watcher.suspected(connection);
  }

  heard(connection: Connection): void {
    this.watcher.cleared(connection);
  }

  closed(connection: Connection, cause: Error): void {
    this.watcher.cleared(connection);
    this.connections.delete(connection);
    if (!this.usable.delete(connection)) this.failures += 1;
    clearTimeout(this.idleTimers.get(connection));
    this.idleTimers.delete(connection);
    const lease = this.leases.get(connection);
    this.leases.delete(connection);
    lease?.ended(cause);
    const claim = this.promised.get(connection);
    this.promised.delete(connection);
    if (claim !== undefined) loseAll([[claim]], cause);
    // they go the way of a lost connection: their sinks route them anew.
    // Without a connection left, nothing would ever call the others
    const count = this.connections.size === 0 ? this.waiting.length : 1;
    loseAll(this.waiting.splice(0, count), cause);
  }

  private free(): Connection | undefined {
    for (const connection of this.connections) {
      if (
        connection.load > 0 ||
        connection.state !== 'ready' ||
        this.leases.has(connection)
      ) {
        continue;
      }
      clearTimeout(this.idleTimers.get(connection));
      this.idleTimers.delete(connection);
      return connection;
    }
    const { maxExclusiveConnections, reconnectDelayMs } = this.settings;
    if (this.connections.size >= maxExclusiveConnections) return undefined;
    const delayMs =
      this.failures === 0 ? 0 : backoffDelay(this.failures, reconnectDelayMs);
    const connection = new Connection(
      { address: this.address, delayMs },
      this.settings,
      this,
    );
    this.connections.add(connection);
    return connection;
  }

  private start(connection: Connection, group: Group): boolean {
    const last = group.at(-1)!;
    if (last.words !== CLAIM) {
      last.sink.started?.(last);
      return pushAll(connection, group);
    }
    if (connection.state === 'ready') {
      this.grant(connection, last);
    } else {
      this.promised.set(connection, last);
      deadlineTicker.watch(this);
    }
    return true;
  }

  private grant(connection: Connection, claim: Request): void {
    const lease = new Lease(connection, this.settings.exclusiveLeaseMs, () => {
      this.leases.delete(connection);
      if (connection.state === 'ready') this.idle(connection);
    });
    this.leases.set(connection, lease);
    claim.sink.replied(claim, lease, connection);
  }

  private takeClaims(leaves: (claim: Request) => boolean): Group[] {
    const taken: Group[] = [];
    for (const [connection, claim] of this.promised) {
      if (!leaves(claim)) continue;
      this.promised.delete(connection);
      taken.push([claim]);
    }
    return taken;
  }

  private takeWaiting(leaves: (group: Group) => boolean): Group[] {
    const taken = this.waiting.filter(leaves);
    if (taken.length > 0) {
      this.waiting = this.waiting.filter((group) => !taken.includes(group));
    }
    return taken;
  }

  private error(how: string): ConnectionError {
    const label = formatAddress(this.address);
    return new ConnectionError(`The connection to ${label} ${how}`, {
      node: label,
    });
  }
}

function pushAll(connection: Connection, group: Group): boolean {
  return group.every((request) => connection.push(request));
}

function expireAll(
  groups: readonly Group[],
  phase: RequestPhase = 'queue',
): void {
  for (const request of groups.flat()) request.sink.expired(request, phase);
}

function loseAll(groups: readonly Group[], cause: Error): void {
  for (const request of groups.flat()) {
    request.sink.lost(request, 'notSent', cause);
  }
}
