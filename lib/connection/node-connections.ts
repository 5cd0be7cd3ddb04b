import type { NodeAddress } from '../options/client-options.js';
import { formatAddress } from '../options/node-address.js';
import { backoffDelay } from '../time/backoff.js';
import { Connection } from './connection.js';
import {
  type ConnectionListener,
  withoutLimits,
} from './connection-settings.js';
import {
  ExclusiveConnections,
  type ExclusiveSettings,
} from './exclusive-connections.js';
import { HalfOpenCheck } from './half-open-check.js';
import type { Carrier, Request } from './request.js';

/** A connection that lived this long was no failed attempt. */
const STABLE_MS = 1_000;

/** One that lived this long had its use: eight drops in four seconds are no reason to stay away for two. */
const WORKED_MS = 100;

/** What a node's connections tell their owner. */
export interface NodeListener {
  /** It said what it is: {@link NodeConnections.server} is known. */
  nodeIntroduced?(node: NodeConnections): void;
  /** The shared connection is ready. */
  nodeConnected(node: NodeConnections): void;
  /** The shared connection ended, or could not be made. */
  nodeDisconnected(node: NodeConnections, cause: Error): void;
  /** It owes replies and is silent: it may be frozen, or only busy. */
  nodeSilent(node: NodeConnections): void;
  /** It speaks again. */
  nodeHeard(node: NodeConnections): void;
}

/** What the connections of a node need to know. */
export type NodeSettings = ExclusiveSettings;

/**
 * The connections to one node: the shared one, opened on first use and again
 * after each loss, with growing delays; and the exclusive ones.
 */
export class NodeConnections implements ConnectionListener<Connection> {
  /** `host:port`. */
  readonly label: string;
  /** What it said last that it is (see `serverIdentity`); undefined where it never did. */
  server: string | undefined = undefined;
  private readonly exclusive: ExclusiveConnections;
  private shared: Connection | undefined;
  /** Replaced ones, until what is under way on them has finished. */
  private readonly leaving = new Set<Connection>();
  private failures = 0;
  private openedAt = 0;
  private ended = false;
  private silence = false;
  /** Of the connections that owe replies and are silent. */
  private readonly checks = new Map<Connection, HalfOpenCheck>();

  constructor(
    readonly address: NodeAddress,
    private readonly settings: NodeSettings,
    private readonly listener: NodeListener,
  ) {
    this.label = formatAddress(address);
    this.exclusive = new ExclusiveConnections(address, settings, {
      suspected: (connection) => this.suspect(connection),
      cleared: (connection) => this.clear(connection),
    });
  }

  /** Whether it is out of use: what is pushed all the same is nobody's to close. */
  get hasEnded(): boolean {
    return this.ended;
  }

  /** Whether the shared connection is usable now. */
  get connected(): boolean {
    return this.shared?.state === 'ready';
  }

  /** Whether it owes replies and is silent: on the shared connection, or on an exclusive one and a fresh one too. */
  get isSilent(): boolean {
    if (this.silence || this.checks.size === 0) return this.silence;
    return [...this.checks.values()].some((check) => check.nodeIsSilent);
  }

  /** Failed attempts in a row. */
  get failedAttempts(): number {
    return this.failures;
  }

  /** Sockets open or opening. */
  get connectionCount(): number {
    const shared = this.shared === undefined ? 0 : 1;
    return this.exclusive.size + this.leaving.size + shared;
  }

  /**
   * Queues a request on the shared connection.
   *
   * @returns false when the queue is full; the request was not taken
   */
  push(request: Request): boolean {
    return (this.shared ?? this.open()).push(request);
  }

  /** Queues requests, the last of which may block its connection, on an exclusive one; or a claim of one. */
  pushExclusive(...requests: Request[]): boolean {
    return this.exclusive.push(...requests);
  }

  /** Takes back a request whose caller has lost interest. */
  withdraw(request: Request): void {
    this.shared?.withdraw(request);
    for (const connection of this.leaving) connection.withdraw(request);
    this.exclusive.withdraw(request);
  }

  /** The exclusive connection that waits for this request's reply. */
  exclusiveCarrierOf(request: Request): Connection | undefined {
    return this.exclusive.carrierOf(request);
  }

  /** What is written on its exclusive connections and has no reply yet. */
  *exclusiveInFlight(): Iterable<Request> {
    yield* this.exclusive.inFlight();
  }

  /**
   * Asks whether it lives, where something blocks on it: that is silent by
   * right, also on a node that is frozen. {@link NodeListener} hears the answer.
   */
  checkBlocked(): void {
    for (const connection of this.exclusive.atWork()) {
      if (!this.checks.has(connection)) this.suspect(connection);
    }
  }

  /** Opens the shared connection if there is none. */
  warmUp(): void {
    if (this.shared === undefined) this.open();
  }

  /** The shared connection, for commands of the client's own. */
  get connection(): Connection {
    return this.shared ?? this.open();
  }

  /** Opens a connection that the caller owns. */
  openDedicated(listener: ConnectionListener<Connection>): Connection {
    return new Connection(
      { address: this.address, delayMs: 0 },
      withoutLimits(this.settings),
      listener,
    );
  }

  /** Hands back what is not written yet: the node no longer serves it. */
  release(why: string): void {
    this.shared?.release(why);
    this.exclusive.release(why);
  }

  /** Takes back what `leaves` names, written or not: its callers can have it from another node. */
  recall(leaves: (request: Request) => boolean, why: string): void {
    this.shared?.recall(leaves, why);
    for (const connection of this.leaving) connection.recall(leaves, why);
    this.exclusive.recall(leaves, why);
  }

  /** A redirect named the very node it came from: an address that leads elsewhere by now. */
  replaceShared(carrier: Carrier, why = 'led to another node'): void {
    if (this.shared !== carrier) {
      // an exclusive one takes no further request; what it has left behind it is its reply
      void carrier.end();
      return;
    }
    this.retireShared(why);
    if (!this.ended) this.warmUp();
  }

  /** Lets go of the shared connection: what is under way there has its reply first. The next request opens another. */
  protected retireShared(why: string): void {
    const { shared } = this;
    if (shared === undefined) return;
    this.leaving.add(shared);
    this.shared = undefined;
    if (this.silence) {
      this.silence = false;
      this.clear(shared);
      this.listener.nodeHeard(this);
    }
    shared.release(why);
    void shared.end();
  }

  /** The node will not answer any more: every request on it learns so. */
  giveUp(cause: Error): void {
    this.shared?.destroy(cause);
    for (const connection of this.leaving) connection.destroy(cause);
    this.exclusive.destroy(cause);
  }

  /** Lets what is under way finish, then closes; resolves when it is closed. */
  async end(): Promise<void> {
    this.ended = true;
    const shared = [...this.leaving, ...(this.shared ? [this.shared] : [])];
    await Promise.all([
      ...shared.map((connection) => connection.end()),
      this.exclusive.end(),
    ]);
  }

  /** Closes at once. */
  destroy(cause: Error): void {
    this.ended = true;
    this.shared?.destroy(cause);
    for (const connection of this.leaving) connection.destroy(cause);
    this.exclusive.destroy(cause);
  }

  introduced(connection: Connection, server: string): void {
    if (connection !== this.shared) return;
    this.server = server;
    this.listener.nodeIntroduced?.(this);
  }

  opened(connection: Connection): void {
    if (connection !== this.shared) return;
    this.openedAt = performance.now();
    this.listener.nodeConnected(this);
  }

  idle(): void {}

  outdated(connection: Connection): void {
    this.replaceShared(connection, 'has a user who was replaced');
  }

  silent(connection: Connection): void {
    if (connection !== this.shared) return;
    this.silence = true;
    this.suspect(connection);
    this.listener.nodeSilent(this);
  }

  heard(connection: Connection): void {
    if (connection !== this.shared) return;
    this.silence = false;
    this.clear(connection);
    this.listener.nodeHeard(this);
  }

  closed(connection: Connection, cause: Error): void {
    this.leaving.delete(connection);
    if (connection !== this.shared) return;
    this.shared = undefined;
    this.silence = false;
    this.clear(connection);
    const lived = this.openedAt > 0 ? performance.now() - this.openedAt : 0;
    if (lived > STABLE_MS) this.failures = 0;
    // it worked: the next one comes soon, but not in a tight loop
    else if (lived > WORKED_MS) this.failures = 1;
    else this.failures += 1;
    this.openedAt = 0;
    if (!this.ended) this.listener.nodeDisconnected(this, cause);
  }

  private suspect(connection: Connection): void {
    this.clear(connection);
    const check: HalfOpenCheck = new HalfOpenCheck(
      connection,
      (opened) => this.openDedicated(opened),
      () => {
        if (check.nodeIsSilent) this.listener.nodeSilent(this);
        else if (!this.isSilent) this.listener.nodeHeard(this);
      },
    );
    this.checks.set(connection, check);
  }

  /** Nothing is owed there any more, or it speaks again. */
  private clear(connection: Connection): void {
    const check = this.checks.get(connection);
    if (check === undefined) return;
    check.end();
    this.checks.delete(connection);
    // nobody is left who would hear that it does
    if (check.nodeIsSilent && !this.isSilent) this.listener.nodeHeard(this);
  }

  private open(): Connection {
    this.shared = new Connection(
      {
        address: this.address,
        delayMs:
          this.failures === 0
            ? 0
            : backoffDelay(this.failures, this.settings.reconnectDelayMs),
      },
      this.settings,
      this,
    );
    return this.shared;
  }
}
