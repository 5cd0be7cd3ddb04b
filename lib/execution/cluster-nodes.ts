import type { NodeSettings } from '../connection/node-connections.js';
import type { NodeAddress } from '../options/client-options.js';
import { formatAddress } from '../options/node-address.js';
import { RidesUnderWay } from '../replication/barrier/another-look.js';
import {
  SLOT_COUNT,
  type ClusterTopology,
  type TopologyNode,
  type TopologyShard,
} from '../topology/cluster-topology.js';
import { shardsInUse, type ShardsInUse } from '../topology/shards-in-use.js';
import { ClusterNode, type ClusterNodeListener } from './cluster-node.js';
import type { ReadMember } from './reads/read-member.js';
import { ShardReaders } from './reads/shard-readers.js';

/**
 * The nodes in use, by address (two nodes of the topology may share one behind
 * a proxy), and the owner of each slot.
 */
export class ClusterNodes {
  /** The owner of each slot: the first and only look-up of a routed command. */
  readonly owners: (ClusterNode | undefined)[] = Array.from({
    length: SLOT_COUNT,
  });
  /** What can be read instead of the owner of each slot. */
  readonly readers: (ShardReaders | undefined)[] = Array.from({
    length: SLOT_COUNT,
  });
  /** Counts the changes of owners. */
  changes = 0;
  private readonly nodes = new Map<string, ClusterNode>();
  /** By the address of the primary. */
  private readersOf = new Map<string, ShardReaders>();
  /** Those that were members of a topology. */
  private readonly described = new WeakSet<ClusterNode>();
  /** Out of use, with replies still to come. */
  private readonly leaving = new Set<ClusterNode>();
  private current: ClusterTopology = { version: 0, shards: [], spare: [] };
  /** The shards, and those of which a redirect has named the new primary already. */
  private shards: ShardsInUse = { current: [], replaced: [] };
  private readonly rides = new RidesUnderWay();
  /** The replicas of the present shards, by their primary, as far as a barrier has asked for them: each does. */
  private readonly replicasOf = new Map<string, readonly string[]>();

  constructor(
    private readonly settings: NodeSettings,
    private readonly listener: ClusterNodeListener,
    private readonly client: object,
    private readonly refreshSoon: (doubted: string) => void,
  ) {}

  /** What they are used by. */
  get topology(): ClusterTopology {
    return this.current;
  }

  /** The nodes in use, and those that leave. */
  all(): ClusterNode[] {
    return [...this.nodes.values(), ...this.leaving];
  }

  /** The nodes that can be read for a slot: its replicas, then its owner; undefined while none owns it. */
  membersOf(slot: number): readonly ReadMember[] | undefined {
    const owner = this.owners[slot];
    return owner === undefined
      ? undefined
      : this.readers[slot]?.membersFor(owner);
  }

  /** What can be read instead of a primary; undefined while no node has described it. */
  readersAt(primary: ClusterNode): ShardReaders | undefined {
    return this.readersOf.get(primary.label);
  }

  /** The node at an address; its connections are opened on first use. */
  at(address: NodeAddress): ClusterNode {
    const label = formatAddress(address);
    let node = this.nodes.get(label);
    if (node === undefined) {
      node = new ClusterNode(
        { host: address.host, port: address.port },
        this.settings,
        this.listener,
        this.client,
        {
          rides: this.rides,
          configuredReplicas: () => this.configuredReplicas(label),
          isMember: (candidate) => this.isMember(candidate),
          ownerOf: (slots) => this.ownerOf(slots)?.replication,
          doubt: () => this.refreshSoon(label),
        },
      );
      this.nodes.set(label, node);
    }
    return node;
  }

  /** Whether the topology has a node with this `host:port`. */
  isMember(label: string): boolean {
    const { shards, spare } = this.current;
    return [
      ...shards.flatMap((shard) => [shard.primary, ...shard.replicas]),
      ...spare,
    ].some((node) => node.address === label);
  }

  /** Whether any node is known to serve slots. */
  get known(): boolean {
    return this.current.shards.length > 0;
  }

  /** Whether a node serves slots. */
  isOwner(node: ClusterNode): boolean {
    return this.ownsSlots(node.label);
  }

  /** Whether the node at this `host:port` serves slots. */
  ownsSlots(label: string): boolean {
    return this.current.shards.some(({ primary }) => primary.address === label);
  }

  /**
   * Whether the cluster has given a node up: it serves no slots, and the others
   * say that it failed, or know it no more. One that a redirect named before
   * any node described it is only new.
   */
  isCondemned(node: ClusterNode): boolean {
    const { shards, spare } = this.current;
    const record = [
      ...shards.flatMap((shard) => shard.replicas),
      ...spare,
    ].find(({ address }) => address === node.label);
    if (this.isOwner(node)) return false;
    return record === undefined ? this.described.has(node) : !record.healthy;
  }

  /** The primaries that serve slots, each with one of its slots. */
  primaries(): { node: ClusterNode; slot: number; shard: TopologyShard }[] {
    return this.shards.current.map((shard) => ({
      node: this.at(shard.primary),
      slot: shard.slots[0]![0],
      shard,
    }));
  }

  /**
   * A slot by which a shard can be reached that was known before: one that its
   * primary serves by now, or the replica of it that was promoted.
   *
   * @returns undefined when none of them serves any slot
   */
  slotOf({ primary, replicas }: TopologyShard): number | undefined {
    const { shards } = this.current;
    const now =
      shards.find((shard) => isSameNode(shard.primary, primary)) ??
      shards.find((shard) =>
        replicas.some((replica) => isSameNode(shard.primary, replica)),
      );
    if (now === undefined) return undefined;
    for (const [first, last] of now.slots) {
      for (let slot = first; slot <= last; slot++) {
        // a redirect may have told more than the topology
        if (this.owners[slot]?.label === now.primary.address) return slot;
      }
    }
    return undefined;
  }

  /** The replicas, and whether each is not known to have failed. */
  replicas(): { node: ClusterNode; healthy: boolean }[] {
    const { current, replaced } = this.shards;
    // who was replaced follows, as far as anybody knows
    const former = replaced.map(({ primary }) => primary);
    return [...current.flatMap(({ replicas }) => replicas), ...former].map(
      (replica) => ({ node: this.at(replica), healthy: replica.healthy }),
    );
  }

  /** Routes by a new topology; nodes that serve no more hand back what they have not sent. */
  apply(topology: ClusterTopology): void {
    const before = this.current;
    this.current = topology;
    this.shards = shardsInUse(topology);
    this.replicasOf.clear();
    this.changes += 1;
    this.owners.fill(undefined);
    const readersNow: (ShardReaders | undefined)[] = [];
    this.readersOf = new Map();
    for (const shard of topology.shards) {
      const node = this.at(shard.primary);
      node.replication.gotSlots();
      const readers = new ShardReaders(shard, (address) => this.at(address));
      // of a node that only a redirect has named it is not known yet: the list stays
      const undescribed = shard.primary.id === '';
      if (!undescribed) this.readersOf.set(node.label, readers);
      for (const [first, last] of shard.slots) {
        for (let slot = first; slot <= last; slot++) {
          const kept = undescribed ? this.readers[slot] : undefined;
          this.owners[slot] = node;
          readersNow[slot] = kept ?? readers;
        }
      }
    }
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      this.readers[slot] = readersNow[slot];
    }
    this.retire(before);
  }

  /** Routes one slot at once; the topology with it follows. */
  route(slot: number, owner: NodeAddress): void {
    const node = this.at(owner);
    this.owners[slot] = node;
    // of a replica that was promoted the others are the replicas now: the list stays
    this.readers[slot] = this.readersOf.get(node.label) ?? this.readers[slot];
    this.changes += 1;
  }

  /** Takes every node out of use. */
  clear(): ClusterNode[] {
    const nodes = this.all();
    this.nodes.clear();
    this.leaving.clear();
    this.owners.fill(undefined);
    this.readers.fill(undefined);
    this.current = { ...this.current, shards: [], spare: [] };
    this.shards = shardsInUse(this.current);
    this.replicasOf.clear();
    return nodes;
  }

  private retire(before: ClusterTopology): void {
    const members = new Set(
      this.current.shards
        .flatMap((shard) => [shard.primary, ...shard.replicas])
        .concat(this.current.spare)
        .map((node) => node.address),
    );
    const owners = new Set(this.current.shards.map((s) => s.primary.address));
    for (const shard of before.shards) {
      const { address } = shard.primary;
      if (owners.has(address)) continue;
      const node = this.nodes.get(address);
      node?.replication.lostSlots();
      node?.release('no longer leads to the owner of its slots');
    }
    for (const [label, node] of this.nodes) {
      if (members.has(label)) {
        this.described.add(node);
        continue;
      }
      this.nodes.delete(label);
      this.leaving.add(node);
      node.replication.close();
      node.release('left the cluster');
      // what is in flight there has its reply first
      void node.end().then(() => this.leaving.delete(node));
    }
  }

  private configuredReplicas(label: string): readonly string[] {
    let replicas = this.replicasOf.get(label);
    if (replicas === undefined) {
      const shard = this.current.shards.find(
        ({ primary }) => primary.address === label,
      );
      replicas = shard?.replicas.map(({ address }) => address) ?? [];
      this.replicasOf.set(label, replicas);
    }
    return replicas;
  }

  /** The one node that serves all of these slots. */
  private ownerOf(slots: readonly number[]): ClusterNode | undefined {
    const owner = this.owners[slots[0] ?? -1];
    return slots.every((slot) => this.owners[slot] === owner)
      ? owner
      : undefined;
  }
}

/** By their ids, which stay when addresses change and are never used anew. */
function isSameNode(left: TopologyNode, right: TopologyNode): boolean {
  return left.id === '' || right.id === ''
    ? left.address === right.address
    : left.id === right.id;
}
