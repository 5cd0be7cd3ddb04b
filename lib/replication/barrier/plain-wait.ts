import { ReplyError } from '../../errors/reply-error.js';
import { ErrorReply } from '../../protocol/error-reply.js';
import type { SharedConnection } from '../writes/write-connection.js';
import type { Barrier } from './barrier.js';
import type { BarrierCommand } from './barrier-connection.js';
import type { BarrierGroup } from './barrier-group.js';
import { BarrierReading, type Refusal } from './barrier-reading.js';
import type { BarrierRequest } from './barrier-request.js';
import { SlotProbes } from './slot-probes.js';

/**
 * The last resort, where the server refuses both the marker and INFO: WAIT
 * without a marker, on the very connection that carried the writes, which is
 * the only one where it means them. That is the shared one: everything behind
 * it waits too, to the deadline at most, and one WAIT at a time.
 *
 * WAIT answers for what its connection last sent into the stream, so it says
 * yes to a write that changed nothing and found another connection's write in
 * place. That, and a failover with failback, is not excluded. Writes on other
 * connections (blocking commands, transactions with WATCH) are not covered at
 * all: their connections are somebody else's by now.
 *
 * @internal
 */
export class PlainWait implements Barrier {
  readonly by = 'plainWait';
  /** The WAIT under way: the next begins behind it, or its time would begin before its turn. */
  #last: Promise<void> = Promise.resolve();

  /**
   * @param why what the server says instead of telling its replication state
   */
  constructor(private readonly why: () => ErrorReply) {}

  async ask(group: BarrierGroup): Promise<BarrierReading> {
    const connections = new Set<SharedConnection>();
    for (const request of group.requests) {
      const connection = connectionOf(request);
      if (connection !== undefined) connections.add(connection);
    }
    let count: number | undefined;
    let refusal: Refusal | undefined;
    for (const connection of connections) {
      const reply = await this.#wait(group, connection);
      if (typeof reply === 'number') count = Math.min(count ?? reply, reply);
      else if (reply instanceof ReplyError) {
        refusal = { what: 'plainWait', error: new ErrorReply(reply.message) };
      } else if (reply !== undefined) {
        lost(group, connection);
      }
    }
    const probes = new SlotProbes();
    for (const request of group.requests) probes.add(request.writes.written);
    const commands: BarrierCommand[] = [];
    probes.appendTo(commands);
    if (commands.length > 0 && count !== undefined) {
      await group.connection.exchange(commands, (reply, index) =>
        probes.replied(reply, index),
      );
    }
    return new BarrierReading(
      'plainWait',
      undefined,
      count === undefined ? undefined : { replicas: count },
      this.why(),
      probes,
      refusal,
    );
  }

  close(): void {}

  /**
   * @returns the count; an error; undefined where nobody waits for it any more
   */
  #wait(
    group: BarrierGroup,
    connection: SharedConnection,
  ): Promise<number | Error | undefined> {
    const asked = this.#last.then(async () => {
      if (group.settled) return undefined;
      // ends before the deadline: what looks in at the deadline makes an idle server notice
      const left = Math.floor(group.deadline - performance.now());
      const milliseconds = Math.max(1, left);
      try {
        const reply = await connection.block(
          ['WAIT', group.goal.replicas, milliseconds],
          milliseconds,
        );
        return Number(reply);
      } catch (error) {
        return error as Error;
      }
    });
    this.#last = asked.then(() => undefined);
    return asked;
  }
}

/** The connection that all its writes rode on; without one, nothing can be said. */
function connectionOf(request: BarrierRequest): SharedConnection | undefined {
  // it rode on one to the primary before this one
  if (request.takeover !== undefined) return undefined;
  const { connection, scattered } = request.writes;
  if (connection === undefined) {
    request.notProven(
      'the server refused the marker and INFO, and a write rode on a connection of its own, where WAIT cannot be asked',
    );
    return undefined;
  }
  if (scattered) {
    request.notProven(
      'the server refused the marker and INFO, and the writes rode on several connections',
    );
    return undefined;
  }
  return connection;
}

/** What was written there cannot be asked about any more. */
function lost(group: BarrierGroup, connection: SharedConnection): void {
  for (const request of group.requests) {
    if (request.writes.connection !== connection) continue;
    request.notProven(
      'the server refused the marker and INFO, and the connection that the writes rode on was lost',
    );
  }
}
