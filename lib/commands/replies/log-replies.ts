import type { ReplyTransform } from '../command-spec.js';
import { dataMap, listOf, namedFields } from './named-fields.js';
import { scoreOf, type ReplyText } from './reply-text.js';

/** A command that took long. @publicApi */
export interface SlowlogEntry<Text = string> {
  /** Its number on its node. */
  readonly id: number;
  /** When it ran, as Unix time in seconds. */
  readonly time: number;
  /** How long it ran, in microseconds. */
  readonly durationUs: number;
  /** Its words; long ones are cut by the server. */
  readonly words: Text[];
  /** Who called it, as `host:port`. */
  readonly client: Text;
  /** What the caller named itself. */
  readonly clientName: Text;
}

/** A command that took long, or had much to carry. @publicApi */
export interface CommandlogEntry<Text = string> {
  /** Its number on its node. */
  readonly id: number;
  /** When it ran, as Unix time in seconds. */
  readonly time: number;
  /** Of slow commands the microseconds they ran, of large ones the bytes. */
  readonly amount: number;
  /** Its words; long ones are cut by the server. */
  readonly words: Text[];
  /** Who called it, as `host:port`. */
  readonly client: Text;
  /** What the caller named itself. */
  readonly clientName: Text;
}

/** The last latency spike of an event. @publicApi */
export interface LatencyEvent<Text = string> {
  /** The event, such as `command` or `fork`. */
  readonly event: Text;
  /** When it was slow last, as Unix time in seconds. */
  readonly time: number;
  /** How long it took then, in milliseconds. */
  readonly latestMs: number;
  /** The longest it ever took, in milliseconds. */
  readonly maxMs: number;
}

/** A latency spike. @publicApi */
export interface LatencySample {
  /** When, as Unix time in seconds. */
  readonly time: number;
  /** How long it took, in milliseconds. */
  readonly latencyMs: number;
}

/** How long the calls of a command took. @publicApi */
export interface LatencyHistogram {
  /** How many calls there were. */
  readonly calls: number;
  /** Microseconds -> how many calls took no longer. */
  readonly histogramUsec: Record<string, number>;
}

/** What the access control list refused. @publicApi */
export interface AclLogEntry<Text = string> {
  /** How often. */
  readonly count: number;
  /** Why: `command`, `key`, `channel` or `auth`. */
  readonly reason: Text;
  /** Where: `toplevel`, `multi`, `lua` or `module`. */
  readonly context: Text;
  /** What was refused. */
  readonly object: Text;
  /** Who was refused. */
  readonly username: Text;
  /** How long ago, in seconds. */
  readonly ageSeconds: number;
  /** The connection, as CLIENT LIST tells it. */
  readonly clientInfo: Text;
  /** Its number on its node; since Redis 7.2. */
  readonly entryId?: number;
  /** When first, as Unix time in milliseconds; since Redis 7.2. */
  readonly timestampCreated?: number;
  /** When last, as Unix time in milliseconds; since Redis 7.2. */
  readonly timestampLastUpdated?: number;
}

type RawLogEntry = [number, number, number, ReplyText[], ReplyText, ReplyText];

/** SLOWLOG GET. */
export const slowlogReply = listOf(
  ([id, time, durationUs, words, client, clientName]: RawLogEntry) => ({
    id,
    time,
    durationUs,
    words,
    client,
    clientName,
  }),
);

/** COMMANDLOG GET. */
export const commandlogReply = listOf(
  ([id, time, amount, words, client, clientName]: RawLogEntry) => ({
    id,
    time,
    amount,
    words,
    client,
    clientName,
  }),
);

/** LATENCY LATEST; what newer servers add behind is left out. */
export const latencyLatestReply = listOf(
  ([event, time, latestMs, maxMs]: [ReplyText, number, number, number]) => ({
    event,
    time,
    latestMs,
    maxMs,
  }),
);

/** LATENCY HISTORY. */
export const latencyHistoryReply = listOf(
  ([time, latencyMs]: [number, number]) => ({ time, latencyMs }),
);

/** LATENCY HISTOGRAM. */
export const latencyHistogramReply: ReplyTransform = (reply) =>
  dataMap(reply, (value) => {
    const { calls, histogramUsec } = namedFields(value);
    return {
      calls,
      histogramUsec: dataMap(histogramUsec, Number),
    };
  });

/** ACL LOG, ACL LOG RESET. */
export const aclLogReply = listOf((raw: unknown) => {
  const entry = namedFields(raw);
  entry.ageSeconds = scoreOf(entry.ageSeconds);
  return entry;
});
