import { clock } from '../time/clock.js';

/** Something with bytes to write. */
export interface Flushable {
  flush(): void;
}

/**
 * Writes once per connection and event-loop turn.
 *
 * A lone caller must not wait for a turn of the loop: its command leaves at
 * the end of the current tick. When a connection has replies outstanding, more
 * callers are about to be resumed by the other sockets of the same poll phase,
 * so the write waits for the check phase behind it and takes them all along:
 * with 3 nodes and 500 callers that is one write per node and turn instead of
 * up to three.
 */
class FlushScheduler {
  private now: Flushable[] = [];
  private later: Flushable[] = [];

  /** Flushes `connection` at the end of this tick. */
  soon(connection: Flushable): void {
    if (this.now.push(connection) === 1) process.nextTick(this.flushNow);
  }

  /** Flushes `connection` in the check phase of this turn. */
  afterPoll(connection: Flushable): void {
    if (this.later.push(connection) === 1) setImmediate(this.flushLater);
  }

  private readonly flushNow = (): void => {
    const connections = this.now;
    this.now = [];
    flushAll(connections);
  };

  private readonly flushLater = (): void => {
    const connections = this.later;
    this.later = [];
    flushAll(connections);
  };
}

function flushAll(connections: readonly Flushable[]): void {
  for (const connection of connections) connection.flush();
  clock.expire();
}

/** The process's flush scheduler. */
export const flushScheduler = new FlushScheduler();
