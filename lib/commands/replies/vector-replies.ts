import type { ReplyTransform } from '../command-spec.js';
import { listOf, mapEntries } from './named-fields.js';
import { hasToken, scoreOf, textOf, type ReplyText } from './reply-text.js';

/** An element of a vector set that is like what was asked for. @publicApi */
export interface SimilarElement {
  /** The element. */
  readonly element: string;
  /** From 0 (opposite) to 1 (same direction); with `withscores`. */
  readonly score?: number;
  /** Its attributes as JSON text, null if it has none; with `withattribs`. */
  readonly attributes?: string | null;
}

/** A vector as it is stored. @publicApi */
export interface RawVector {
  /** `f32`, `int8` or `bin`. */
  readonly quantization: string;
  /** The bytes of the vector. */
  readonly data: Buffer;
  /** The length the vector had before it was normalized. */
  readonly norm: number;
  /** The range of `int8` values; only there. */
  readonly range?: number;
}

/** What a vector set is like. Newer servers tell more. @publicApi */
export interface VectorSetInfo {
  /** How vectors are stored: `f32`, `int8` or `bin`. */
  readonly quantType: string;
  /** Links per node of the graph. */
  readonly hnswM: number;
  /** The dimension of its vectors. */
  readonly vectorDim: number;
  /** The dimension before `reduce`; 0 if it was not reduced. */
  readonly projectionInputDim: number;
  /** How many elements. */
  readonly size: number;
  /** The highest layer of the graph. */
  readonly maxLevel: number;
  /** How many elements have attributes. */
  readonly attributesCount: number;
  /** The set's own number on its server. */
  readonly vsetUid: number;
  /** The highest number of a node of the graph. */
  readonly hnswMaxNodeUid: number;
}

/** VEMB: numbers, or the stored bytes with RAW. Always asked for as Buffers. */
export const vectorReply: ReplyTransform = (reply, args) => {
  if (!Array.isArray(reply)) return reply;
  if (!hasToken(args, 2, 'RAW')) return reply.map(scoreOf);
  const [quantization, data, norm, range] = reply as unknown[];
  return {
    quantization: textOf(quantization),
    data: data as Buffer,
    norm: scoreOf(norm),
    ...(range === undefined ? {} : { range: scoreOf(range) }),
  };
};

/**
 * VSIM: elements; with scores or attributes a flat list (RESP2) or a map
 * (RESP3), which loses the order of names that look like numbers. Scores give
 * it back: the nearest first.
 */
export const similarReply: ReplyTransform = (reply, args) => {
  const withScores = hasToken(args, 1, 'WITHSCORES');
  const withAttributes = hasToken(args, 1, 'WITHATTRIBS');
  if (!withScores && !withAttributes) return reply;
  const width = Number(withScores) + Number(withAttributes);
  const rows: [string, unknown[]][] = [];
  if (Array.isArray(reply)) {
    for (let at = 0; at + width < reply.length; at += width + 1) {
      rows.push([textOf(reply[at]), reply.slice(at + 1, at + 1 + width)]);
    }
  } else {
    for (const [name, value] of mapEntries(reply)) {
      rows.push([name, width === 2 ? (value as unknown[]) : [value]]);
    }
  }
  const elements = rows.map(([element, values]): SimilarElement => {
    const attributes = values[width - 1] as ReplyText | null;
    return {
      element,
      ...(withScores ? { score: scoreOf(values[0]) } : {}),
      ...(withAttributes
        ? { attributes: attributes === null ? null : textOf(attributes) }
        : {}),
    };
  });
  return withScores
    ? elements.sort((a, b) => (b.score ?? 0) - (a.score ?? 0))
    : elements;
};

/** VLINKS: the neighbours of every layer, with scores where asked for. */
export const linksReply: ReplyTransform = (reply, args) => {
  if (!hasToken(args, 2, 'WITHSCORES')) return reply;
  return listOf((layer: unknown) =>
    mapEntries(layer)
      .map(([element, score]) => ({ element, score: scoreOf(score) }))
      .sort((a, b) => b.score - a.score),
  )(reply, args);
};
