import { ConnectionError } from '../errors/connection-error.js';
import type { Credentials, NodeAddress } from '../options/client-options.js';
import { formatAddress } from '../options/node-address.js';
import { Decoder, INCOMPLETE, READ_RESERVE } from '../protocol/decoder.js';
import { ProtocolError } from '../protocol/protocol-error.js';
import { clientIdOf } from '../protocol/client-id.js';
import { Push } from '../protocol/push.js';
import { serverIdentity } from '../protocol/server-identity.js';
import { clock } from '../time/clock.js';
import {
  deadlineTicker,
  type DeadlineHolder,
} from '../time/deadline-ticker.js';
import { CommandSender } from './command-sender.js';
import type { Companion } from './companion.js';
import type {
  ConnectionListener,
  ConnectionSettings,
  ConnectionTarget,
} from './connection-settings.js';
import { flushScheduler, type Flushable } from './flush-scheduler.js';
import {
  ConnectionOpening,
  type OpeningListener,
} from './connection-opening.js';
import type { Login, LoginConnection } from './login.js';
import { READ_BUFFER } from './open-socket.js';
import { RawRequest } from './raw-request.js';
import { sizeOf, type Request, type RequestFate } from './request.js';
import {
  expireRequests,
  isAbandoned,
  loseRequests,
  recallRequests,
  releaseUnsent,
  withdrawRequest,
} from './request-exits.js';
import { GROUP, type RequestGroup } from './request-group.js';
import { RequestRing } from './request-ring.js';
import { SilenceWatch } from './silence-watch.js';
import { encoder, writeEncoded } from './socket-writer.js';

/** Bytes written without a reply: a server buffers what it cannot execute yet, and nothing pushes back (100 MB seen behind a WAIT). */
const MAX_IN_FLIGHT_BYTES = 64 * 1024 * 1024;

/** One write takes this much; what is more follows when the kernel has taken it. */
const FLUSH_BYTES = 128 * 1024;

const NOTHING = new RequestRing();

/**
 * `waiting`: for its backoff delay; `opening`: TCP, TLS and handshake;
 * `ready`: requests flow; `closed`: for good, a new connection takes its place.
 */
export type ConnectionState = 'waiting' | 'opening' | 'ready' | 'closed';

/**
 * One socket to one node: requests in, replies out, in order.
 *
 * Requests may be pushed in every state; they are written when the handshake
 * is done. When the connection ends, each request learns whether it had been
 * written.
 */
export class Connection
  extends CommandSender
  implements DeadlineHolder, Flushable, OpeningListener, LoginConnection
{
  readonly address: NodeAddress;
  /** `host:port`. */
  readonly label: string;
  state: ConnectionState = 'waiting';
  /** What the server calls this connection (CLIENT ID); undefined where it did not say. */
  clientId: number | undefined = undefined;
  /** Its user, where the credentials may change meanwhile; undefined until it is ready. */
  login: Login | undefined = undefined;

  /** What is written, or may be. */
  private readonly wire = new RequestRing();
  /** What waits for the handshake. */
  private parked: Request[] = [];
  private readonly decoder = new Decoder();
  private readonly opening: ConnectionOpening;
  private flushScheduled = false;
  private drainAwaited = false;
  private held = false;
  private watched = false;
  private earliestDeadline = Infinity;
  private queuedBytes = 0;
  private inFlightBytes = 0;
  /** How many requests on the wire are neither a caller's nor the owner's: its login's. */
  private unattended = 0;
  private closesWhenIdle = false;
  /** Why it does, where that is not its owner's wish. */
  private endCause: Error | undefined = undefined;
  private companion: Companion | undefined = undefined;
  /** The first in flight when the node said that it reads no further. */
  private unreadFrom: Request | undefined = undefined;
  private readonly silence = new SilenceWatch();
  private readonly onClosed: (() => void)[] = [];

  constructor(
    target: ConnectionTarget,
    private readonly settings: ConnectionSettings,
    private readonly listener: ConnectionListener<Connection>,
  ) {
    super(settings.socketTimeoutMs);
    this.address = target.address;
    this.label = formatAddress(target.address);
    this.opening = new ConnectionOpening(target, settings, this);
    if (target.delayMs === 0) this.opening.open();
  }

  /** Requests that are not written yet. */
  get unsent(): number {
    return this.wire.unsent + this.parked.length;
  }

  /** Requests queued or in flight, but for AUTH, which keeps the connection neither open nor busy. */
  get load(): number {
    return this.wire.length + this.parked.length - this.unattended;
  }

  /** @internal for its requests */
  get user(): object {
    return this.login?.user ?? this;
  }

  push(request: Request): boolean {
    if (this.state === 'closed') {
      request.sink.lost(request, 'notSent', this.error('is closed'), this);
      return true;
    }
    const size = sizeOf(request.args);
    if (!this.hasRoom(size)) return false;
    request.size = size;
    this.queuedBytes += size;
    if (request.deadline < this.earliestDeadline) {
      this.earliestDeadline = request.deadline;
    }
    if (!this.watched) this.watch();
    if (this.state === 'ready') {
      this.wire.push(request);
      if (!this.flushScheduled) this.scheduleFlush();
    } else {
      this.parked.push(request);
    }
    return true;
  }

  /** @internal for its login */
  loginDue(): void {
    this.flushSoon();
  }

  /** @internal for its login */
  loginLeft(): void {
    this.unattended -= 1;
  }

  /** @internal for its login */
  outdated(cause: Error): void {
    // the words are the message, not the cause: other connections may be let in
    this.endCause = this.error(
      `was closed behind the refusal of new credentials: ${cause.message}`,
    );
    if (this.listener.outdated === undefined) void this.end();
    else this.listener.outdated(this, cause);
  }

  pushAtOnce(request: Request): boolean {
    this.flushScheduled = true;
    const taken = this.push(request);
    this.flushNow();
    return taken;
  }

  /** Tells a companion of whatever is written from now on. */
  accompany(companion: Companion | undefined): void {
    this.companion = companion;
  }

  /** Takes back a request whose caller has lost interest; it is told `expired`. */
  withdraw(request: Request): void {
    if (withdrawRequest(request, this.parked, this.wire, this)) this.exited();
  }

  readNoMore(): void {
    this.unreadFrom = this.wire.peek();
  }

  /** Hands back what is not written yet: its node no longer serves it. */
  release(why: string): void {
    if (this.parked.length + this.wire.unsent === 0) return;
    releaseUnsent(this.parked, this.wire, this.error(why), this);
    this.exited();
  }

  /** Takes back what `leaves` names: its callers can have it from another node. */
  recall(leaves: (request: Request) => boolean, why: string): void {
    const cause = this.error(why);
    if (recallRequests(leaves, this.parked, this.wire, cause, this)) {
      this.exited();
    }
  }

  /** Closes once every request that somebody waits for has its reply; resolves when it is closed. */
  end(): Promise<void> {
    if (this.state === 'closed') return Promise.resolve();
    return new Promise((resolve) => {
      this.onClosed.push(resolve);
      this.closesWhenIdle = true;
      // before the handshake is done, only it is on the wire
      const onWire = this.state === 'ready' ? this.wire : NOTHING;
      if (isAbandoned(this.parked, onWire)) this.destroy(this.endCause);
    });
  }

  /** Closes at once; what had no reply is told so. */
  destroy(cause: Error = this.error('was closed')): void {
    this.close(cause, 'unknown');
  }

  /** @param fate of what had no reply */
  private close(cause: Error, fate: RequestFate): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.opening.release();
    if (this.watched) deadlineTicker.unwatch(this);
    this.listener.closed(this, cause);
    this.login?.end();
    loseRequests(this.parked, this.wire, cause, this, fate);
    for (const resolve of this.onClosed) resolve();
  }

  /** Writes nothing more until {@link resume}; what is queued meanwhile waits, and can be taken back. */
  hold(): void {
    this.held = true;
  }

  /** Ends {@link hold}. */
  resume(): void {
    this.held = false;
    this.flushSoon();
  }

  /** The requests that are written and have no reply yet. */
  *inFlight(): Iterable<Request> {
    for (let index = 0; index < this.wire.inFlight; index++) {
      yield this.wire.at(index);
    }
  }

  /** Whether a request is written and has no reply yet. */
  hasInFlight(request: Request): boolean {
    for (let index = 0; index < this.wire.inFlight; index++) {
      if (this.wire.at(index) === request) return true;
    }
    return false;
  }

  /** @internal for the deadline ticker */
  expire(now: number): boolean {
    if (now >= this.earliestDeadline) {
      // what one caller is told may make another send at once: that lowers it again
      this.earliestDeadline = Infinity;
      const left = expireRequests(now, this.parked, this.wire, this);
      this.earliestDeadline = Math.min(this.earliestDeadline, left);
      this.exited();
    }
    const head = this.wire.inFlight > 0 ? this.wire.peek() : undefined;
    if (head !== undefined && this.silence.begins(now, head.blocks ?? 0)) {
      this.listener.silent?.(this);
    }
    this.watched = this.load + this.unattended > 0;
    return this.watched;
  }

  /** @internal for the flush scheduler */
  flush(): number {
    this.flushScheduled = false;
    const { wire } = this;
    const { socket } = this.opening;
    if (
      socket === undefined ||
      this.drainAwaited ||
      this.held ||
      this.state === 'closed'
    ) {
      return 0;
    }
    const waiting = wire.unsent;
    if (this.companion !== undefined && !this.agrees(this.companion)) {
      return waiting;
    }
    if (this.login?.due === true && !this.logIn(this.login)) return 0;
    while (wire.unsent > 0 && this.inFlightBytes < MAX_IN_FLIGHT_BYTES) {
      this.encodeWaiting();
      writeEncoded(socket);
      if (socket.writableNeedDrain) {
        this.drainAwaited = true;
        break;
      }
    }
    return waiting - wire.unsent;
  }

  /** @internal a request left the connection, by a reply or otherwise */
  left(request: Request, wasInFlight: boolean): void {
    this.queuedBytes -= request.size;
    if (wasInFlight) this.inFlightBytes -= request.size;
  }

  private hasRoom(size: number): boolean {
    // until it is ready, what is on the wire is its handshake
    const load = this.state === 'ready' ? this.load : this.parked.length;
    return (
      load < this.settings.maxQueuedCommands &&
      // one request may be larger than the limit, or it could never be sent
      (load === 0 || this.queuedBytes + size <= this.settings.maxQueuedBytes)
    );
  }

  /** Whether what is to be written, if only as soon as what goes along is over, need not wait. */
  private agrees(companion: Companion): boolean {
    const isAsked = this.wire.unsent > 0 || this.login?.due === true;
    return !isAsked || companion.writing();
  }

  /**
   * Puts AUTH ahead of all that is not written yet.
   *
   * @returns false while something is in flight
   */
  private logIn(login: Login): boolean {
    if (this.wire.inFlight > 0) return false;
    this.unattended += 1;
    this.wire.unshift(login.request());
    if (!this.watched) this.watch();
    return true;
  }

  private watch(): void {
    this.watched = true;
    deadlineTicker.watch(this);
  }

  /** Writes what waits, there and then. */
  flushNow(): void {
    this.flush();
    clock.expire();
  }

  /** Writes what waits, if anything does. */
  flushSoon(): void {
    if (this.flushScheduled) return;
    if (this.wire.unsent > 0 || this.login?.due === true) this.scheduleFlush();
  }

  private scheduleFlush(): void {
    this.flushScheduled = true;
    flushScheduler.schedule(this);
  }

  private encodeWaiting(): void {
    const { wire } = this;
    if (wire.inFlight === 0) this.silence.owes(clock.now);
    while (encoder.length < FLUSH_BYTES) {
      const request = wire.nextUnsent();
      if (request === undefined) return;
      this.inFlightBytes += request.size;
      if (request.words === GROUP) {
        (request as RequestGroup).encode(encoder, this);
      } else {
        encoder.command(request.words, request.args);
      }
    }
  }

  /** @internal for its opening */
  begun(): void {
    this.state = 'opening';
  }

  /** @internal for its opening: goes ahead of everything parked */
  handshakeCommand(words: readonly string[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.state === 'closed') {
        // it ended while the credentials were fetched
        reject(this.error('is closed'));
        return;
      }
      const { socketTimeoutMs } = this.settings;
      this.wire.push(new RawRequest(words, socketTimeoutMs, resolve, reject));
      if (!this.flushScheduled) this.scheduleFlush();
    });
  }

  /** @internal for its opening */
  greeted(hello: unknown): void {
    this.clientId = clientIdOf(hello);
    const server = serverIdentity(hello);
    if (server !== undefined) this.listener.introduced?.(this, server);
  }

  /** @internal for its opening */
  ready(credentials: Credentials | undefined): void {
    this.state = 'ready';
    if (credentials !== undefined) {
      this.login = this.settings.rotation?.join(this, credentials);
    }
    this.login?.renew();
    for (const request of this.parked) this.wire.push(request);
    this.parked = [];
    // behind what was parked: whoever hears of it may push
    this.listener.opened(this);
    this.flushSoon();
    if (this.closesWhenIdle && this.load === 0) this.rest();
  }

  /** @internal for its socket */
  drained(): void {
    this.drainAwaited = false;
    this.flushNow();
  }

  /** @internal for its socket, and for its opening */
  ended(how: string, cause?: unknown): void {
    // a reply since then means that it read on, whatever it said
    const unread =
      this.unreadFrom !== undefined && this.unreadFrom === this.wire.peek();
    this.close(
      cause instanceof ConnectionError ? cause : this.error(how, cause),
      unread ? 'notSent' : 'unknown',
    );
  }

  /** @internal for its socket */
  received(length: number): void {
    // kept, it would be the time of the next call, which comes in a later turn
    const now = clock.refresh();
    const rested = this.load === 0;
    if (this.silence.heard(now)) this.listener.heard?.(this);
    try {
      this.decoder.feed(READ_BUFFER, READ_RESERVE, READ_RESERVE + length);
      this.settleReplies();
    } catch (error) {
      // beyond this byte no reply can be told from another
      this.destroy(this.error('sent what is no reply', error));
      return;
    }
    if (this.state === 'closed') return;
    this.flushSoon();
    if (this.load === 0 && !rested) this.rest();
  }

  private rest(): void {
    if (this.closesWhenIdle) this.destroy(this.endCause);
    else this.listener.idle(this);
  }

  /** Requests left otherwise than by their replies. */
  private exited(): void {
    if (this.state === 'closed') return;
    if (this.load === 0) this.rest();
    else if (!isAbandoned(this.parked, this.wire)) return;
    else if (this.closesWhenIdle) this.destroy(this.endCause);
    else this.listener.abandoned?.(this);
  }

  private settleReplies(): void {
    const { decoder, wire } = this;
    while (this.state !== 'closed') {
      const head = wire.peek();
      decoder.format = head === undefined ? 0 : head.format;
      const reply = decoder.next();
      if (reply === INCOMPLETE) return;
      if (reply instanceof Push) continue;
      if (head === undefined) {
        throw new ProtocolError('A reply came that nobody asked for');
      }
      if (head.words === GROUP && !(head as RequestGroup).takes(reply))
        continue;
      wire.shift();
      this.left(head, true);
      head.sink.replied(head, reply, this);
    }
  }

  private error(how: string, cause?: unknown): ConnectionError {
    return new ConnectionError(`The connection to ${this.label} ${how}`, {
      node: this.label,
      cause,
    });
  }
}
