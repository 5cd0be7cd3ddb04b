import type { CommandSpec } from '../../commands/command-spec.js';
import { mergeSplit } from '../../routing/merge-replies.js';
import type { SplitPart } from '../../routing/split.js';
import { shapeMerged } from '../calls/reply-shape.js';

/** A part of a split that a node applied. */
export interface AppliedPart {
  /** `host:port`. */
  readonly node: string;
  readonly part: SplitPart;
  readonly reply: unknown;
}

/** What each node replied to its parts of a split, which are several where it serves several of the slots. */
export function repliesByNode(
  spec: CommandSpec,
  applied: readonly AppliedPart[],
  format: number,
): Record<string, unknown> {
  const partsOf = new Map<string, AppliedPart[]>();
  for (const one of applied) {
    const own = partsOf.get(one.node);
    if (own === undefined) partsOf.set(one.node, [one]);
    else own.push(one);
  }
  const replies = Object.create(null) as Record<string, unknown>;
  for (const [node, own] of partsOf) {
    replies[node] = shapeMerged(spec, mergedOf(spec, own), format);
  }
  return replies;
}

/** As if the node's keys had been all keys. */
function mergedOf(spec: CommandSpec, own: readonly AppliedPart[]): unknown {
  const order = own
    .flatMap(({ part }) => part.positions)
    .toSorted((left, right) => left - right);
  const places = new Map(order.map((position, place) => [position, place]));
  const parts = own.map(({ part }) => ({
    ...part,
    positions: part.positions.map((position) => places.get(position)!),
  }));
  const replies = own.map(({ reply }) => reply);
  try {
    return mergeSplit(spec, parts, replies, order.length);
  } catch {
    // they do not agree, or are of no kind that merges
    return replies;
  }
}
