import { TABLE_SERVERS } from '../../commands/command-table.generated.js';
import type { Connection } from '../../connection/connection.js';
import { ReplyError } from '../../errors/reply-error.js';
import type { ClusterNode } from '../cluster-node.js';
import type { CommandLearner } from './command-learner.js';

/**
 * COMMAND is 90 to 105 KB of RESP3 and takes a server 0.5 to 2 ms (Redis 7.0.15
 * and 8.6.3, Valkey 8.1.1 and 9.1.2); to read it takes the client 2 to 8 ms,
 * and four times that the first time. Too much for every start of every client:
 * so only servers are asked that the built-in table was not made from, as their
 * HELLO tells at no cost, once for each version, on a connection of its own,
 * and so long after it was met. A process that is done by then never asks.
 */
const DELAY_MS = 500;

/** Before it is asked for again, where no answer came. */
const RETRY_MS = 10_000;

const BUILT_IN: ReadonlySet<string> = new Set(TABLE_SERVERS);

/**
 * Learns the commands of servers that the built-in table does not know, as they
 * are met. Nobody waits for it, and its failure is nobody's: a command that is
 * in no table is asked for when it is called.
 */
export class BackgroundLearner {
  /** Versions of servers that have answered, refused, or are being asked. */
  private readonly asked = new Set<string>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly connections = new Set<Connection>();
  private closed = false;

  constructor(
    private readonly learner: CommandLearner,
    private readonly nodes: () => readonly ClusterNode[],
  ) {}

  /** A node said what it is: the first time, or after it was replaced. */
  introduced(server: string): void {
    const present = this.presentServers();
    this.learner.keepOnly(present);
    for (const gone of this.asked) {
      if (!present.has(gone)) this.asked.delete(gone);
    }
    if (this.closed || BUILT_IN.has(server) || this.asked.has(server)) return;
    this.asked.add(server);
    this.askLater(server, DELAY_MS);
  }

  /** Ends what is under way. */
  close(): void {
    this.closed = true;
    for (const timer of this.timers) clearTimeout(timer);
    for (const connection of this.connections) connection.destroy();
  }

  private presentServers(): Set<string> {
    return new Set(this.nodes().flatMap(({ server }) => server ?? []));
  }

  private askLater(server: string, delayMs: number): void {
    if (this.closed) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      const node = this.nodes().find(
        (other) => other.server === server && other.connected,
      );
      if (node === undefined) this.asked.delete(server);
      else void this.ask(server, node);
    }, delayMs);
    timer.unref();
    this.timers.add(timer);
  }

  private async ask(server: string, node: ClusterNode): Promise<void> {
    let told: string | undefined;
    const connection = node.openDedicated({
      introduced: (_, identity) => (told = identity),
      opened: () => {},
      idle: () => {},
      closed: () => {},
    });
    this.connections.add(connection);
    try {
      const reply = await connection.send(['COMMAND']);
      // it may have been replaced since it was met
      if (told !== undefined) this.learner.takeAll(told, reply);
    } catch (error) {
      // who may not ask now may not ask later: no use in filling ACL logs
      if (!(error instanceof ReplyError)) this.askLater(server, RETRY_MS);
    } finally {
      this.connections.delete(connection);
      connection.destroy();
    }
  }
}
