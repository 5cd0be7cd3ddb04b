import { ReplaySubject } from 'rxjs';
import { Connection } from '../connection/connection.js';
import { withoutLimits } from '../connection/connection-settings.js';
import type { NodeSettings } from '../connection/node-connections.js';
import { ClosedError } from '../errors/closed-error.js';
import { ConnectionError } from '../errors/connection-error.js';
import type { NodeAddress } from '../options/client-options.js';
import type { ResolvedOptions } from '../options/resolve-options.js';
import type { ClusterTopology } from '../topology/cluster-topology.js';
import type {
  TopologyCause,
  TopologyReason,
} from '../topology/topology-change.js';
import {
  TopologyKeeper,
  type ControlConnection,
} from '../topology/topology-keeper.js';
import type { CallSettings } from './calls/call-settings.js';
import { formatBits } from './calls/reply-shape.js';
import { BackgroundLearner } from './learning/background-learner.js';
import { CallRunner } from './calls/call-runner.js';
import type { RunnerCluster } from './calls/call-dispatch.js';
import type { ClusterEvent } from './cluster-events.js';
import type { ClusterNode, ClusterNodeListener } from './cluster-node.js';
import { ClusterNodes } from './cluster-nodes.js';
import { changeEvents } from './change-events.js';
import { endAllBlocking } from './calls/end-blocking.js';
import { connectCluster } from './connect-cluster.js';
import { Executor, type ExecutorCluster } from './executor.js';
import { readPolicy } from './reads/read-policy.js';
import { ReplicaReads } from './reads/replica-reads.js';
import { StreamedCredentials } from './streamed-credentials.js';
import { PrefixedExecutor } from './prefixed-executor.js';

/**
 * One client's cluster: its nodes, its topology and what runs on them, from
 * the first connection to the last.
 */
export class Cluster
  implements ClusterNodeListener, RunnerCluster, ExecutorCluster
{
  readonly nodes: ClusterNodes;
  readonly executor: Executor;
  readonly settings: CallSettings;
  readonly topologyKeeper: TopologyKeeper;
  readonly replicaReads: ReplicaReads;
  /** Undefined where they do not come as a stream. */
  readonly credentials: StreamedCredentials | undefined;
  readonly events$ = new ReplaySubject<ClusterEvent>(1);
  private readonly runner: CallRunner;
  private readonly learning: BackgroundLearner;
  private readonly nodeSettings: NodeSettings;
  private connecting: Promise<void> | undefined;
  private usable = false;
  private closing: Promise<void> | undefined;
  private closed = false;
  /** What each node said when it was asked last and had no answer. */
  private lastCauses: ReadonlyMap<string, Error> = new Map();
  private readonly changes = new Set<() => void>();

  /** @param client identifies the client to replication scopes */
  constructor(
    readonly options: ResolvedOptions,
    readonly client: object,
  ) {
    this.credentials =
      options.credentialsStream &&
      new StreamedCredentials(options.credentialsStream, (event) =>
        this.emit(event),
      );
    this.nodeSettings = {
      credentials: this.credentials?.current ?? options.credentials,
      rotation: this.credentials?.rotation,
      tls: options.tls,
      lookup: options.lookup,
      clientName: options.clientName,
      protocol: options.protocol,
      socketTimeoutMs: options.socketTimeoutMs,
      maxQueuedCommands: options.maxQueuedCommands,
      maxQueuedBytes: options.maxQueuedBytes,
      reconnectDelayMs: options.reconnectDelayMs,
      maxExclusiveConnections: options.maxExclusiveConnections,
      exclusiveLeaseMs: options.exclusiveLeaseMs,
    };
    this.settings = {
      timeoutMs: options.commandTimeoutMs,
      replies: options.replies,
      format: formatBits(options.replies),
      nonAtomicCrossSlot: options.nonAtomicCrossSlot,
      readFrom: readPolicy(options.readFrom),
      signal: undefined,
    };
    this.nodes = new ClusterNodes(this.nodeSettings, this, client, (node) =>
      this.refreshSoon(node),
    );
    this.replicaReads = new ReplicaReads(this.nodes, {
      fromNowOn: this.settings.readFrom !== undefined,
      refreshSoon: () => this.refreshSoon(undefined, 'replicaLost'),
    });
    this.runner = new CallRunner(this);
    this.executor =
      options.keyPrefix === undefined
        ? new Executor(this, this.runner)
        : new PrefixedExecutor(this, this.runner, options.keyPrefix);
    this.learning = new BackgroundLearner(this.executor.learner, () =>
      this.nodes.all(),
    );
    this.topologyKeeper = new TopologyKeeper({
      seeds: options.seeds,
      refreshMs: options.topologyRefreshMs,
      tls: options.tls !== undefined,
      mapAddress: options.mapAddress,
      openControl: (address) => this.openControl(address),
      routeAwaited: () => this.runner.routeAwaited,
      slotMoved: (slot, owner) => this.nodes.route(slot, owner),
      changed: (topology, cause) => this.topologyChanged(topology, cause),
      refreshFailed: (causes, reason) => this.refreshFailed(causes, reason),
    });
  }

  get topologyVersion(): number {
    return this.topologyKeeper.map.topology.version;
  }

  get queueLimits(): { commands: number; bytes: number } {
    const { maxQueuedCommands, maxQueuedBytes } = this.options;
    return { commands: maxQueuedCommands, bytes: maxQueuedBytes };
  }

  get retryUnknownWrites(): boolean {
    return this.options.retryUnknownWrites;
  }

  get mapAddress(): (address: NodeAddress) => NodeAddress {
    return this.options.mapAddress;
  }

  /** What the last failed reading of the topology met. */
  get refreshCauses(): ReadonlyMap<string, Error> {
    return this.lastCauses;
  }

  /** Resolves when the cluster is usable; may be called again after a failure. */
  connect(): Promise<void> {
    return this.connectTo('all owners');
  }

  private connectTo(what: 'all owners' | 'what calls need'): Promise<void> {
    if (this.closed || this.closing !== undefined) {
      return Promise.reject(new ClosedError('The client is closed'));
    }
    if (this.usable) return Promise.resolve();
    this.connecting ??= connectCluster(
      this,
      this.options.connectTimeoutMs,
      what === 'all owners',
    ).then(
      () => {
        this.usable = true;
        this.connecting = undefined;
      },
      (error: Error) => {
        this.connecting = undefined;
        // what was called meanwhile waited for this
        this.runner.failWaiting(error);
        throw error;
      },
    );
    return this.connecting;
  }

  /** The first command of a client that was not connected connects it. */
  wake(): void {
    if (this.usable || this.closed) return;
    this.connectTo('what calls need').catch(() => {});
  }

  /** Lets what is under way finish for at most `drainMs`, then closes. */
  close(drainMs: number): Promise<void> {
    this.executor.close();
    this.learning.close();
    this.closing ??= this.drain(drainMs);
    return this.closing;
  }

  /** Closes at once: every pending call is rejected. */
  destroy(): void {
    if (this.closed) return;
    this.closed = true;
    this.executor.close();
    this.learning.close();
    this.credentials?.close();
    this.topologyKeeper.close();
    this.replicaReads.close();
    this.runner.close();
    const cause = new ClosedError('The client was closed');
    for (const node of this.nodes.clear()) node.destroy(cause);
    this.noteChange();
    this.events$.next({ type: 'closed' });
    this.events$.complete();
  }

  /** Whether nothing is left to connect for. A client that drains may still have calls that wait for it. */
  get isClosed(): boolean {
    return this.closed;
  }

  /** Resolves at the next change of topology or connections, or after `timeoutMs`. */
  nextChange(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.changes.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.changes.add(done);
    });
  }

  moved(slot: number, address: NodeAddress, source: string): void {
    this.topologyKeeper.moved(slot, address, source);
  }

  refreshSoon(doubted?: string, reason?: TopologyReason): void {
    this.topologyKeeper.refreshSoon(doubted, reason);
  }

  skipped(node: ClusterNode, command: string, cause: Error): void {
    this.emit({ type: 'nodeSkipped', node: node.label, command, cause });
  }

  redirected({ address }: ClusterNode, moved: string): void {
    try {
      this.runner.learnRedirect(moved, address);
    } catch {
      // the application's own address map: the topology is read in any case
      this.refreshSoon();
    }
  }

  nodeIntroduced(node: ClusterNode): void {
    this.learning.introduced(node.server!);
  }

  nodeConnected(node: ClusterNode): void {
    this.topologyKeeper.calm(node.label);
    this.emit({ type: 'nodeConnected', node: node.label });
    this.noteChange();
  }

  nodeDisconnected(node: ClusterNode, cause: Error): void {
    node.replication.forget();
    if (this.nodes.isOwner(node)) {
      this.topologyKeeper.trouble(node.label);
      // also without calls: else nobody would notice that it is back
      node.warmUp();
    } else {
      this.refreshSoon(undefined, 'nodeLost');
    }
    this.emit({ type: 'nodeDisconnected', node: node.label, cause });
    this.noteChange();
  }

  /**
   * Silence alone is no verdict: a script, a pause and a frozen process look
   * alike from here. The others are asked, and the cluster decides.
   */
  nodeSilent(node: ClusterNode): void {
    this.replicaReads.silent(node);
    if (this.nodes.isOwner(node)) this.topologyKeeper.trouble(node.label);
    else this.giveUpCondemned();
  }

  nodeHeard(node: ClusterNode): void {
    this.topologyKeeper.calm(node.label);
  }

  readersConnected(node: ClusterNode): void {
    this.replicaReads.connected(node);
  }

  readersSilent(node: ClusterNode): void {
    this.replicaReads.silent(node);
    this.giveUpCondemned();
  }

  readersHeard(node: ClusterNode): void {
    this.nodeHeard(node);
    this.replicaReads.returned();
  }

  /** What was sent to a silent node that the cluster has replaced is settled now: reads elsewhere, writes as unknown. */
  private giveUpCondemned(): void {
    for (const node of this.nodes.all()) {
      if (!this.nodes.isCondemned(node)) continue;
      if (!node.isSilent) {
        // what blocks there is owed nothing yet, and may wait for a node that is frozen
        node.checkBlocked();
        continue;
      }
      node.giveUp(
        new ConnectionError(
          `${node.label} did not answer, and the cluster says that it failed`,
          { node: node.label },
        ),
      );
    }
  }

  private topologyChanged(
    topology: ClusterTopology,
    cause: TopologyCause,
  ): void {
    const before = this.nodes.topology;
    this.nodes.apply(topology);
    this.giveUpCondemned();
    this.replicaReads.topologyChanged();
    for (const event of changeEvents(before, topology, cause)) this.emit(event);
    this.runner.routesChanged();
    this.noteChange();
  }

  private refreshFailed(
    causes: ReadonlyMap<string, Error>,
    reason: TopologyReason,
  ): void {
    this.lastCauses = causes;
    this.emit({ type: 'topologyRefreshFailed', causes, reason });
    this.noteChange();
  }

  private emit(event: ClusterEvent): void {
    if (!this.closed) this.events$.next(event);
  }

  private noteChange(): void {
    for (const done of this.changes) done();
  }

  private openControl(address: NodeAddress): ControlConnection {
    const connection = new Connection(
      { address, delayMs: 0 },
      withoutLimits(this.nodeSettings),
      { opened: () => {}, idle: () => {}, closed: () => {} },
    );
    return {
      address,
      get usable() {
        return connection.state !== 'closed';
      },
      ask: (...words) => connection.send(words),
      destroy: () => connection.destroy(),
    };
  }

  private async drain(drainMs: number): Promise<void> {
    if (this.closed) return;
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, drainMs);
    });
    await Promise.race([this.finishCalls(), timeUp]);
    clearTimeout(timer);
    await endAllBlocking(this.nodes.all());
    // what they popped reaches its callers before their connections go
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    this.destroy();
  }

  /** Resolves when no call is left (one that is redirected moves to a node that had none), and no barrier. */
  private async finishCalls(): Promise<void> {
    do {
      await this.runner.whenIdle();
      await Promise.all(this.nodes.all().map((node) => node.end()));
    } while (
      !this.closed &&
      (this.runner.waiting > 0 ||
        this.nodes.all().some((node) => node.connectionCount > 0))
    );
    // scopes whose last write was just answered ask for their barriers now
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    await Promise.all(
      this.nodes.all().map((node) => node.replication.whenIdle()),
    );
  }
}
