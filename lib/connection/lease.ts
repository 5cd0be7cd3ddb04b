import type { Argument } from '../commands/command-spec.js';
import { ClosedError } from '../errors/closed-error.js';
import { ConnectionError } from '../errors/connection-error.js';
import { LeaseExpiredError } from '../errors/lease-expired-error.js';
import { clock } from '../time/clock.js';
import type { Connection } from './connection.js';
import type { Request } from './request.js';

/**
 * A connection that belongs to one caller until it is given back. One that is
 * kept without being used is taken away: a forgotten connection would be
 * missing in its bounded pool for good.
 */
export class Lease {
  /** Resolves when the connection is back in its pool, or closed. */
  readonly returned: Promise<void>;
  /** Where the holder took it, in development: an error with that stack. */
  holder: Error | undefined;
  /** Told why, when the connection is taken from its holder. */
  onTakenBack: ((cause: Error) => void) | undefined;
  private markReturned: () => void = () => {};
  private over: Error | undefined;
  private returning = false;
  private idleSince = clock.refresh();
  private timer: NodeJS.Timeout;

  /**
   * @param limitMs how long it may lie idle
   * @param giveBack called once, when the connection is free for others
   */
  constructor(
    readonly connection: Connection,
    private readonly limitMs: number,
    private readonly giveBack: () => void,
  ) {
    this.returned = new Promise((resolve) => {
      this.markReturned = resolve;
    });
    this.timer = this.watch(limitMs);
  }

  /** Why nothing can be sent any more; undefined while it is held. */
  get failure(): Error | undefined {
    return this.over;
  }

  /**
   * Queues a request.
   *
   * @returns false when the queue is full; the request was not taken
   */
  push(request: Request): boolean {
    if (this.over !== undefined) {
      request.sink.lost(request, 'notSent', this.over, this.connection);
      return true;
    }
    return this.connection.push(request);
  }

  /**
   * Gives the connection back when its last reply is there.
   *
   * @param clean what undoes the state that the holder left on it; a connection
   *   that refuses it is closed
   */
  release(clean: readonly (readonly Argument[])[] = []): void {
    if (this.over !== undefined) return;
    this.over = new ConnectionError(
      'The exclusive connection was given back already',
      { node: this.connection.label },
    );
    this.returning = true;
    for (const words of clean) {
      this.connection.send(words).catch((error: Error) => {
        this.connection.destroy(error);
      });
    }
    if (this.connection.load === 0) this.finish();
  }

  /** Closes the connection: nobody could use it as it was left. */
  discard(cause: Error): void {
    this.over ??= cause;
    this.connection.destroy(cause);
  }

  /** @internal the pool's: every reply is there */
  idle(): void {
    this.idleSince = clock.refresh();
    if (this.returning) this.finish();
  }

  /** @internal the pool's: the connection has ended */
  ended(cause: Error): void {
    this.over ??= cause;
    if (cause instanceof LeaseExpiredError || cause instanceof ClosedError) {
      this.onTakenBack?.(cause);
    }
    clearTimeout(this.timer);
    this.markReturned();
  }

  private finish(): void {
    clearTimeout(this.timer);
    this.giveBack();
    this.markReturned();
  }

  private watch(delayMs: number): NodeJS.Timeout {
    return setTimeout(() => this.check(), delayMs).unref();
  }

  private check(): void {
    const { connection, limitMs } = this;
    const idleFor = clock.refresh() - this.idleSince;
    const inUse = connection.load > 0 && !this.returning;
    if (inUse || idleFor < limitMs) {
      this.timer = this.watch(inUse ? limitMs : Math.max(1, limitMs - idleFor));
      return;
    }
    this.discard(
      new LeaseExpiredError(
        `An exclusive connection to ${connection.label} was kept for ${Math.round(idleFor)} ms without being used, and was taken back`,
        { node: connection.label, cause: this.holder },
      ),
    );
  }
}
