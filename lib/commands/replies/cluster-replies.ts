import { dataMap, listOf, namedFields } from './named-fields.js';
import type { ReplyText } from './reply-text.js';

/** A shard as its cluster sees it. @publicApi */
export interface ClusterShard<Text = string> {
  /** The ranges of slots it serves; both ends count. */
  readonly slots: [from: number, to: number][];
  /** Its primary and replicas. */
  readonly nodes: ClusterShardNode<Text>[];
  /** The shard's own ID; Valkey only. */
  readonly id?: Text;
}

/** A node of a shard. @publicApi */
export interface ClusterShardNode<Text = string> {
  /** The node's ID. */
  readonly id: Text;
  /** Its port without TLS. */
  readonly port?: number;
  /** Its port with TLS. */
  readonly tlsPort?: number;
  /** Its address. */
  readonly ip: Text;
  /** Where clients should connect to. */
  readonly endpoint: Text;
  /** Its host name, if it announces one. */
  readonly hostname?: Text;
  /** `master` or `replica`. */
  readonly role: Text;
  /** How far its replication stream is, in bytes. */
  readonly replicationOffset: number;
  /** `online`, `failed` or `loading`. */
  readonly health: Text;
}

/** A range of slots with the nodes that serve it. @publicApi */
export interface ClusterSlotRange<Text = string> {
  /** The first slot. */
  readonly from: number;
  /** The last slot. */
  readonly to: number;
  /** The primary, then its replicas. */
  readonly nodes: ClusterSlotNode<Text>[];
}

/** A node that serves a range of slots. @publicApi */
export interface ClusterSlotNode<Text = string> {
  /** Where clients should connect to; null for the node that replied. */
  readonly host: Text | null;
  /** Its port. */
  readonly port: number;
  /** The node's ID. */
  readonly id: Text;
  /** Further addresses: `ip`, `hostname`. */
  readonly metadata: Record<string, Text>;
}

/** A link of the cluster bus. @publicApi */
export interface ClusterLink<Text = string> {
  /** `to` or `from` the peer. */
  readonly direction: Text;
  /** The ID of the peer. */
  readonly node: Text;
  /** When it was made, as Unix time in milliseconds. */
  readonly createTime: number;
  /** What may be done on it: `r`, `w` or both. */
  readonly events: Text;
  /** Bytes reserved for what is to be sent. */
  readonly sendBufferAllocated: number;
  /** Bytes that wait to be sent. */
  readonly sendBufferUsed: number;
}

/** What a slot was used for. @publicApi */
export interface SlotStatistics {
  /** The slot. */
  readonly slot: number;
  /** By the server's names: `key-count`, and where it measures them `cpu-usec`, `network-bytes-in` and others. */
  readonly statistics: Record<string, number>;
}

/** A range of slots that moves or has moved. @publicApi */
export type SlotMigration = Record<string, unknown>;

/** CLUSTER SHARDS. */
export const shardsReply = listOf((raw: unknown) => {
  const shard = namedFields(raw);
  const flat = shard.slots as number[];
  const slots: [number, number][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) {
    slots.push([flat[at]!, flat[at + 1]!]);
  }
  shard.slots = slots;
  shard.nodes = (shard.nodes as unknown[]).map(namedFields);
  return shard;
});

type RawSlotNode = [
  host: ReplyText | null,
  port: number,
  id: ReplyText,
  metadata?: unknown,
];

/** CLUSTER SLOTS. */
export const slotsReply = listOf(
  ([from, to, ...nodes]: [number, number, ...RawSlotNode[]]) => ({
    from,
    to,
    nodes: nodes.map(([host, port, id, metadata]) => ({
      host,
      port,
      id,
      metadata: dataMap(metadata, (value) => value),
    })),
  }),
);

/** CLUSTER SLOT-STATS. */
export const slotStatisticsReply = listOf(
  ([slot, statistics]: [number, unknown]) => ({
    slot,
    statistics: dataMap(statistics, Number),
  }),
);
