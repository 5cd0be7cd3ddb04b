import { isDeepStrictEqual } from 'node:util';
import type { NodeAddress } from '../options/client-options.js';
import { formatAddress } from '../options/node-address.js';
import {
  SLOT_COUNT,
  type ClusterTopology,
  type TopologyNode,
  type TopologyShard,
} from './cluster-topology.js';
import type { ClusterView, SlotRange, ViewNode } from './cluster-view.js';

/** Nothing has claimed the slot yet. */
const NO_EPOCH = -1;

/** What became of a view: `disbelieved` when it takes two to be believed (another cluster, or no epochs) and nobody else says so yet. */
export type Applied = 'changed' | 'unchanged' | 'disbelieved';

/**
 * The slot map, built from the views of many nodes.
 *
 * Epochs are compared per slot, since a view is newer for one shard and older
 * for another: every change of a slot's owner gave the new owner a higher
 * configuration epoch, so no older owner can come back.
 */
export class TopologyMap {
  private readonly owners: (TopologyNode | undefined)[] = Array.from({
    length: SLOT_COUNT,
  });
  private readonly epochs = new Float64Array(SLOT_COUNT).fill(NO_EPOCH);
  private nodes = new Map<string, ViewNode>();
  /** The same by `host:port`, for redirects: they come by the thousand. */
  private byAddress = new Map<string, ViewNode>();
  private readonly strangers = new Set<string>();
  /** What nodes without epochs said against the map, by source. */
  private readonly unconfirmed = new Map<string, string>();
  private rivals = new Map<string, NodeAddress>();
  private current: ClusterTopology = { version: 0, shards: [], spare: [] };

  /** The snapshot as it stands. */
  get topology(): ClusterTopology {
    return this.current;
  }

  /** The node that serves `slot`; undefined when none does. */
  ownerOf(slot: number): TopologyNode | undefined {
    return this.owners[slot];
  }

  /** The epoch under which `slot`'s owner holds it; -1 where none is known. */
  epochOf(slot: number): number {
    return this.epochs[slot]!;
  }

  /**
   * Takes in what one node said.
   *
   * @param soleAnswer whether no other node answered
   */
  apply(view: ClusterView, soleAnswer = false): Applied {
    if (view.nodes.length === 0) return 'unchanged';
    if (this.isAnotherCluster(view)) {
      // one node alone may be mistaken, or another's by now; two are believed
      this.strangers.add(view.source);
      if (this.strangers.size < 2 && !soleAnswer) return 'disbelieved';
      this.forgetAll();
    }
    this.strangers.clear();
    if (!soleAnswer && this.needsConfirmation(view)) return 'disbelieved';
    this.unconfirmed.clear();
    this.rivals.clear();
    const claimed = new Uint8Array(SLOT_COUNT);
    let newest = NO_EPOCH;
    for (const node of view.nodes) {
      if (node.epoch !== undefined) newest = Math.max(newest, node.epoch);
      if (node.role === 'primary') this.claim(node, claimed);
    }
    this.forgetUnclaimed(claimed, newest);
    this.hold(this.mergeNodes(view));
    return this.publish() ? 'changed' : 'unchanged';
  }

  /**
   * Nodes that the last view calls the owner of slots which a redirect gave to
   * others, under one epoch: only they can tell who is right.
   */
  get disputed(): readonly NodeAddress[] {
    return [...this.rivals.values()];
  }

  /**
   * A redirect named the owner of one slot: it alone changes, and keeps its
   * epoch until a view tells the new one. The snapshot follows with
   * {@link publish}: thousands of slots may be redirected at once.
   *
   * @returns the new owner; undefined where it is no news
   */
  patch(slot: number, address: NodeAddress): TopologyNode | undefined {
    const label = formatAddress(address);
    if (this.owners[slot]?.address === label) return undefined;
    const owner = toTopologyNode(
      this.byAddress.get(label) ?? {
        id: '',
        address,
        role: 'primary',
        primaryId: undefined,
        healthy: true,
        epoch: undefined,
        myself: false,
        slots: [],
      },
      'primary',
    );
    this.owners[slot] = owner;
    return owner;
  }

  private claim(node: ViewNode, claimed: Uint8Array): void {
    const owner = toTopologyNode(node, 'primary');
    for (const [first, last] of node.slots) {
      for (let slot = first; slot <= last && slot < SLOT_COUNT; slot++) {
        claimed[slot] = 1;
        if (!this.accepts(slot, node)) continue;
        this.owners[slot] = owner;
        this.epochs[slot] = node.epoch ?? NO_EPOCH;
      }
    }
  }

  private accepts(slot: number, node: ViewNode): boolean {
    const held = this.owners[slot];
    const epoch = this.epochs[slot]!;
    if (held === undefined || node.epoch === undefined) return true;
    if (held.id === node.id) return node.epoch >= epoch;
    // of two owners with one epoch, the one that says so of itself is right
    if (node.epoch === epoch && !node.myself) {
      this.rivals.set(node.id, node.address);
    }
    return node.epoch > epoch || (node.epoch === epoch && node.myself);
  }

  /** Slots that a view at least as new leaves uncovered have no owner any more. */
  private forgetUnclaimed(claimed: Uint8Array, newest: number): void {
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      if (claimed[slot] === 0 && this.epochs[slot]! <= newest) {
        this.owners[slot] = undefined;
        this.epochs[slot] = NO_EPOCH;
      }
    }
  }

  /** The view's nodes, and those that still own a slot although the view does not know it yet. */
  private mergeNodes(view: ClusterView): Map<string, ViewNode> {
    const merged = new Map(view.nodes.map((node) => [node.id, node]));
    for (const owner of new Set(this.owners)) {
      if (owner === undefined || merged.has(owner.id)) continue;
      const known = this.nodes.get(owner.id);
      if (known !== undefined) merged.set(owner.id, known);
    }
    return merged;
  }

  /** None of the nodes held is in the view: a rebuilt cluster, or a node that was moved to another. */
  private isAnotherCluster(view: ClusterView): boolean {
    return (
      this.nodes.size > 0 && !view.nodes.some((node) => this.nodes.has(node.id))
    );
  }

  /**
   * Without epochs (CLUSTER NODES is refused) nothing tells an old view from a
   * new one: what contradicts the map is believed when another node says the same.
   */
  private needsConfirmation(view: ClusterView): boolean {
    if (view.nodes.some((node) => node.epoch !== undefined)) return false;
    const claims = claimsOf(view);
    if (this.nodes.size === 0 || !this.contradicts(view)) return false;
    const confirmed = [...this.unconfirmed].some(
      ([source, said]) => source !== view.source && said === claims,
    );
    this.unconfirmed.set(view.source, claims);
    return !confirmed;
  }

  /** Whether the view gives a slot that has an owner to another node, or to none. */
  private contradicts(view: ClusterView): boolean {
    const claimed = Array.from<string | undefined>({ length: SLOT_COUNT });
    for (const node of view.nodes) {
      const label = formatAddress(node.address);
      for (const [first, last] of node.slots) {
        claimed.fill(label, first, last + 1);
      }
    }
    return this.owners.some(
      (owner, slot) => owner !== undefined && owner.address !== claimed[slot],
    );
  }

  private forgetAll(): void {
    this.owners.fill(undefined);
    this.epochs.fill(NO_EPOCH);
    this.hold(new Map());
  }

  private hold(nodes: Map<string, ViewNode>): void {
    this.nodes = nodes;
    this.byAddress = new Map(
      [...nodes.values()].map((node) => [formatAddress(node.address), node]),
    );
  }

  /**
   * Brings the snapshot up to date.
   *
   * @returns whether it changed
   */
  publish(): boolean {
    const { shards, spare } = this.describe();
    const unchanged =
      isDeepStrictEqual(shards, this.current.shards) &&
      isDeepStrictEqual(spare, this.current.spare);
    if (unchanged) return false;
    this.current = { version: this.current.version + 1, shards, spare };
    return true;
  }

  /** The nodes held: replicas by their primary's id, and primaries. */
  private members() {
    const replicas = new Map<string, TopologyNode[]>();
    const primaries: TopologyNode[] = [];
    for (const node of this.nodes.values()) {
      if (node.role === 'primary') {
        primaries.push(toTopologyNode(node, 'primary'));
      } else if (node.primaryId !== undefined) {
        const siblings = replicas.get(node.primaryId);
        const replica = toTopologyNode(node, 'replica');
        if (siblings === undefined) replicas.set(node.primaryId, [replica]);
        else siblings.push(replica);
      }
    }
    return { replicas, primaries: sorted(primaries) };
  }

  /**
   * The replicas of some primaries that are one by address, each once. A
   * primary that a redirect named while the last view still calls it a replica
   * has been promoted: the replicas of its own primary are its own now, or soon.
   */
  private replicasOf(
    owners: readonly TopologyNode[],
    replicas: ReadonlyMap<string, readonly TopologyNode[]>,
  ): TopologyNode[] {
    const address = owners[0]!.address;
    const primaries = owners.map(
      ({ id }) => this.nodes.get(id)?.primaryId ?? id,
    );
    const found = [...new Set(primaries)].flatMap(
      (id) => replicas.get(id) ?? [],
    );
    return sorted(found.filter((node) => node.address !== address));
  }

  private describe(): Omit<ClusterTopology, 'version'> {
    // by address: behind a proxy, several primaries may share one
    const ranges = new Map<
      string,
      { owners: Set<TopologyNode>; slots: SlotRange[] }
    >();
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      const owner = this.owners[slot];
      if (owner === undefined) continue;
      const entry = ranges.get(owner.address) ?? {
        owners: new Set(),
        slots: [],
      };
      const first = slot;
      entry.owners.add(owner);
      while (this.owners[slot + 1]?.address === owner.address) {
        entry.owners.add(this.owners[++slot]!);
      }
      entry.slots.push([first, slot]);
      ranges.set(owner.address, entry);
    }
    const { replicas, primaries } = this.members();
    const shards: TopologyShard[] = [...ranges.values()].map((entry) => {
      const owners = [...entry.owners];
      return {
        slots: entry.slots,
        // one that a redirect named has no id until a view describes it
        primary: owners.find((owner) => owner.id !== '') ?? owners[0]!,
        replicas: this.replicasOf(owners, replicas),
      };
    });
    const spare = primaries.filter(({ address }) => !ranges.has(address));
    return { shards, spare };
  }
}

/** Every node lists the others in an order of its own: that is no change. */
function sorted(nodes: TopologyNode[]): TopologyNode[] {
  return nodes.sort((left, right) =>
    left.address < right.address ? -1 : left.address > right.address ? 1 : 0,
  );
}

function toTopologyNode(
  node: ViewNode,
  role: TopologyNode['role'],
): TopologyNode {
  return {
    id: node.id,
    host: node.address.host,
    port: node.address.port,
    address: formatAddress(node.address),
    role,
    healthy: node.healthy,
    zone: node.zone,
  };
}

/** Who has which slots, the same for views that agree on it. */
function claimsOf(view: ClusterView): string {
  return view.nodes
    .filter((node) => node.slots.length > 0)
    .map(({ address, slots }) => `${formatAddress(address)} ${slots.join(' ')}`)
    .toSorted()
    .join('\n');
}
