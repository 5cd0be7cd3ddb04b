import type { ReplyTransform } from '../command-spec.js';
import { mapReply } from './hash-replies.js';

/** Where a part that both strings share stands in each. @publicApi */
export interface LcsMatch {
  /** First and last byte in the first string. */
  readonly key1: readonly [start: number, end: number];
  /** First and last byte in the second string. */
  readonly key2: readonly [start: number, end: number];
  /** The length of the part; only with `withmatchlen`. */
  readonly length?: number;
}

/** LCS with `idx`. @publicApi */
export interface LcsMatches {
  /** The parts, from the end of the strings to their start. */
  readonly matches: LcsMatch[];
  /** The length of the whole common subsequence. */
  readonly len: number;
}

type Range = readonly [number, number];

/** LCS: text, a length, or with IDX the places of the parts. */
export const lcsReply: ReplyTransform = (reply, args) => {
  // only IDX gives an aggregate; bytes are an object too
  if (typeof reply !== 'object' || reply === null || Buffer.isBuffer(reply)) {
    return reply;
  }
  const { matches, len } = mapReply(reply, args) as {
    matches: [Range, Range, number?][];
    len: number;
  };
  return {
    matches: matches.map(([key1, key2, length]) =>
      length === undefined ? { key1, key2 } : { key1, key2, length },
    ),
    len,
  };
};
