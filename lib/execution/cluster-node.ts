import type { Connection } from '../connection/connection.js';
import { exchange } from '../connection/exchange.js';
import {
  NodeConnections,
  type NodeListener,
  type NodeSettings,
} from '../connection/node-connections.js';
import { ClosedError } from '../errors/closed-error.js';
import { ConnectionError } from '../errors/connection-error.js';
import type { NodeAddress } from '../options/client-options.js';
import type {
  BarrierCommand,
  BarrierConnection,
  PrimaryAccess,
  Replied,
} from '../replication/barrier-connection.js';
import { PrimaryReplication } from '../replication/primary-replication.js';

/** A node of the cluster: its connections, and the replication of what is written to it. */
export class ClusterNode extends NodeConnections {
  /** What scopes know of this node as a primary. */
  readonly replication: PrimaryReplication;

  /**
   * @param client the client, by which replication scopes tell whose write it is
   * @param configuredReplicas how many replicas the topology lists for this node
   */
  constructor(
    address: NodeAddress,
    settings: NodeSettings,
    listener: NodeListener,
    client: object,
    configuredReplicas: () => number,
  ) {
    super(address, settings, listener);
    const access: PrimaryAccess = {
      address: this.label,
      client,
      configuredReplicas,
      openBarrierConnection: (timeoutMs) => this.openBarrier(timeoutMs),
    };
    this.replication = new PrimaryReplication(access);
  }

  override destroy(cause: Error): void {
    this.replication.close();
    super.destroy(cause);
  }

  private openBarrier(timeoutMs: number): Promise<BarrierConnection> {
    return new Promise((resolve, reject) => {
      const connection = this.openDedicated({
        opened: () => {
          clearTimeout(timer);
          resolve(new OwnConnection(connection));
        },
        idle: () => {},
        closed: (_, cause) => {
          clearTimeout(timer);
          reject(cause);
        },
      });
      const timer = setTimeout(() => {
        connection.destroy(
          new ConnectionError(
            `${this.label} did not accept a connection within ${Math.round(timeoutMs)} ms`,
            { node: this.label },
          ),
        );
      }, timeoutMs);
    });
  }
}

/** A connection that nobody else uses; how long its commands take is its owner's to judge. */
class OwnConnection implements BarrierConnection {
  constructor(private readonly connection: Connection) {}

  get usable(): boolean {
    return this.connection.state === 'ready';
  }

  exchange(
    commands: readonly BarrierCommand[],
    replied: Replied,
  ): Promise<void> {
    return exchange(this.connection, commands, replied);
  }

  destroy(): void {
    this.connection.destroy(new ClosedError('The connection was closed'));
  }
}
