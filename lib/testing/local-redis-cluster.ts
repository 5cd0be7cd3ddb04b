import { lookup as dnsLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { ConfigurationError } from '../errors/configuration-error.js';
import type { RedisClusterClientOptions } from '../options/client-options.js';
import { bootCluster, untilStable } from './cluster-boot.js';
import { changeTimeoutMs, ClusterObserver } from './cluster-observer.js';
import { SLOTS } from './cluster-view.js';
import {
  toSettings,
  type LocalRedisClusterOptions,
} from './local-redis-cluster-options.js';
import type { LocalRedisNode } from './local-redis-node.js';
import { untilNoProblem } from './polling.js';
import { lostItsPorts, ServerFleet } from './server-fleet.js';
import type { ServerVersion } from './server-binary.js';
import { SlotMigration } from './slot-migration.js';

/** How often other programs may take a port just before a server binds it. */
const START_ATTEMPTS = 5;

/** When a failover that has not happened is asked for again, in milliseconds. */
const FAILOVER_REPEAT_MS = 1_000;

/** What a client needs to use a {@link LocalRedisCluster}. @publicApi */
export type LocalClientOptions = Pick<
  RedisClusterClientOptions,
  'nodes' | 'tls' | 'username' | 'password' | 'lookup'
>;

/**
 * A Redis or Valkey Cluster of real server processes on this machine, for
 * tests and demonstrations.
 *
 * ```ts
 * await using cluster = await LocalRedisCluster.start();
 * const client = new RedisClusterClient(cluster.clientOptions);
 * ```
 *
 * The servers listen on loopback only, on free ports; several clusters may
 * run side by side. They end with `stop()`, and by themselves when this process ends,
 * however it ends; its Ctrl-C does not reach them before.
 *
 * @publicApi
 */
export class LocalRedisCluster implements AsyncDisposable {
  private stopping: Promise<void> | undefined;

  private readonly observer: ClusterObserver;

  private constructor(private readonly fleet: ServerFleet) {
    this.observer = new ClusterObserver(fleet.nodes);
  }

  /**
   * Starts a cluster. Takes about half a second, and a few more where a
   * server program must be fetched first.
   *
   * @param options what cluster; three primaries with a replica each where nothing is said
   * @returns the cluster, once every node is up, all agree on roles and slots,
   *   every replica is in sync, and CLUSTER SLOTS and CLUSTER SHARDS are complete on every node
   * @throws ConfigurationError where an option is wrong, or no server program
   *   (or no `openssl`, with TLS) can be found
   */
  static async start(
    options: LocalRedisClusterOptions = {},
  ): Promise<LocalRedisCluster> {
    const settings = toSettings(options);
    const started = performance.now();
    for (let attempt = 1; ; attempt += 1) {
      const fleet = await ServerFleet.prepare(settings);
      try {
        await bootCluster(fleet);
        settings.log(
          `${fleet.nodes.length} nodes ready after ${Math.round(performance.now() - started)} ms`,
        );
        return new LocalRedisCluster(fleet);
      } catch (error) {
        const again = attempt < START_ATTEMPTS && (await lostItsPorts(fleet));
        await fleet.release();
        if (!again) throw error;
        settings.log('a port was taken by another program: trying others');
      }
    }
  }

  /** The nodes, in the order in which they were made: the primaries first. Removed ones are gone. */
  get nodes(): readonly LocalRedisNode[] {
    return this.fleet.nodes;
  }

  /** Which server the nodes run. */
  get serverVersion(): ServerVersion {
    return this.fleet.version;
  }

  /** Each node as `redis://host:port`, with TLS as `rediss://host:port`. */
  get seeds(): string[] {
    return this.nodes.map(({ url }) => url);
  }

  /** The client options for this cluster: the seeds, and what TLS, users and host names ask for. */
  get clientOptions(): LocalClientOptions {
    const { settings, certificates } = this.fleet;
    const [user] = settings.users ?? [];
    return {
      nodes: this.seeds,
      ...(certificates && { tls: { ca: certificates.ca } }),
      ...(user && { username: user.name, password: user.password }),
      ...(settings.announceHostnames !== undefined && {
        lookup: this.lookup,
      }),
    };
  }

  /** Sends a command to one node and resolves to its reply (strings as strings, maps as flat arrays); no redirects are followed. */
  command(
    node: LocalRedisNode,
    name: string,
    ...args: (string | number | Buffer)[]
  ): Promise<unknown> {
    return node.command(name, ...args);
  }

  /** The primaries that own slots, as the running nodes see it now. */
  async primaries(): Promise<LocalRedisNode[]> {
    const owners = new Set((await this.observer.view()).owners);
    return this.nodes.filter(({ id }) => owners.has(id));
  }

  /**
   * The owner of a slot or of a key's slot, as the running nodes see it now;
   * a dead owner that was not replaced yet is still the owner.
   *
   * @param keyOrSlot a slot's number, or a key
   * @throws Error where no node owns the slot
   */
  async primaryOf(
    keyOrSlot: number | string | Buffer,
  ): Promise<LocalRedisNode> {
    const slot =
      typeof keyOrSlot === 'number' ? keyOrSlot : await this.slotOf(keyOrSlot);
    if (!Number.isInteger(slot) || slot < 0 || slot >= SLOTS) {
      throw new ConfigurationError(`${slot} is no slot`);
    }
    const owner = (await this.observer.view()).owners[slot];
    const node = this.nodes.find(({ id }) => id === owner);
    if (node === undefined) throw new Error(`No node owns slot ${slot}`);
    return node;
  }

  /** A key's slot, as the server computes it. */
  async slotOf(key: string | Buffer): Promise<number> {
    return Number(
      await this.observer.anyRunning().command('CLUSTER', 'KEYSLOT', key),
    );
  }

  /** The replicas of a node, as the running nodes see it now; those that do not run are among them. */
  async replicasOf(node: LocalRedisNode): Promise<LocalRedisNode[]> {
    const { records } = await this.observer.view();
    return this.nodes.filter(
      ({ id }) => records.get(id)?.primaryId === node.id,
    );
  }

  /** Ends a node with SIGKILL; resolves when the process is gone. */
  async kill(node: LocalRedisNode): Promise<void> {
    await node.server?.kill();
    node.closeConnection();
  }

  /** Stops a node with SIGSTOP: it answers nothing, and its sockets stay open. */
  async freeze(node: LocalRedisNode): Promise<void> {
    await node.server?.freeze();
  }

  /** Lets a frozen node go on, with SIGCONT. */
  async resume(node: LocalRedisNode): Promise<void> {
    await node.server?.resume();
  }

  /**
   * Starts a node again on its port, in its folder and with its id; kills it
   * first where it runs. Resolves when it answers; for its place in the
   * cluster wait with {@link waitUntilStable}.
   */
  async restart(node: LocalRedisNode): Promise<void> {
    await this.kill(node);
    this.fleet.launch(node);
    await node.untilAnswering();
  }

  /**
   * Makes a replica the primary; resolves when every running node knows it as
   * the owner of the slots.
   *
   * The other primaries vote about the same primary only once in two node
   * timeouts: there and back again in less time takes longer, but for `'takeover'`.
   *
   * @param replica the replica to promote
   * @param mode without: the primary hands over, nothing is lost; `'force'`: without asking
   *   the primary; `'takeover'`: without asking anybody
   */
  async failover(
    replica: LocalRedisNode,
    mode?: 'force' | 'takeover',
  ): Promise<void> {
    const record = (await this.observer.view()).records.get(replica.id);
    const former = this.nodes.find(({ id }) => id === record?.primaryId);
    if (former === undefined) {
      throw new ConfigurationError(`${replica.address} is no replica`);
    }
    const ask = (): Promise<unknown> =>
      replica.command(
        'CLUSTER',
        'FAILOVER',
        ...(mode === undefined ? [] : [mode]),
      );
    await ask();
    let askedAt = performance.now();
    await this.observer.untilEveryView(
      `${replica.address} is not known as the primary instead of ${former.address}`,
      (view) =>
        (view.records.get(replica.id)?.slots.length ?? 0) > 0 &&
        view.records.get(former.id)?.slots.length === 0,
      async () => {
        // a lost election is not repeated by itself; an error says that it is under way
        if (performance.now() - askedAt < FAILOVER_REPEAT_MS) return;
        askedAt = performance.now();
        await ask().catch(() => undefined);
      },
      this.changeTimeoutMs,
    );
  }

  /**
   * Starts one more node and lets it join; resolves when the cluster is stable with it.
   *
   * @param options `replicaOf`: the primary it follows; without, it is a primary without slots
   */
  async addNode(
    options: { readonly replicaOf?: LocalRedisNode } = {},
  ): Promise<LocalRedisNode> {
    const { replicaOf } = options;
    const members = this.observer.running();
    const node = this.fleet.addNode(
      replicaOf === undefined ? 'primary' : 'replica',
    );
    this.fleet.launch(node);
    await node.untilAnswering();
    node.identify(String(await node.command('CLUSTER', 'MYID')));
    const { host, port } = node;
    // by every member: gossip alone would take some node timeouts
    for (const member of members) {
      await member.command('CLUSTER', 'MEET', host, port, port + 10_000);
    }
    if (replicaOf !== undefined) {
      await untilNoProblem(
        () =>
          node.command('CLUSTER', 'REPLICATE', replicaOf.id).then(
            () => undefined,
            (error: Error) => error.message,
          ),
        this.changeTimeoutMs,
      );
    }
    await this.waitUntilStable();
    return node;
  }

  /**
   * Ends a node and lets every running node forget it.
   *
   * @param node a replica, or a primary without slots and replicas
   */
  async removeNode(node: LocalRedisNode): Promise<void> {
    const { owners, records } = await this.observer.view();
    if (owners.includes(node.id)) {
      throw new ConfigurationError(
        `${node.address} owns slots: move them with migrateSlots first`,
      );
    }
    if ([...records.values()].some(({ primaryId }) => primaryId === node.id)) {
      throw new ConfigurationError(
        `${node.address} has replicas: remove them first`,
      );
    }
    await this.kill(node);
    this.fleet.nodes.splice(this.fleet.nodes.indexOf(node), 1);
    for (const member of this.observer.running()) {
      await member.command('CLUSTER', 'FORGET', node.id);
    }
  }

  /**
   * Moves slots with their keys from one primary to another; resolves when
   * every running node knows the new owner.
   *
   * @param slots one slot or several of the same owner
   * @param to the new owner
   * @param options `from`: the present owner, where it should not be asked for;
   *   `stopHalfway`: leaves the slots MIGRATING and IMPORTING, with all keys
   *   still at the source, for `moveKeys()` and `finish()` of the returned migration
   */
  async migrateSlots(
    slots: number | readonly number[],
    to: LocalRedisNode,
    options: {
      readonly from?: LocalRedisNode;
      readonly stopHalfway?: boolean;
    } = {},
  ): Promise<SlotMigration> {
    const list = typeof slots === 'number' ? [slots] : slots;
    const [first] = list;
    if (first === undefined) throw new ConfigurationError('No slots to move');
    const { owners } = await this.observer.view();
    const from = options.from ?? (await this.primaryOf(first));
    const foreign = list.find((slot) => owners[slot] !== from.id);
    if (foreign !== undefined || from === to) {
      throw new ConfigurationError(
        from === to
          ? `${to.address} owns slot ${first} already`
          : `${from.address} does not own slot ${foreign}`,
      );
    }
    const migration = new SlotMigration(list, from, to, {
      admin: this.fleet.adminAddress(to.port),
      replicatesSlots:
        this.serverVersion.kind === 'valkey' && this.serverVersion.major >= 8,
      settled: (moved, owner) =>
        this.observer.untilOwnedBy(
          owner,
          moved,
          // replicas are not told, they hear of it: once, and where that is
          // lost, by the ping that each node gets in half a node timeout
          this.changeTimeoutMs,
        ),
    });
    await migration.begin();
    if (options.stopHalfway !== true) await migration.finish();
    return migration;
  }

  /**
   * Resolves when the running nodes are in order: each says
   * `cluster_state:ok`, all agree on roles and slots, every replica is in sync, CLUSTER SLOTS
   * and CLUSTER SHARDS list every running node, and nodes that do not run are known to have failed.
   *
   * @param timeoutMs when to give up, in milliseconds; without, after a minute
   *   and four node timeouts
   * @throws Error with the first thing that is not so
   */
  async waitUntilStable(timeoutMs = this.changeTimeoutMs): Promise<void> {
    await untilStable(this.nodes, timeoutMs);
  }

  /** Deletes all keys (FLUSHALL on every primary that runs). */
  async flush(): Promise<void> {
    const primaries = await this.primaries();
    await Promise.all(
      primaries
        .filter(({ state }) => state === 'running')
        .map((node) => node.command('FLUSHALL', 'SYNC')),
    );
  }

  /** Ends all nodes and removes their files; resolves when nothing is left. */
  stop(): Promise<void> {
    this.stopping ??= this.fleet.release();
    return this.stopping;
  }

  /** The same as {@link stop}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  private get changeTimeoutMs(): number {
    return changeTimeoutMs(this.fleet.settings.nodeTimeoutMs);
  }

  private readonly lookup: LookupFunction = (hostname, options, callback) => {
    const { announceHostnames = '', host } = this.fleet.settings;
    if (!hostname.endsWith(announceHostnames)) {
      dnsLookup(hostname, options, callback);
      return;
    }
    const family = host.includes(':') ? 6 : 4;
    if (options.all === true) callback(null, [{ address: host, family }]);
    else callback(null, host, family);
  };
}
