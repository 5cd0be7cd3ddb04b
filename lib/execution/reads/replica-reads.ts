import type { Request } from '../../connection/request.js';
import type { NodeAddress } from '../../options/client-options.js';
import { clock } from '../../time/clock.js';
import { Call } from '../calls/call.js';
import type { ClusterNode } from '../cluster-node.js';
import type { ClusterNodes } from '../cluster-nodes.js';
import { noReplica } from '../calls/final-errors.js';
import type { ReadMember } from './read-member.js';
import type { ShardReaders } from './shard-readers.js';

/** While a shard's replicas are read, its nodes are asked this often how they are. */
const PROBE_INTERVAL_MS = 1_000;

/** A question that takes longer has no answer worth waiting for. */
const PROBE_TIMEOUT_MS = 5_000;

/** What is needed from the cluster around. */
export interface ReplicaReadsCluster {
  /** Whether replicas are read without anybody asking for it: they are connected before. */
  readonly fromNowOn: boolean;
  /** Something hints at a change of the topology. */
  refreshSoon(): void;
}

/**
 * Looks after the replicas that are read: keeps them connected, and asks them
 * whether they follow their primary, how far they are, and how long they take.
 *
 * INFO replication costs a server 5 µs, and is the only thing that tells a
 * replica that has lost its primary: it goes on serving what it has
 * (`replica-serve-stale-data`), however old that gets.
 */
export class ReplicaReads {
  private readonly shards = new Map<ShardReaders, readonly ReadMember[]>();
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly nodes: ClusterNodes,
    private readonly cluster: ReplicaReadsCluster,
  ) {}

  /**
   * Where a call reads now; undefined while no node serves its slot.
   *
   * @throws {NoReplicaError} where only replicas will do, and there is none
   * @throws whatever the application's own choice throws
   */
  route(call: Call): ClusterNode | undefined {
    const shard = this.nodes.readers[call.slot];
    const members = this.nodes.membersOf(call.slot);
    if (shard === undefined || members === undefined) return undefined;
    return this.choose(call, shard, members);
  }

  /**
   * Where a call that only replicas may answer is asked behind ASK; undefined
   * while nobody has described the shard that imports its slot.
   *
   * @param address the importing primary
   * @throws {NoReplicaError} where it has no replica
   */
  routeAsked(call: Call, address: NodeAddress): ClusterNode | undefined {
    const primary = this.nodes.at(address);
    const shard = this.nodes.readersAt(primary);
    if (shard !== undefined) {
      return this.choose(call, shard, shard.membersFor(primary));
    }
    this.cluster.refreshSoon();
    return undefined;
  }

  private choose(
    call: Call,
    shard: ShardReaders,
    members: readonly ReadMember[],
  ): ClusterNode {
    const member = call.reads!.choose(shard, members);
    if (!shard.used) this.use(shard, members);
    if (member === undefined) {
      this.cluster.refreshSoon();
      throw noReplica(call);
    }
    const { node, role } = member;
    call.readsReplica = role === 'replica';
    if (call.readsReplica && !node.readers.connected) node.readers.want();
    return node;
  }

  /** A shard's replicas are read from now on. */
  private use(shard: ShardReaders, members: readonly ReadMember[]): void {
    shard.used = true;
    if (this.closed || this.shards.has(shard)) return;
    this.shards.set(shard, members);
    this.probeAll(members);
    if (this.timer === undefined) {
      this.timer = setInterval(() => this.tick(), PROBE_INTERVAL_MS);
      this.timer.unref();
    }
  }

  /** The connection for reads of a replica is ready. */
  connected(node: ClusterNode): void {
    void probe(node, 'replica').then(() => this.returned());
  }

  /**
   * A replica can be read again: what waits for a node that is silent or away
   * need not. Each time that one returns, however often a read was sent before.
   */
  returned(): void {
    if (this.closed) return;
    for (const node of this.nodes.all()) {
      node.recallWaitingReads(
        (request) => this.canRepeat(request),
        'does not answer, and another node does again',
      );
    }
  }

  /**
   * A node owes replies and is silent: frozen, or only busy. Reads do no
   * harm when they are repeated, so what it owes is asked of others, once: what
   * takes so long everywhere must not go round. Scripts may take long, and
   * blocking commands do: they stay until the cluster has judged.
   */
  silent(node: ClusterNode): void {
    node.recallReads(
      (request) =>
        request instanceof Call &&
        request.attempts === 1 &&
        this.canRepeat(request),
      'does not answer',
    );
  }

  private canRepeat(call: Request): call is Call {
    return (
      call instanceof Call &&
      call.blocks === undefined &&
      !call.runsScript &&
      this.canReadElsewhere(call)
    );
  }

  /** The shards are others now; those that are read will tell. */
  topologyChanged(): void {
    this.shards.clear();
    const replicas = this.nodes.replicas();
    const reading = new Set(replicas.map(({ node }) => node));
    for (const node of this.nodes.all()) {
      if (!reading.has(node)) node.retireReaders();
    }
    for (const { node, healthy } of replicas) {
      if (!healthy) {
        node.recallReads(() => true, 'has failed, as the cluster says');
      } else if (this.cluster.fromNowOn) {
        node.readers.want();
      }
    }
  }

  close(): void {
    this.closed = true;
    this.shards.clear();
    clearInterval(this.timer);
  }

  /** Whether a read that a node owes would go to another one now. */
  private canReadElsewhere({ reads, node, slot }: Call): boolean {
    const members = this.nodes.membersOf(slot);
    if (reads === undefined || members === undefined) return false;
    try {
      return reads.eligible(members).some((member) => member.node !== node);
    } catch {
      // the application's own choice: the next attempt tells
      return false;
    }
  }

  private tick(): void {
    let trouble = false;
    for (const [shard, members] of this.shards) {
      if (!shard.used) {
        this.shards.delete(shard);
        continue;
      }
      shard.used = false;
      this.probeAll(members);
      // the cluster may know by now that it failed, or who is in its place
      trouble ||= members.some(
        ({ role, flagged, node }) =>
          role === 'replica' &&
          !flagged &&
          (node.readers.isSilent || !node.readers.connected),
      );
    }
    if (trouble) this.cluster.refreshSoon();
    if (this.shards.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private probeAll(members: readonly ReadMember[]): void {
    for (const { node, role } of members) {
      if (role === 'replica') node.readers.want();
      void probe(node, role);
    }
  }
}

/** Never rejects. */
async function probe(
  node: ClusterNode,
  role: ReadMember['role'],
): Promise<void> {
  const { vitals } = node;
  const connections = role === 'replica' ? node.readers : node;
  if (vitals.asked || !connections.connected || connections.isSilent) return;
  vitals.asked = true;
  // what it refuses from now on is newer than its answer
  const { refused } = vitals;
  const startedAt = performance.now();
  try {
    const { connection } = connections;
    const answer = connection.command(
      ['INFO', 'replication'],
      PROBE_TIMEOUT_MS,
    );
    const zone = vitals.zoneAsked
      ? undefined
      : connection.command(['INFO', 'server'], PROBE_TIMEOUT_MS);
    // what refuses both is told once
    zone?.catch(() => {});
    vitals.zoneAsked = true;
    const replication = String(await answer);
    vitals.answeredIn(performance.now() - startedAt);
    if (refused) vitals.refused = false;
    const isReplica = field(replication, 'role') === 'slave';
    vitals.linkUp =
      !isReplica || field(replication, 'master_link_status') === 'up';
    const offset = Number(
      field(
        replication,
        isReplica ? 'slave_repl_offset' : 'master_repl_offset',
      ),
    );
    vitals.offset = Number.isNaN(offset) ? undefined : offset;
    if (zone !== undefined) {
      // empty where the node was given none
      vitals.zone = field(String(await zone), 'availability_zone') || undefined;
    }
  } catch {
    // a user that may not ask INFO: reads themselves tell whether it serves them
    if (refused) vitals.refused = false;
    vitals.linkUp = true;
  } finally {
    vitals.asked = false;
    clock.expire();
  }
}

function field(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:([^\\r\\n]*)`, 'm').exec(info)?.[1];
}
