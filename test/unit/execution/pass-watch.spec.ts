import { describe, expect, it } from 'vitest';
import {
  PassWatch,
  type Arrival,
} from '../../../lib/execution/scans/pass-watch.js';
import type { ViewNode } from '../../../lib/topology/cluster-view.js';
import { SlotCensus, type Witness } from '../../../lib/topology/slot-census.js';

const SLOT = 7;

/** What a node says: whose the slot is, under which epoch, and who takes it. */
function witness(
  id: string,
  owner: { id: string; epoch: number },
  taker?: string,
): Witness {
  const node = (name: string): ViewNode => ({
    id: name,
    address: { host: '127.0.0.1', port: 1 },
    role: 'primary',
    primaryId: undefined,
    healthy: true,
    epoch: name === owner.id ? owner.epoch : 0,
    myself: name === id,
    slots: name === owner.id ? [[SLOT, SLOT]] : [],
    leaving: name === owner.id && taker !== undefined ? [[SLOT, taker]] : [],
  });
  return {
    address: id,
    runId: id,
    view: [...new Set([id, owner.id])].map((name) => node(name)),
  };
}

/** Every node says the same. */
function census(owner: string, taker?: string): SlotCensus {
  const said = { id: owner, epoch: 1 };
  return new SlotCensus(['A', 'B', 'C'].map((id) => witness(id, said, taker)));
}

/** The worth of a pass over A for the slot, by the looks at it. */
function worth(
  looks: readonly SlotCensus[],
  arrival?: Arrival,
): 'covered' | 'lost' | Arrival {
  const watch = new PassWatch('A', new Map([[SLOT, arrival]]));
  for (const look of looks) watch.observe(look);
  const { covered, arrivals, lost } = watch.settle(looks.at(-1)!);
  if (covered.length > 0) return 'covered';
  return lost.length > 0 ? 'lost' : arrivals[0]![1];
}

const fromB = { from: 'B', to: 'A' };

describe('a pass over node A', () => {
  it('covers a slot that was there at every look', () => {
    expect(worth([census('A'), census('A'), census('A')])).toBe('covered');
  });

  it.each([
    ['that has gone to B', [census('A'), census('B')]],
    ['that was handed over to B', [census('A', 'B'), census('B')]],
    ['that was B`s and came', [census('B'), census('A')]],
    ['the hand-over of which was called off', [census('A', 'B'), census('A')]],
    [
      'that was handed over to B and then to C',
      [census('A', 'B'), census('A', 'C')],
    ],
    ['that was away between', [census('A'), census('B'), census('A')]],
  ])('does not cover a slot %s', (_, looks) => {
    expect(worth(looks)).toBe('lost');
  });

  it('leaves the rest of a slot that is being handed over to a pass over the taker', () => {
    const rest = { from: 'A', to: 'B' };
    expect(worth([census('A', 'B'), census('A', 'B')])).toEqual(rest);
    expect(worth([census('A'), census('A', 'B')])).toEqual(rest);
  });

  it('covers a slot that arrives there, where its source was scanned before', () => {
    const arriving = census('B', 'A');
    expect(worth([arriving, arriving], fromB)).toBe('covered');
    expect(worth([arriving, census('A')], fromB)).toBe('covered');
  });

  it('does not cover a slot that has ceased to arrive', () => {
    const arriving = census('B', 'A');
    expect(worth([arriving, census('B')], fromB)).toBe('lost');
    expect(worth([arriving, census('B', 'C')], fromB)).toBe('lost');
    expect(worth([arriving, census('C')], fromB)).toBe('lost');
  });

  it('does not cover a slot that nobody served', () => {
    const nobody = new SlotCensus([]);
    expect(worth([census('A'), nobody])).toBe('lost');
  });
});

describe('a census', () => {
  it('believes the owner with the higher epoch, whoever tells of it', () => {
    const stale = witness('A', { id: 'A', epoch: 1 });
    const fresh = witness('C', { id: 'B', epoch: 2 });
    for (const said of [
      [stale, fresh],
      [fresh, stale],
    ]) {
      expect(new SlotCensus(said).holderOf(SLOT)?.owner).toBe('B');
    }
  });

  it('knows whether more than half of the owners have answered', () => {
    expect(census('A').isMajority).toBe(true);
    const other = witness('C', { id: 'A', epoch: 1 });
    expect(new SlotCensus([other]).isMajority).toBe(false);
    expect(new SlotCensus([]).isMajority).toBe(false);
  });
});
