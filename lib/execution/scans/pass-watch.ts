import type { SlotCensus, SlotHolder } from '../../topology/slot-census.js';

/** A slot on its way, the source of which has been scanned: its rest lies at the target. */
export interface Arrival {
  readonly from: string;
  readonly to: string;
}

/** Where a slot was seen, from the beginning of a pass to the last look. */
type Track =
  | 'here'
  /** It is handed over to this node, or has been. */
  | { readonly leavingTo: string }
  /** The node takes it over from this one, which was scanned before. */
  | { readonly arrivingFrom: string };

/** What a pass over one node is worth, slot by slot. */
export interface PassResult {
  /** Every key that existed throughout was on the node at each page. */
  readonly covered: number[];
  /** The node has been scanned, and what it handed over lies at the taker. */
  readonly arrivals: [slot: number, arrival: Arrival][];
  /** Nothing is proven. */
  readonly lost: number[];
}

/**
 * Watches the slots of a pass over one node: whether a key could have been
 * elsewhere when its turn came.
 *
 * A pass is a whole iteration of SCAN by one process. It returns every key
 * that was on the node at each of its pages (the server's promise). So a pass
 * covers a slot when all keys of it that existed throughout were on the node
 * all the time:
 *
 * - the node owned the slot and was not handing it over, at every look; or
 * - the slot was being handed over to the node, at every look, and the node it
 *   comes from had been scanned before, from a time when it had the slot. A
 *   key moves one way only, so it was at the source during the whole of that
 *   pass, and was returned; or it had been moved before the end of it, and was
 *   here during the whole of this one.
 *
 * The looks are taken before the first page, behind the last one, and in
 * between, a second apart. What changed hands for good between two looks shows
 * at the next one: the owner is another, or its configuration epoch is (a node
 * that was demoted and promoted, or gave a slot and got it back, has a new
 * one), and then the pages between the two looks are read again. Nothing shows
 * only of a hand-over that began, moved keys, moved them back and was called
 * off, all between two looks.
 */
export class PassWatch {
  private readonly tracks = new Map<number, Track>();
  private readonly lost: number[] = [];

  /** @param slots the slots of the pass; with the arrival of one that is not the node's yet */
  constructor(
    private readonly node: string,
    slots: ReadonlyMap<number, Arrival | undefined>,
  ) {
    for (const [slot, arrival] of slots) {
      const arrives = arrival?.to === node;
      this.tracks.set(slot, arrives ? { arrivingFrom: arrival.from } : 'here');
    }
  }

  /** Takes a look. */
  observe(census: SlotCensus): void {
    for (const [slot, track] of this.tracks) {
      const next = this.step(track, census.holderOf(slot));
      if (next === undefined) {
        this.tracks.delete(slot);
        this.lost.push(slot);
      } else if (next !== track) {
        this.tracks.set(slot, next);
      }
    }
  }

  /** The slots that are still watched. */
  get slots(): Iterable<number> {
    return this.tracks.keys();
  }

  /** Whether a slot is watched, in any way. */
  has(slot: number): boolean {
    return this.tracks.has(slot);
  }

  /** The slots that were here at every look, and the others that are not covered yet. */
  split(): { here: number[]; others: number[] } {
    const here: number[] = [];
    const others = [...this.lost];
    for (const [slot, track] of this.tracks) {
      (track === 'here' ? here : others).push(slot);
    }
    return { here, others };
  }

  /** Takes out slots which are through already and were here all the time. */
  release(isThrough: (slot: number) => boolean): void {
    for (const [slot, track] of this.tracks) {
      if (track === 'here' && isThrough(slot)) this.tracks.delete(slot);
    }
  }

  /** What the pass was worth, by the look behind its last page. */
  settle(census: SlotCensus): PassResult {
    const covered: number[] = [];
    const arrivals: [number, Arrival][] = [];
    const lost = [...this.lost];
    for (const [slot, track] of this.tracks) {
      if (track === 'here' || 'arrivingFrom' in track) {
        covered.push(slot);
      } else if (census.holderOf(slot)?.owner === this.node) {
        arrivals.push([slot, { from: this.node, to: track.leavingTo }]);
      } else {
        // the taker has all of it by now, and is scanned like any owner
        lost.push(slot);
      }
    }
    return { covered, arrivals, lost };
  }

  private step(
    track: Track,
    holder: SlotHolder | undefined,
  ): Track | undefined {
    if (holder === undefined) return undefined;
    const { owner, taker } = holder;
    const leaving =
      track !== 'here' && 'leavingTo' in track ? track.leavingTo : undefined;
    if (track !== 'here' && 'arrivingFrom' in track && owner !== this.node) {
      const goesOn = track.arrivingFrom === owner && taker === this.node;
      return goesOn ? track : undefined;
    }
    const to = owner === this.node ? taker : owner;
    if (to === undefined) {
      // called off: keys may have come back behind our back
      return leaving === undefined ? 'here' : undefined;
    }
    if (leaving === to) return track;
    return leaving === undefined ? { leavingTo: to } : undefined;
  }
}
