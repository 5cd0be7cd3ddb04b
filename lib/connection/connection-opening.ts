import type { Socket } from 'node:net';
import type { Credentials, NodeAddress } from '../options/client-options.js';
import { STALL_MS } from '../time/deadline-ticker.js';
import type {
  ConnectionSettings,
  ConnectionTarget,
} from './connection-settings.js';
import { shakeHands } from './handshake.js';
import { openSocket, releaseSocket } from './open-socket.js';

/** The connection that is being opened, as its {@link ConnectionOpening} knows it. */
export interface OpeningListener {
  readonly address: NodeAddress;
  readonly label: string;
  /** The delay is over; TCP begins. */
  begun(): void;
  /** Sends one command of the handshake, ahead of everything else. */
  handshakeCommand(words: readonly string[]): Promise<unknown>;
  /** The server told what it is, and which client this is. */
  greeted(hello: unknown): void;
  /** The handshake is done, by these credentials. */
  ready(credentials: Credentials | undefined): void;
  received(length: number): void;
  drained(): void;
  /** It is over, now or while it was being opened. */
  ended(how: string, error?: unknown): void;
}

/**
 * The way of a connection until it is usable: its backoff delay, then TCP, TLS
 * and the handshake, which share one time.
 */
export class ConnectionOpening {
  /** Undefined until TCP begins. */
  socket: Socket | undefined;
  private timer: NodeJS.Timeout | undefined;
  private over = false;

  constructor(
    { delayMs }: ConnectionTarget,
    private readonly settings: ConnectionSettings,
    private readonly listener: OpeningListener,
  ) {
    if (delayMs > 0) this.timer = setTimeout(() => this.open(), delayMs);
  }

  /** Opens the socket, once the delay is over. */
  open(): void {
    const { listener, settings } = this;
    listener.begun();
    this.startTimer(settings.socketTimeoutMs);
    try {
      this.socket = openSocket(listener.address, settings, {
        connected: () => void this.shakeHands(),
        received: (length) => listener.received(length),
        drained: () => listener.drained(),
        ended: (how, error) => listener.ended(how, error),
      });
    } catch (error) {
      // the application's lookup or TLS options; our owner has us only after this turn
      process.nextTick(() => listener.ended('could not be opened', error));
    }
  }

  /** A stalled event loop costs the node nothing: what it missed is added. */
  private startTimer(timeoutMs: number): void {
    const due = performance.now() + timeoutMs;
    this.timer = setTimeout(() => {
      const late = performance.now() - due;
      const { socketTimeoutMs } = this.settings;
      if (late < STALL_MS) {
        this.listener.ended(`was not ready in ${socketTimeoutMs} ms`);
      } else {
        this.startTimer(Math.min(late, socketTimeoutMs));
      }
    }, timeoutMs);
  }

  /** The connection has ended: nothing is called any more. */
  release(): void {
    this.over = true;
    clearTimeout(this.timer);
    if (this.socket !== undefined) releaseSocket(this.socket);
  }

  private async shakeHands(): Promise<void> {
    const { listener, settings } = this;
    let credentials: Credentials | undefined;
    try {
      credentials = await shakeHands(
        (...words) => listener.handshakeCommand(words),
        settings,
        listener.label,
        (hello) => listener.greeted(hello),
      );
    } catch (error) {
      if (!this.over) listener.ended('failed in the handshake', error);
      return;
    }
    // the handshake's last reply and the end of the connection may come together
    if (this.over) return;
    clearTimeout(this.timer);
    listener.ready(credentials);
  }
}
