import type { CensusNode, SlotCensus } from '../../topology/slot-census.js';
import type { Arrival } from './pass-watch.js';

/** The slots of a scan that wait for a pass, some with what their next one builds on. */
export class OpenSlots {
  private readonly slots = new Map<number, Arrival | undefined>();

  get size(): number {
    return this.slots.size;
  }

  list(): number[] {
    return [...this.slots.keys()];
  }

  add(slots: Iterable<number>): void {
    for (const slot of slots) this.slots.set(slot, undefined);
  }

  /** Adds slots the source of which has been scanned. */
  follow(arrivals: Iterable<readonly [slot: number, arrival: Arrival]>): void {
    for (const [slot, arrival] of arrivals) this.slots.set(slot, arrival);
  }

  /** Takes slots out, for a pass. */
  take(slots: readonly number[]): Map<number, Arrival | undefined> {
    const taken = new Map<number, Arrival | undefined>();
    for (const slot of slots) {
      taken.set(slot, this.slots.get(slot));
      this.slots.delete(slot);
    }
    return taken;
  }

  /** What each node is to be scanned for next. */
  byNode(census: SlotCensus): Map<CensusNode, number[]> {
    const slots = new Map<CensusNode, number[]>();
    for (const slot of this.slots.keys()) {
      const node = this.nodeOf(slot, census);
      if (node === undefined) continue;
      const known = slots.get(node);
      if (known === undefined) slots.set(node, [slot]);
      else known.push(slot);
    }
    return slots;
  }

  /** A slot that no node which answers has. */
  unserved(census: SlotCensus): number | undefined {
    for (const slot of this.slots.keys()) {
      if (this.nodeOf(slot, census) === undefined) return slot;
    }
    return undefined;
  }

  /** A slot that has not kept on its way is scanned from its source again. */
  dropStale(census: SlotCensus): void {
    for (const [slot, arrival] of this.slots) {
      if (arrival === undefined) continue;
      const holder = census.holderOf(slot);
      const goesOn =
        holder?.owner === arrival.from && holder.taker === arrival.to;
      if (!goesOn) this.slots.set(slot, undefined);
    }
  }

  private nodeOf(slot: number, census: SlotCensus): CensusNode | undefined {
    const id = this.slots.get(slot)?.to ?? census.holderOf(slot)?.owner;
    return id === undefined ? undefined : census.nodes.get(id);
  }
}
