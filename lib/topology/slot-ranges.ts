import type { SlotRange } from './cluster-view.js';
import { SLOT_COUNT } from './cluster-topology.js';

/** Slots as `0-5460,7000`. */
export function formatSlots(slots: Iterable<number>): string {
  const sorted = [...slots].sort((one, other) => one - other);
  const ranges: string[] = [];
  for (let index = 0; index < sorted.length; index++) {
    const first = sorted[index]!;
    while (sorted[index + 1] === sorted[index]! + 1) index += 1;
    const last = sorted[index]!;
    ranges.push(first === last ? String(first) : `${first}-${last}`);
  }
  return ranges.join(',');
}

/** The slots in what {@link formatSlots} gave; undefined for anything else. */
export function parseSlots(text: string): number[] | undefined {
  const slots: number[] = [];
  if (text === '') return slots;
  for (const part of text.split(',')) {
    const range = parseRange(part);
    if (range === undefined) return undefined;
    for (let slot = range[0]; slot <= range[1]; slot++) slots.push(slot);
  }
  return slots.length > SLOT_COUNT ? undefined : slots;
}

function parseRange(text: string): SlotRange | undefined {
  const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  if (from === undefined) return undefined;
  const [first, last] = [Number(from), Number(to)];
  return first <= last && last < SLOT_COUNT ? [first, last] : undefined;
}
