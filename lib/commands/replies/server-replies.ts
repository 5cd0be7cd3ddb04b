import type { ReplyTransform } from '../command-spec.js';
import { dataMap, mapEntries, namedFields } from './named-fields.js';
import { scoreOf, textOf, type ReplyText } from './reply-text.js';

/** A user of the access control list. @publicApi */
export interface AclUser<Text = string> {
  /** Such as `on`, `nopass`. */
  readonly flags: Text[];
  /** SHA-256 hashes. */
  readonly passwords: Text[];
  /** The commands it may run, as rules. */
  readonly commands: Text;
  /** The keys it may use, as rules. */
  readonly keys: Text;
  /** The channels it may use, as rules. */
  readonly channels: Text;
  /** The databases it may use; Valkey only. */
  readonly databases?: Text;
  /** Further sets of rules. */
  readonly selectors: AclSelector<Text>[];
}

/** A further set of rules of a user. @publicApi */
export interface AclSelector<Text = string> {
  /** The commands, as rules. */
  readonly commands: Text;
  /** The keys, as rules. */
  readonly keys: Text;
  /** The channels, as rules. */
  readonly channels: Text;
  /** The databases; Valkey only. */
  readonly databases?: Text;
}

/** A loaded module. @publicApi */
export interface ModuleInfo<Text = string> {
  /** Its name. */
  readonly name: Text;
  /** Its version. */
  readonly ver: number;
  /** Its file. */
  readonly path?: Text;
  /** What it was loaded with. */
  readonly args?: Text[];
}

/** How invalidations are tracked on a connection. @publicApi */
export interface TrackingInfo<Text = string> {
  /** Such as `on`, `bcast`. */
  readonly flags: Text[];
  /** The connection that is told; -1 if tracking is off, 0 for this one. */
  readonly redirect: number;
  /** The prefixes of the keys tracked. */
  readonly prefixes: Text[];
}

/** What a node is in replication. @publicApi */
export type NodeRole<Text = string> = PrimaryRole<Text> | ReplicaRole<Text>;

/** A primary. @publicApi */
export interface PrimaryRole<Text = string> {
  /** The server's word for a primary. */
  readonly role: 'master';
  /** How far its replication stream is, in bytes. */
  readonly offset: number;
  /** Its connected replicas. */
  readonly replicas: {
    /** The address. */
    readonly host: Text;
    /** The port. */
    readonly port: number;
    /** How far it has acknowledged, in bytes. */
    readonly offset: number;
  }[];
}

/** A replica. @publicApi */
export interface ReplicaRole<Text = string> {
  /** The server's word for a replica. */
  readonly role: 'slave';
  /** The address of its primary. */
  readonly host: Text;
  /** The port of its primary. */
  readonly port: number;
  /** `connect`, `connecting`, `sync` or `connected`. */
  readonly state: Text;
  /** How far it has read, in bytes; -1 if it is not connected. */
  readonly offset: number;
}

/** By the server's names, such as `peak.allocated`; of databases (`db.0`) an object. @publicApi */
export type MemoryStatistics = Record<
  string,
  number | string | Record<string, number>
>;

/** The keys that are used most on a node, and how they were measured. @publicApi */
export interface HotKeys {
  /** 1 while it measures. */
  readonly trackingActive: number;
  /** One call of so many is measured. */
  readonly sampleRatio: number;
  /** The ranges of slots measured. */
  readonly selectedSlots: number[][];
  /** When it began, as Unix time in milliseconds. */
  readonly collectionStartTimeUnixMs: number;
  /** How long it has measured, in milliseconds. */
  readonly collectionDurationMs: number;
  /** Keys with the microseconds they took, the most first. */
  readonly byCpuTimeUs?: HotKey[];
  /** Keys with the bytes they carried, the most first. */
  readonly byNetBytes?: HotKey[];
}

/** A key that is used much. @publicApi */
export interface HotKey {
  /** The key. */
  readonly key: string;
  /** Microseconds or bytes. */
  readonly amount: number;
}

/** ACL GETUSER; null if there is none. */
export const aclUserReply: ReplyTransform = (reply) => {
  if (reply === null) return null;
  const user = namedFields(reply);
  user.selectors = ((user.selectors ?? []) as unknown[]).map(namedFields);
  return user;
};

type RawReplica = [host: ReplyText, port: ReplyText, offset: ReplyText];

/** ROLE. */
export const roleReply: ReplyTransform = (reply) => {
  if (!Array.isArray(reply)) return reply;
  const role = textOf(reply[0]);
  if (role === 'master') {
    return {
      role,
      offset: reply[1] as number,
      replicas: (reply[2] as RawReplica[]).map(([host, port, offset]) => ({
        host,
        port: Number(textOf(port)),
        offset: Number(textOf(offset)),
      })),
    };
  }
  const [, host, port, state, offset] = reply as unknown[];
  return { role, host, port, state, offset };
};

/** A number where it is one: RESP2 sends doubles as text. */
function measured(value: unknown): unknown {
  if (typeof value === 'number') return value;
  if (Array.isArray(value)) return dataMap(value, measured);
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) {
    const number = scoreOf(value);
    return Number.isNaN(number) ? textOf(value) : number;
  }
  return value;
}

/** MEMORY STATS. */
export const memoryStatisticsReply: ReplyTransform = (reply) =>
  dataMap(reply, measured);

/** HOTKEYS GET: a list of one; null if nothing was ever measured. */
export const hotKeysReply: ReplyTransform = (reply) => {
  if (!Array.isArray(reply)) return reply;
  const fields = namedFields(reply[0]);
  for (const name of ['byCpuTimeUs', 'byNetBytes']) {
    if (!(name in fields)) continue;
    fields[name] = mapEntries(fields[name]).map(([key, amount]) => ({
      key,
      amount,
    }));
  }
  return fields;
};
