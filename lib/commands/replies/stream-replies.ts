import type { Argument, ReplyTransform } from '../command-spec.js';
import { hasToken, isToken, textOf, type ReplyText } from './reply-text.js';

/** An entry of a stream. @publicApi */
export interface StreamEntry<Text = string> {
  /** Its ID. */
  readonly id: string;
  /**
   * Its fields with their values, as `new Map()`, `Object.fromEntries()` and
   * `xadd` take them. An array, as a field can occur more than once; empty for
   * an entry that has been deleted.
   */
  readonly fields: [field: Text, value: Text][];
  /** How long it has been pending, in milliseconds; only where `claim` took it over. */
  readonly idleMs?: number;
  /** How often it was delivered before; only where `claim` took it over. */
  readonly deliveries?: number;
}

/** What was read from one stream. @publicApi */
export interface StreamEntries<Text = string> {
  /** The stream. */
  readonly key: string;
  /** Its entries, in the order of their IDs. */
  readonly entries: StreamEntry<Text>[];
}

/** One step of XAUTOCLAIM. @publicApi */
export interface ClaimedEntries<Text = string> {
  /** Where to go on; `'0-0'` at the end. */
  readonly cursor: string;
  /** The entries that are the consumer's now. */
  readonly entries: StreamEntry<Text>[];
  /** Entries that were pending, but are deleted from the stream. */
  readonly deletedIds: string[];
}

/** One step of XAUTOCLAIM with `justid`. @publicApi */
export interface ClaimedIds {
  /** Where to go on; `'0-0'` at the end. */
  readonly cursor: string;
  /** The entries that are the consumer's now. */
  readonly ids: string[];
  /** Entries that were pending, but are deleted from the stream. */
  readonly deletedIds: string[];
}

/** What a group has pending. @publicApi */
export interface PendingSummary<Text = string> {
  /** How many entries. */
  readonly count: number;
  /** The first of them; null if there is none. */
  readonly firstId: string | null;
  /** The last of them; null if there is none. */
  readonly lastId: string | null;
  /** The consumers that have any. */
  readonly consumers: PendingConsumer<Text>[];
}

/** How much a consumer has pending. @publicApi */
export interface PendingConsumer<Text = string> {
  /** The consumer. */
  readonly name: Text;
  /** How many entries. */
  readonly count: number;
}

/** An entry that is delivered, but not acknowledged. @publicApi */
export interface PendingEntry<Text = string> {
  /** Its ID. */
  readonly id: string;
  /** Who has it. */
  readonly consumer: Text;
  /** How long ago it was delivered last, in milliseconds. */
  readonly idleMs: number;
  /** How often it was delivered. */
  readonly deliveries: number;
}

type RawEntry = [
  id: ReplyText,
  fields: ReplyText[] | null,
  idleMs?: unknown,
  deliveries?: unknown,
];

function streamEntry(raw: RawEntry): StreamEntry<ReplyText> {
  const [id, flat, idleMs, deliveries] = raw;
  const fields: [ReplyText, ReplyText][] = [];
  const list = flat ?? [];
  for (let at = 0; at + 1 < list.length; at += 2) {
    fields.push([list[at]!, list[at + 1]!]);
  }
  const entry = { id: textOf(id), fields };
  return idleMs === undefined
    ? entry
    : { ...entry, idleMs: Number(idleMs), deliveries: Number(deliveries) };
}

/** Entries as they come in every reply; one that is gone is null in old ones. */
export function streamEntries(reply: unknown): StreamEntry<ReplyText>[] {
  return (reply as (RawEntry | null)[])
    .filter((raw) => raw !== null)
    .map(streamEntry);
}

/** One entry or null. */
export const streamEntryOrNull = (
  reply: unknown,
): StreamEntry<ReplyText> | null =>
  Array.isArray(reply) ? streamEntry(reply as RawEntry) : null;

const texts = (reply: unknown): string[] =>
  (reply as (ReplyText | null)[]).filter((id) => id !== null).map(textOf);

/** XRANGE, XREVRANGE. */
export const entriesReply: ReplyTransform = (reply) =>
  Array.isArray(reply) ? streamEntries(reply) : reply;

/** XADD: an ID is text; null with NOMKSTREAM. */
export const idReply: ReplyTransform = (reply) =>
  reply === null ? null : textOf(reply);

/**
 * XREAD, XREADGROUP: pairs (RESP2) or a map (RESP3), which would lose the order
 * of keys that look like numbers: the call has it.
 */
export const readReply: ReplyTransform = (reply, args) => {
  if (reply === null || typeof reply !== 'object') return reply;
  const pairs: [string, unknown][] = Array.isArray(reply)
    ? (reply as [ReplyText, unknown][]).map(([key, entries]) => [
        textOf(key),
        entries,
      ])
    : inCallOrder(reply as Record<string, unknown>, args);
  return pairs.map(([key, entries]) => ({
    key,
    entries: streamEntries(entries),
  }));
};

function inCallOrder(
  map: Record<string, unknown>,
  args: readonly Argument[],
): [string, unknown][] {
  const streams = args.findIndex((word) => isToken(word, 'STREAMS')) + 1;
  const keys = args.slice(streams, streams + (args.length - streams) / 2);
  const asked = [...new Set(keys.map(textOf))].filter((key) => key in map);
  // a key that is no valid text is not found again by its bytes
  const others = Object.keys(map).filter((key) => !asked.includes(key));
  return [...asked, ...others].map((key) => [key, map[key]]);
}

/** XCLAIM: entries, or IDs with JUSTID. */
export const claimReply: ReplyTransform = (reply, args) => {
  if (!Array.isArray(reply)) return reply;
  return hasToken(args, 4, 'JUSTID') ? texts(reply) : streamEntries(reply);
};

/** XAUTOCLAIM: `[cursor, entries or IDs, deleted IDs]`. */
export const autoclaimReply: ReplyTransform = (reply, args) => {
  if (!Array.isArray(reply)) return reply;
  const [cursor, claimed, deleted] = reply as unknown[];
  const deletedIds = texts(deleted ?? []);
  return hasToken(args, 5, 'JUSTID')
    ? { cursor: textOf(cursor), ids: texts(claimed), deletedIds }
    : { cursor: textOf(cursor), entries: streamEntries(claimed), deletedIds };
};

/** XPENDING: a summary, or with a range its entries. */
export const pendingReply: ReplyTransform = (reply, args) => {
  if (!Array.isArray(reply)) return reply;
  if (args.length > 2) {
    return (reply as [ReplyText, ReplyText, number, number][]).map(
      ([id, consumer, idleMs, deliveries]) => ({
        id: textOf(id),
        consumer,
        idleMs,
        deliveries,
      }),
    );
  }
  const [count, first, last, consumers] = reply as [
    number,
    ReplyText | null,
    ReplyText | null,
    [ReplyText, ReplyText][] | null,
  ];
  return {
    count,
    firstId: first === null ? null : textOf(first),
    lastId: last === null ? null : textOf(last),
    consumers: (consumers ?? []).map(([name, pending]) => ({
      name,
      count: Number(textOf(pending)),
    })),
  };
};
