import type { Observable } from 'rxjs';
import { ConfigurationError } from '../errors/configuration-error.js';
import type { CallSettings } from '../execution/calls/call-settings.js';
import { Cluster } from '../execution/cluster.js';
import type { ClusterEvent } from '../execution/cluster-events.js';
import { PersistenceSupport } from '../execution/persistence-support.js';
import type { Executor } from '../execution/executor.js';
import type { RedisClusterClientOptions } from '../options/client-options.js';
import { resolveOptions } from '../options/resolve-options.js';
import type { ReplicationResult } from '../replication/replication-report.js';
import type { ReplicaRequirement } from '../replication/requirement.js';
import {
  persistenceOf,
  type PersistenceRequirement,
} from '../replication/persistence-requirement.js';
import type { ScopeOptions } from '../replication/scope/replication-scope.js';
import {
  runInScope,
  runInScopeForValue,
} from '../replication/scope/run-in-scope.js';
import type { ClusterTopology } from '../topology/cluster-topology.js';
import { ClusterCommands } from './cluster-commands.js';
import { applyCallOptions, type CallOptions } from './call-options.js';
import type { ReplyOptions } from '../options/reply-options.js';
import type { ReshapedCommands } from './reshaped-commands.js';
import { CommandView } from './command-view.js';

const DEFAULT_DRAIN_MS = 5_000;
const DEFAULT_REPLICAS = 1;
const DEFAULT_REPLICATION_TIMEOUT_MS = 100;

/**
 * A Redis or Valkey Cluster as if it were one server.
 *
 * @example
 * ```ts
 * const client = new RedisClusterClient({ nodes: ['redis://127.0.0.1:7000'] });
 * await client.connect();
 * await client.set('greeting', 'hello');
 * await client.close();
 * ```
 *
 * @publicApi
 */
export class RedisClusterClient
  extends ClusterCommands
  implements AsyncDisposable
{
  /** The name given in the options; tells named clients apart. */
  readonly name: string | undefined;
  private readonly cluster: Cluster;
  private readonly coversMine = (client: object): boolean => client === this;
  private readonly persistenceSupport: PersistenceSupport;
  /** @internal */
  protected readonly executor: Executor;
  /** @internal */
  protected readonly settings: CallSettings;

  /**
   * Opens nothing: `connect()` or the first command does.
   *
   * @throws {ConfigurationError} for options that are unknown or make no sense
   */
  constructor(options: RedisClusterClientOptions) {
    super();
    const resolved = resolveOptions(options);
    this.name = resolved.name;
    this.cluster = new Cluster(resolved, this);
    this.executor = this.cluster.executor;
    this.settings = this.cluster.settings;
    this.persistenceSupport = new PersistenceSupport(
      this.executor,
      this.settings,
      () => this.cluster.topologyVersion,
    );
  }

  /** The topology as it is known, now and after each change. Completes when the client is closed. */
  get topology$(): Observable<ClusterTopology> {
    return this.cluster.topologyKeeper.topology$;
  }

  /** What happens to nodes and topology; the last event first. Completes when the client is closed. */
  get events$(): Observable<ClusterEvent> {
    return this.cluster.events$;
  }

  /**
   * Resolves when the cluster is usable: its slots are known, one node that
   * serves some is connected, and the cluster's state is ok. A node that is
   * down does not hinder it. May be called again after a failure.
   *
   * @throws {ClusterDownError} when that is not so within `connectTimeoutMs`;
   *   its `cause` holds what each node said
   * @throws {ConnectionError} at once when the credentials are refused, or
   *   an Observable of them ends before it has given any
   * @throws {ClosedError} after `close()`
   */
  connect(): Promise<void> {
    return this.cluster.connect();
  }

  /**
   * Refuses new calls, lets those under way finish, then closes. The same
   * promise for every caller; never rejects.
   *
   * At the end of that time, blocking commands that are still under way are
   * ended by the servers (CLIENT UNBLOCK), so that an element popped at that
   * moment is not lost; that takes a round trip, and half a second at most.
   *
   * @param options.drainMs how long calls may take to finish, in milliseconds.
   *   @default 5_000
   */
  close(options: { drainMs?: number } = {}): Promise<void> {
    return this.cluster.close(options.drainMs ?? DEFAULT_DRAIN_MS);
  }

  /** Closes at once: every pending call rejects with `ClosedError`. */
  destroy(): void {
    this.cluster.destroy();
  }

  /** {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * The same commands with other settings. Cheap: make one per call.
   *
   * @throws {ConfigurationError} for options that are unknown or make no sense
   *
   * @example
   * ```ts
   * const raw = await client.with({ replies: 'buffers', timeoutMs: 500 }).get('key');
   * const exact = client.with({ replies: { integers: 'bigint', maps: 'map' } });
   * const visits: bigint = await exact.incr('visits');
   * ```
   */
  with(options: CallOptions & { replies: 'buffers' }): CommandView<Buffer>;
  with<const Shape extends ReplyOptions>(
    options: CallOptions & { replies: Shape },
  ): ReshapedCommands<Shape>;
  with(options: CallOptions & { replies?: 'strings' }): CommandView;
  with(options: CallOptions): CommandView<any> & ReshapedCommands<any> {
    return new CommandView<any>(
      this.executor,
      applyCallOptions(this.settings, options),
    ) as CommandView<any> & ReshapedCommands<any>;
  }

  /**
   * Asks a primary what it says of commands (COMMAND INFO), or of all commands
   * (COMMAND). Policies and keys that servers give are laid over the built-in
   * table, except where that is curated.
   *
   * Hardly ever needed: servers of a version that the table was not made from
   * are asked half a second after they are met, and `call` asks by itself for a
   * command that is in no table. Resolved, it makes sure that `explain` and the
   * next call know the commands, also those of a module that was loaded since.
   *
   * @param names first words of commands; none for all commands
   * @throws {ReplyError} when the user may not run COMMAND
   */
  async learnCommands(...names: string[]): Promise<void> {
    const { learner } = this.executor;
    await Promise.all(
      names.length === 0
        ? [learner.learnAll()]
        : names.map((name) => learner.learn(name)),
    );
  }

  /**
   * Runs work and waits until what it wrote through this client is on one
   * replica of every shard written to, for at most 100 ms.
   *
   * @param work what writes; its result, once settled, is the result
   * @throws {ReplicationError} when that is not proven in time
   */
  ensureReplication<T>(work: () => T | Promise<T>): Promise<T>;
  /**
   * Runs work and waits until what it wrote through this client is on the
   * required number of replicas of every shard written to, for at most 100 ms.
   *
   * @param replicas how many replicas of each shard
   * @param work what writes; its result, once settled, is the result
   * @throws {ReplicationError} when that is not proven in time
   */
  ensureReplication<T>(
    replicas: ReplicaRequirement,
    work: () => T | Promise<T>,
  ): Promise<T>;
  /**
   * Runs work and waits until what it wrote through this client is on the
   * required number of replicas of every shard written to.
   *
   * The writes happen either way: a `ReplicationError` says that they are not
   * known to be on so many replicas, not that they were undone. Reads cost
   * nothing. See `docs/guarantees.md` for what this promises and what not.
   *
   * @param replicas how many replicas of each shard
   * @param timeoutMs how long the barrier may take after the work has settled,
   *   in milliseconds
   * @param work what writes; its result, once settled, is the result
   * @throws {ReplicationError} when it is not proven in time
   * @throws whatever the work throws; nothing is waited for then
   * @throws {ConfigurationError} for a requirement that makes no sense, before
   *   the work starts
   */
  ensureReplication<T>(
    replicas: ReplicaRequirement,
    timeoutMs: number,
    work: () => T | Promise<T>,
  ): Promise<T>;
  ensureReplication<T>(...given: EnsureArguments<T>): Promise<T> {
    const work = given[given.length - 1];
    return typeof work === 'function'
      ? runInScopeForValue(this.scopeOptions(given), work)
      : Promise.reject(noWork('ensureReplication'));
  }

  /** `ensureReplication(work)`, with what was proven beside the result. */
  ensureReplicationWithReport<T>(
    work: () => T | Promise<T>,
  ): Promise<ReplicationResult<T>>;
  /** `ensureReplication(replicas, work)`, with what was proven beside the result. */
  ensureReplicationWithReport<T>(
    replicas: ReplicaRequirement,
    work: () => T | Promise<T>,
  ): Promise<ReplicationResult<T>>;
  /** `ensureReplication(replicas, timeoutMs, work)`, with what was proven beside the result. */
  ensureReplicationWithReport<T>(
    replicas: ReplicaRequirement,
    timeoutMs: number,
    work: () => T | Promise<T>,
  ): Promise<ReplicationResult<T>>;
  ensureReplicationWithReport<T>(
    ...given: EnsureArguments<T>
  ): Promise<ReplicationResult<T>> {
    const work = given[given.length - 1];
    return typeof work === 'function'
      ? runInScope(this.scopeOptions(given), work)
      : Promise.reject(noWork('ensureReplicationWithReport'));
  }

  /**
   * Runs work and waits until what it wrote through this client is on disk:
   * synced to the append-only files of the primaries written to, of their
   * replicas, or both.
   *
   * The writes happen either way: a `PersistenceError` says that they are not
   * known to be on the disks, not that they were undone.
   *
   * @param requirement on whose disks, and how long that may take
   * @param work what writes; its result, once settled, is the result
   * @throws {PersistenceError} when it is not proven in time, or a primary
   *   refuses WAITAOF (`appendonly no`)
   * @throws whatever the work throws; nothing is waited for then
   * @throws {ConfigurationError} before the work starts: for a requirement
   *   that makes no sense, or a server older than 7.2
   *
   * @example
   * ```ts
   * await client.ensurePersistence({ replicas: 1 }, () => client.incr('orders'));
   * ```
   */
  async ensurePersistence<T>(
    requirement: PersistenceRequirement,
    work: () => T | Promise<T>,
  ): Promise<T> {
    const { value } = await this.runPersisted(requirement, work);
    return value;
  }

  /** `ensurePersistence(requirement, work)`, with what was proven beside the result. */
  ensurePersistenceWithReport<T>(
    requirement: PersistenceRequirement,
    work: () => T | Promise<T>,
  ): Promise<ReplicationResult<T>> {
    return this.runPersisted(requirement, work);
  }

  /**
   * Why work that waits for disks must not begin, as far as is known.
   *
   * @internal
   */
  get persistenceRefusal(): ConfigurationError | undefined {
    return this.persistenceSupport.refusal;
  }

  /** Asks the primaries whether they know WAITAOF. @internal */
  checkPersistence(): Promise<void> {
    return this.persistenceSupport.check();
  }

  private async runPersisted<T>(
    requirement: PersistenceRequirement,
    work: () => T | Promise<T>,
  ): Promise<ReplicationResult<T>> {
    if (typeof work !== 'function') {
      throw noWork('ensurePersistence');
    }
    const options = persistenceOf(requirement);
    await this.persistenceSupport.check();
    return runInScope({ ...options, covers: this.coversMine }, work);
  }

  private scopeOptions(given: EnsureArguments<any>): ScopeOptions {
    const [replicas, timeoutMs] = given;
    return {
      replicas:
        given.length === 1
          ? DEFAULT_REPLICAS
          : (replicas as ReplicaRequirement),
      timeoutMs:
        given.length === 3
          ? (timeoutMs as number)
          : DEFAULT_REPLICATION_TIMEOUT_MS,
      covers: this.coversMine,
    };
  }
}

function noWork(method: string): ConfigurationError {
  return new ConfigurationError(
    `${method}: the last argument must be a function`,
  );
}

type EnsureArguments<T> =
  | [work: () => T | Promise<T>]
  | [replicas: ReplicaRequirement, work: () => T | Promise<T>]
  | [
      replicas: ReplicaRequirement,
      timeoutMs: number,
      work: () => T | Promise<T>,
    ];
