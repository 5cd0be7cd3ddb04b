import { SLOT_COUNT } from './cluster-topology.js';
import type { ViewNode } from './cluster-view.js';

/** What one primary said of itself and of the others. */
export interface Witness {
  /** Where it was asked, as `host:port`. */
  readonly address: string;
  /** Its process; another after a restart. */
  readonly runId: string;
  readonly view: readonly ViewNode[];
}

/** Who has the keys of a slot. */
export interface SlotHolder {
  /** The id of the owner. */
  readonly owner: string;
  /** The node to which the owner is handing the slot over: its keys are on both. */
  readonly taker: string | undefined;
}

/** A node that answered. */
export interface CensusNode {
  readonly id: string;
  readonly address: string;
  readonly runId: string;
  /** Its configuration epoch: another after each promotion, and after taking slots. */
  readonly epoch: number;
}

/**
 * Who holds which slot at one moment, from the mouths of the primaries
 * themselves, all asked behind that moment. The client's own map will not do
 * for scans: it may lag, and no redirect corrects a SCAN.
 *
 * Of two owners the one with the higher epoch is right, as everywhere. Slots
 * on the move are believed of their owner alone, since nobody else knows.
 */
export class SlotCensus {
  /** The primaries that answered, by id. */
  readonly nodes: ReadonlyMap<string, CensusNode>;
  /**
   * Whether more than half of the slots' owners answered. A primary that was
   * cut off and replaced does not know it; but a replica is promoted by the
   * votes of a majority, so that one of these knows.
   */
  readonly isMajority: boolean;
  private readonly owners: (ViewNode | undefined)[] = Array.from({
    length: SLOT_COUNT,
  });
  private readonly takers = new Map<string, ReadonlyMap<number, string>>();

  constructor(private readonly witnesses: readonly Witness[]) {
    const nodes = new Map<string, CensusNode>();
    for (const { address, runId, view } of witnesses) {
      for (const node of view) {
        if (node.role !== 'primary') continue;
        this.claim(node);
        if (!node.myself) continue;
        const { id, epoch = 0 } = node;
        nodes.set(id, { id, address, runId, epoch });
        this.takers.set(id, new Map(node.leaving));
      }
    }
    this.nodes = nodes;
    const owners = new Set(this.owners.map((owner) => owner?.id));
    owners.delete(undefined);
    const answered = [...owners].filter((id) => nodes.has(id!)).length;
    this.isMajority = answered * 2 > owners.size;
  }

  /** Undefined where no node serves the slot. */
  holderOf(slot: number): SlotHolder | undefined {
    const owner = this.owners[slot]?.id;
    if (owner === undefined) return undefined;
    return { owner, taker: this.takers.get(owner)?.get(slot) };
  }

  /** How many slots a node owns. */
  countOf(id: string): number {
    let count = 0;
    for (const owner of this.owners) if (owner?.id === id) count += 1;
    return count;
  }

  /** The addresses of those who call another the owner of some slot: they are behind the times. */
  mistaken(): string[] {
    const isWrong = ({ id, role, slots }: ViewNode): boolean =>
      role === 'primary' &&
      slots.some(([first, last]) => {
        for (let slot = first; slot <= last && slot < SLOT_COUNT; slot++) {
          if (this.owners[slot]?.id !== id) return true;
        }
        return false;
      });
    return this.witnesses
      .filter(({ view }) => view.some(isWrong))
      .map(({ address }) => address);
  }

  private claim(node: ViewNode): void {
    for (const [first, last] of node.slots) {
      for (let slot = first; slot <= last && slot < SLOT_COUNT; slot++) {
        const held = this.owners[slot];
        const epoch = node.epoch ?? 0;
        const heldEpoch = held?.epoch ?? -1;
        if (epoch > heldEpoch || (epoch === heldEpoch && node.myself)) {
          this.owners[slot] = node;
        }
      }
    }
  }
}
