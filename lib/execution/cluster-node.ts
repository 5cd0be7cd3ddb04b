import type { Connection } from '../connection/connection.js';
import {
  NodeConnections,
  type NodeListener,
  type NodeSettings,
} from '../connection/node-connections.js';
import type { Request } from '../connection/request.js';
import { ClosedError } from '../errors/closed-error.js';
import { ConnectionError } from '../errors/connection-error.js';
import type { NodeAddress } from '../options/client-options.js';
import type {
  BarrierCommand,
  BarrierConnection,
  Replied,
} from '../replication/barrier/barrier-connection.js';
import type { PrimaryAccess } from '../replication/barrier/primary-access.js';
import { PrimaryReplication } from '../replication/barrier/primary-replication.js';
import { NodeReaders, recallReads } from './reads/node-readers.js';
import { NodeVitals } from './reads/node-vitals.js';

/** What a node tells its owner. */
export interface ClusterNodeListener extends NodeListener {
  /** The connection for reads is ready. */
  readersConnected(node: ClusterNode): void;
  /** It owes replies and is silent. */
  readersSilent(node: ClusterNode): void;
  /** It speaks again. */
  readersHeard(node: ClusterNode): void;
  /** It answered a barrier with this MOVED. */
  redirected(node: ClusterNode, moved: string): void;
}

/** A node of the cluster: its connections, and the replication of what is written to it. */
export class ClusterNode extends NodeConnections {
  /** What scopes know of this node as a primary. */
  readonly replication: PrimaryReplication;
  /** What it said of itself when it was asked. */
  readonly vitals = new NodeVitals();
  private reading: NodeReaders | undefined;

  /**
   * @param client the client, by which replication scopes tell whose write it is
   * @param shard what the topology says of the node's shard, and of others
   */
  constructor(
    address: NodeAddress,
    private readonly nodeSettings: NodeSettings,
    private readonly nodeListener: ClusterNodeListener,
    client: object,
    shard: Pick<
      PrimaryAccess,
      'rides' | 'configuredReplicas' | 'isMember' | 'ownerOf' | 'doubt'
    >,
  ) {
    super(address, nodeSettings, nodeListener);
    const access: PrimaryAccess = {
      address: this.label,
      client,
      ...shard,
      redirected: (moved) => this.nodeListener.redirected(this, moved),
      openBarrierConnection: (timeoutMs) => this.openBarrier(timeoutMs),
    };
    this.replication = new PrimaryReplication(access);
  }

  /** Connections for reads at a replica, opened on first use. */
  get readers(): NodeReaders {
    this.reading ??= new NodeReaders(this.address, this.nodeSettings, {
      connected: () => this.nodeListener.readersConnected(this),
      silent: () => this.nodeListener.readersSilent(this),
      heard: () => this.nodeListener.readersHeard(this),
    });
    return this.reading;
  }

  /** It is no replica any more: closes what it was read by as one. */
  retireReaders(): void {
    this.reading?.retire();
  }

  /** Hands back reads that another node can answer as well, whichever of its roles they were for. */
  recallReads(which: (request: Request) => boolean, why: string): void {
    recallReads(this, which, why);
    this.reading?.recallReads(which, why);
  }

  /** The same of connections that are silent, or take long to be made: reads do nothing there but wait. */
  recallWaitingReads(which: (request: Request) => boolean, why: string): void {
    const away = !this.connected && this.failedAttempts > 0;
    if (away || this.isSilent) recallReads(this, which, why);
    const { reading } = this;
    if (reading === undefined || reading.hopeful) return;
    if (!reading.connected || reading.isSilent) reading.recallReads(which, why);
  }

  override get isSilent(): boolean {
    return super.isSilent || this.reading?.isSilent === true;
  }

  override checkBlocked(): void {
    super.checkBlocked();
    this.reading?.checkBlocked();
  }

  override get connectionCount(): number {
    return super.connectionCount + (this.reading?.connectionCount ?? 0);
  }

  override withdraw(request: Request): void {
    super.withdraw(request);
    this.reading?.withdraw(request);
  }

  override exclusiveCarrierOf(request: Request): Connection | undefined {
    return (
      super.exclusiveCarrierOf(request) ??
      this.reading?.exclusiveCarrierOf(request)
    );
  }

  override *exclusiveInFlight(): Iterable<Request> {
    yield* super.exclusiveInFlight();
    if (this.reading !== undefined) yield* this.reading.exclusiveInFlight();
  }

  override release(why: string): void {
    super.release(why);
    this.reading?.release(why);
  }

  override giveUp(cause: Error): void {
    super.giveUp(cause);
    this.reading?.giveUp(cause);
  }

  override async end(): Promise<void> {
    await Promise.all([super.end(), this.reading?.end()]);
  }

  override destroy(cause: Error): void {
    this.replication.close();
    super.destroy(cause);
    this.reading?.destroy(cause);
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
    return new Promise((resolve, reject) => {
      this.connection.exchange(commands, {
        replied: (reply, index) => {
          replied(reply, index);
          if (index === commands.length - 1) resolve();
        },
        lost: reject,
      });
    });
  }

  destroy(): void {
    this.connection.destroy(new ClosedError('The connection was closed'));
  }
}
