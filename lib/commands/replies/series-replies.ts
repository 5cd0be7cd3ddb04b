import type { ReplyTransform } from '../command-spec.js';
import { listOf, mapEntries, namedFields } from './named-fields.js';
import { scoreOf, textOf } from './reply-text.js';

/** A sample of a time series. @publicApi */
export interface TimeSeriesSample {
  /** Unix time in milliseconds. */
  readonly timestamp: number;
  /** The value; may be NaN. */
  readonly value: number;
}

/** The labels of a time series: those that were asked for; null where it has no such label. @publicApi */
export type TimeSeriesLabels = Record<string, string | null>;

/** A time series with its last sample. @publicApi */
export interface LabelledSample {
  /** The time series. */
  readonly key: string;
  /** Its labels; none unless asked for. */
  readonly labels: TimeSeriesLabels;
  /** Its last sample; null if it has none. */
  readonly sample: TimeSeriesSample | null;
}

/** A time series, or with `groupby` a group of them, with samples. @publicApi */
export interface LabelledSamples {
  /** The time series; of a group the label with its value (`area=north`). */
  readonly key: string;
  /** Its labels; none unless asked for. */
  readonly labels: TimeSeriesLabels;
  /** The samples. */
  readonly samples: TimeSeriesSample[];
  /** Of a group: the time series it was made of, where the server tells. */
  readonly sources?: string[];
}

/** The values of several time series at one time. @publicApi */
export interface PivotedSamples {
  /** Unix time in milliseconds. */
  readonly timestamp: number;
  /** In the order of the keys, and of their aggregators; NaN where there is none. */
  readonly values: number[];
}

/** A rule that aggregates samples into another time series. @publicApi */
export interface CompactionRule {
  /** The other time series. */
  readonly destination: string;
  /** How many milliseconds a bucket takes. */
  readonly bucketDuration: number;
  /** What becomes of the samples of a bucket, in upper case. */
  readonly aggregator: string;
  /** The time that buckets begin at. */
  readonly alignTimestamp: number;
}

/** What a time series is like. Newer servers tell more. @publicApi */
export interface TimeSeriesInfo {
  /** How many samples it has. */
  readonly totalSamples: number;
  /** How many bytes it takes. */
  readonly memoryUsage: number;
  /** Unix time in milliseconds of the first sample; 0 if there is none. */
  readonly firstTimestamp: number;
  /** Of the last sample; 0 if there is none. */
  readonly lastTimestamp: number;
  /** How many milliseconds samples are kept; 0 for ever. */
  readonly retentionTime: number;
  /** How many chunks it has. */
  readonly chunkCount: number;
  /** How many bytes a chunk takes. */
  readonly chunkSize: number;
  /** `compressed` or `uncompressed`. */
  readonly chunkType: string;
  /** What becomes of a second sample at a timestamp; null if nothing was said. */
  readonly duplicatePolicy: string | null;
  /** Its labels. */
  readonly labels: Record<string, string>;
  /** The time series it is a compaction of; null if it is none. */
  readonly sourceKey: string | null;
  /** The rules that aggregate it. */
  readonly rules: CompactionRule[];
  /** Its chunks; with `debug`. */
  readonly chunks?: Record<string, unknown>[];
}

const sampleOf = (sample: unknown): TimeSeriesSample => {
  const [timestamp, value] = sample as [number, unknown];
  return { timestamp, value: scoreOf(value) };
};

/** One sample, an empty list if there is none. */
const sampleOrNull = (reply: unknown): TimeSeriesSample | null =>
  Array.isArray(reply) && reply.length > 0 ? sampleOf(reply) : null;

/** TS.GET. */
export const lastSample: ReplyTransform = sampleOrNull;

/** TS.RANGE and its kind: values are doubles, in RESP2 as text. */
export const samplesReply: ReplyTransform = (reply) =>
  reply === null ? [] : listOf(sampleOf)(reply, []);

/** TS.NRANGE. */
export const pivotReply = listOf((row: unknown): PivotedSamples => {
  const [timestamp, values] = row as [number, unknown[]];
  return { timestamp, values: values.map(scoreOf) };
});

/** Labels: pairs (RESP2) or a map (RESP3). */
function labelsOf(labels: unknown): TimeSeriesLabels {
  const pairs = Array.isArray(labels)
    ? (labels as [unknown, unknown][])
    : mapEntries(labels);
  const map = Object.create(null) as TimeSeriesLabels;
  for (const [name, value] of pairs) {
    map[textOf(name)] = value === null ? null : textOf(value);
  }
  return map;
}

/** What there is per key: a list (RESP2), or a map (RESP3). */
function seriesOf(reply: unknown): [key: string, facts: unknown[]][] {
  return Array.isArray(reply)
    ? (reply as unknown[][]).map(([key, ...facts]) => [textOf(key), facts])
    : mapEntries(reply).map(([key, facts]) => [key, facts as unknown[]]);
}

/** TS.MGET: key, labels and sample. */
export const lastSamples: ReplyTransform = (reply) =>
  seriesOf(reply).map(([key, [labels, sample]]): LabelledSample => ({
    key,
    labels: labelsOf(labels),
    sample: sampleOrNull(sample),
  }));

/**
 * TS.MRANGE: key, labels and samples. Of groups RESP3 puts reducers and sources
 * between them, RESP2 gives them as two more labels.
 */
export const manySamples: ReplyTransform = (reply) =>
  seriesOf(reply).map(([key, facts]): LabelledSamples => {
    const labels = labelsOf(facts[0]);
    const sources = sourcesOf(labels, facts);
    delete labels['__reducer__'];
    delete labels['__source__'];
    return {
      key,
      labels,
      samples: (facts.at(-1) as unknown[]).map(sampleOf),
      ...(sources === undefined ? {} : { sources }),
    };
  });

function sourcesOf(
  labels: TimeSeriesLabels,
  facts: unknown[],
): string[] | undefined {
  const listed = labels['__source__'];
  if (typeof listed === 'string') return listed.split(',');
  for (const fact of facts.slice(1, -1)) {
    for (const [name, value] of mapEntries(fact)) {
      if (name === 'sources') return (value as unknown[]).map(textOf);
    }
  }
  return undefined;
}

/** TS.INFO. */
export const seriesInfo: ReplyTransform = (reply) => {
  const { Chunks: chunks, ...facts } = namedFields(reply);
  return {
    ...facts,
    labels: labelsOf(facts['labels']),
    rules: rulesOf(facts['rules']),
    ...(Array.isArray(chunks) ? { chunks: chunks.map(namedFields) } : {}),
  };
};

function rulesOf(rules: unknown): CompactionRule[] {
  return seriesOf(rules).map(
    ([destination, [bucketDuration, aggregator, alignTimestamp]]) => ({
      destination,
      bucketDuration: Number(bucketDuration),
      aggregator: textOf(aggregator),
      alignTimestamp: Number(alignTimestamp ?? 0),
    }),
  );
}
