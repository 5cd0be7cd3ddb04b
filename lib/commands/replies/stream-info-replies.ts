import type { ReplyTransform } from '../command-spec.js';
import { listOf, namedFields } from './named-fields.js';
import { textOf, type ReplyText } from './reply-text.js';
import {
  streamEntries,
  streamEntryOrNull,
  type StreamEntry,
} from './stream-replies.js';

/** What every form of XINFO STREAM tells. Newer servers tell more. @publicApi */
export interface StreamFacts {
  /** How many entries the stream has. */
  readonly length: number;
  /** Keys of the radix tree. */
  readonly radixTreeKeys: number;
  /** Nodes of the radix tree. */
  readonly radixTreeNodes: number;
  /** The last ID given out. */
  readonly lastGeneratedId: string;
  /** The highest ID ever deleted. */
  readonly maxDeletedEntryId: string;
  /** How many entries were ever added. */
  readonly entriesAdded: number;
  /** The first ID, or `0-0`. */
  readonly recordedFirstEntryId: string;
}

/** XINFO STREAM. @publicApi */
export interface StreamInfo<Text = string> extends StreamFacts {
  /** How many consumer groups there are. */
  readonly groups: number;
  /** The first entry; null if there is none. */
  readonly firstEntry: StreamEntry<Text> | null;
  /** The last entry; null if there is none. */
  readonly lastEntry: StreamEntry<Text> | null;
}

/** XINFO STREAM with `full`. @publicApi */
export interface FullStreamInfo<Text = string> extends StreamFacts {
  /** The first entries. */
  readonly entries: StreamEntry<Text>[];
  /** The consumer groups. */
  readonly groups: FullGroupInfo<Text>[];
}

/** A consumer group in XINFO STREAM with `full`. @publicApi */
export interface FullGroupInfo<Text = string> {
  /** The group. */
  readonly name: Text;
  /** The last ID delivered to its consumers. */
  readonly lastDeliveredId: string;
  /** How many entries it has read; null where the server cannot tell. */
  readonly entriesRead: number | null;
  /** How many entries are left to read; null where the server cannot tell. */
  readonly lag: number | null;
  /** How many entries are pending. */
  readonly pelCount: number;
  /** The first pending entries. */
  readonly pending: FullPendingEntry<Text>[];
  /** The consumers. */
  readonly consumers: FullConsumerInfo<Text>[];
}

/** A pending entry in XINFO STREAM with `full`. @publicApi */
export interface FullPendingEntry<Text = string> {
  /** Its ID. */
  readonly id: string;
  /** Who has it; not given below a consumer. */
  readonly consumer?: Text;
  /** When it was delivered last, as Unix time in milliseconds. */
  readonly deliveredAt: number;
  /** How often it was delivered. */
  readonly deliveries: number;
}

/** A consumer in XINFO STREAM with `full`. @publicApi */
export interface FullConsumerInfo<Text = string> {
  /** The consumer. */
  readonly name: Text;
  /** When it tried something last, as Unix time in milliseconds. */
  readonly seenTime: number;
  /** When it got something last, as Unix time in milliseconds; since Redis 7.2. */
  readonly activeTime?: number;
  /** How many entries it has pending. */
  readonly pelCount: number;
  /** The first of them. */
  readonly pending: FullPendingEntry<Text>[];
}

/** A consumer group. @publicApi */
export interface GroupInfo<Text = string> {
  /** The group. */
  readonly name: Text;
  /** How many consumers it has. */
  readonly consumers: number;
  /** How many entries are pending. */
  readonly pending: number;
  /** The last ID delivered to its consumers. */
  readonly lastDeliveredId: string;
  /** How many entries it has read; null where the server cannot tell. */
  readonly entriesRead: number | null;
  /** How many entries are left to read; null where the server cannot tell. */
  readonly lag: number | null;
}

/** A consumer of a group. @publicApi */
export interface ConsumerInfo<Text = string> {
  /** The consumer. */
  readonly name: Text;
  /** How many entries it has pending. */
  readonly pending: number;
  /** How long ago it tried something last, in milliseconds. */
  readonly idle: number;
  /** How long ago it got something last, in milliseconds; since Redis 7.2. */
  readonly inactive?: number;
}

/** XINFO names: IDs are text also where Buffers were asked for. */
const ID_FIELDS = [
  'lastGeneratedId',
  'maxDeletedEntryId',
  'recordedFirstEntryId',
  'lastDeliveredId',
];

function facts(reply: unknown): Record<string, unknown> {
  const fields = namedFields(reply);
  for (const name of ID_FIELDS) {
    if (name in fields) fields[name] = textOf(fields[name]);
  }
  return fields;
}

/** XINFO GROUPS, XINFO CONSUMERS. */
export const streamFactsReply = listOf(facts);

/** XINFO STREAM. */
export const streamInfoReply: ReplyTransform = (reply) => {
  const info = facts(reply);
  if (!Array.isArray(info.groups)) {
    info.firstEntry = streamEntryOrNull(info.firstEntry);
    info.lastEntry = streamEntryOrNull(info.lastEntry);
    return info;
  }
  info.entries = streamEntries(info.entries);
  info.groups = info.groups.map((raw) => {
    const group = facts(raw);
    group.pending = (
      group.pending as [ReplyText, ReplyText, number, number][]
    ).map(([id, consumer, deliveredAt, deliveries]) => ({
      id: textOf(id),
      consumer,
      deliveredAt,
      deliveries,
    }));
    group.consumers = (group.consumers as unknown[]).map(consumerInfo);
    return group;
  });
  return info;
};

function consumerInfo(raw: unknown): Record<string, unknown> {
  const consumer = namedFields(raw);
  consumer.pending = (consumer.pending as [ReplyText, number, number][]).map(
    ([id, deliveredAt, deliveries]) => ({
      id: textOf(id),
      deliveredAt,
      deliveries,
    }),
  );
  return consumer;
}
