import type { ReplyTransform } from '../command-spec.js';
import { namedFields } from './named-fields.js';
import { hasToken, scoreOf, type ReplyText } from './reply-text.js';

/** What a Bloom filter is like. @publicApi */
export interface BloomFilterInfo {
  /** For how many items it is made. */
  readonly capacity: number;
  /** How many bytes it takes. */
  readonly size: number;
  /** Of how many filters it consists by now. */
  readonly numberOfFilters: number;
  /** How many different items were added. */
  readonly numberOfItemsInserted: number;
  /** How many times larger each further filter is; null if it does not grow. */
  readonly expansionRate: number | null;
}

/** What a cuckoo filter is like. @publicApi */
export interface CuckooFilterInfo {
  /** How many bytes it takes. */
  readonly size: number;
  /** How many buckets it has. */
  readonly numberOfBuckets: number;
  /** Of how many filters it consists by now. */
  readonly numberOfFilters: number;
  /** How many items were added. */
  readonly numberOfItemsInserted: number;
  /** How many items were removed. */
  readonly numberOfItemsDeleted: number;
  /** How many items a bucket holds. */
  readonly bucketSize: number;
  /** How many times larger each further filter is. */
  readonly expansionRate: number;
  /** How often items are moved before the filter grows. */
  readonly maxIterations: number;
}

/** A part of a filter. @publicApi */
export interface FilterChunk {
  /** For the next part; 0 when there is none, and then there is no data. */
  readonly iterator: number;
  /** The bytes of the part. */
  readonly data: Buffer | null;
}

/** What a count-min sketch is like. @publicApi */
export interface CountSketchInfo {
  /** How many counters a row has. */
  readonly width: number;
  /** How many rows. */
  readonly depth: number;
  /** All that was counted. */
  readonly count: number;
}

/** What a top-k list is like. @publicApi */
export interface TopListInfo {
  /** How many items it keeps. */
  readonly k: number;
  /** How many counters a row of its sketch has. */
  readonly width: number;
  /** How many rows. */
  readonly depth: number;
  /** How likely a small counter is to be driven off. */
  readonly decay: number;
}

/** An item of a top-k list. @publicApi */
export interface TopListItem<Text = string> {
  /** The item. */
  readonly item: Text;
  /** How often it was counted, estimated. */
  readonly count: number;
}

/** What a t-digest is like. @publicApi */
export interface DigestInfo {
  /** How exact it is. */
  readonly compression: number;
  /** How many centroids it can hold. */
  readonly capacity: number;
  /** How many centroids are merged. */
  readonly mergedNodes: number;
  /** How many are not. */
  readonly unmergedNodes: number;
  /** What the merged ones weigh. */
  readonly mergedWeight: number;
  /** What the others weigh. */
  readonly unmergedWeight: number;
  /** How many observations were added. */
  readonly observations: number;
  /** How often it was compressed. */
  readonly totalCompressions: number;
  /** How many bytes it takes. */
  readonly memoryUsage: number;
}

/** Facts that are all numbers, under names in words: `Number of filters`. */
export const sketchInfo: ReplyTransform = (reply) => {
  const facts = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of Object.entries(namedFields(reply))) {
    facts[name.charAt(0).toLowerCase() + name.slice(1)] =
      value === null ? null : scoreOf(value);
  }
  return facts;
};

/** BF.INFO: all facts, or the one that was asked for, in a list or under its name. */
export const oneFactReply: ReplyTransform = (reply, args) => {
  if (args.length < 2) return sketchInfo(reply, args);
  if (Array.isArray(reply)) return (reply as unknown[]).at(-1);
  return typeof reply === 'object' && reply !== null
    ? Object.values(reply)[0]
    : reply;
};

/** BF.SCANDUMP, CF.SCANDUMP. Always asked for as Buffers. */
export const filterChunk: ReplyTransform = (reply) => {
  if (!Array.isArray(reply)) return reply;
  const [iterator, data] = reply as [number, Buffer | null];
  return { iterator, data: data?.length ? data : null };
};

/** TOPK.LIST: items, with WITHCOUNT each before its count. */
export const topListReply: ReplyTransform = (reply, args) => {
  if (!Array.isArray(reply) || !hasToken(args, 1, 'WITHCOUNT')) return reply;
  const items: TopListItem<ReplyText>[] = [];
  for (let at = 0; at + 1 < reply.length; at += 2) {
    items.push({
      item: reply[at] as ReplyText,
      count: scoreOf(reply[at + 1]),
    });
  }
  return items;
};
