import type { CommandOverride } from './command-override.js';
import { CommandFlag, type ResponsePolicy } from './command-spec.js';
import { MODULE_OVERRIDES } from './module-overrides.js';

const TIPS =
  'https://redis.io/docs/latest/develop/reference/command-tips/ and COMMAND INFO of Redis 8.6';
const PER_NODE =
  'COMMAND INFO gives no tips; every node has a state of its own';
const MAY_REPLICATE =
  'commands/*.json of the servers: CMD_MAY_REPLICATE is not part of the COMMAND reply';

/** Splits whose parts add up: pinned, so that no odd live tip changes them. */
const summedSplit: CommandOverride = {
  request: 'multi_shard',
  response: 'agg_sum',
  reason: 'each key counts for itself, so the parts add up',
  source: TIPS,
};

const neverSplit = (source: string): CommandOverride => ({
  request: 'default',
  response: 'default',
  reason: 'all or nothing is what it is for; a split would break that',
  source,
});

const allShards: CommandOverride = {
  request: 'all_shards',
  response: 'all_succeeded',
  reason: 'every primary holds a part; replicas follow by replication',
  source: TIPS,
};

const BACKUPS =
  'COMMAND INFO of Redis 8.10 gives no tips; https://redis.io/docs/latest/commands/backup-start/';

const backup: CommandOverride = {
  ...allShards,
  reason: 'the backups of all primaries together are one of the cluster',
  source: BACKUPS,
};

const backupState: CommandOverride = {
  ...backup,
  response: 'special',
  reason: 'each primary has a backup of its own, and files of its own',
};

const allNodes = (reason: string, source = PER_NODE): CommandOverride => ({
  request: 'all_nodes',
  response: 'all_succeeded',
  reason,
  source,
});

const script = (writes: boolean): CommandOverride => ({
  flags: writes
    ? CommandFlag.Script | CommandFlag.MayReplicate
    : CommandFlag.Script,
  reason: writes
    ? 'runs a script, which may write'
    : 'runs a script that may only read',
  source: MAY_REPLICATE,
});

const kill: CommandOverride = {
  request: 'all_nodes',
  response: 'one_succeeded',
  reason:
    'a read-only script may be running on a replica, which the tip (all_shards) would not reach',
  source: 'EVAL_RO and FCALL_RO are served by replicas',
};

const channels: CommandOverride = {
  request: 'all_nodes',
  response: 'union',
  reason: 'a node knows only the channels its own connections listen to',
  source: PER_NODE,
};

const subscriberCounts: CommandOverride = {
  request: 'all_nodes',
  response: 'special',
  reason: 'the counts of all nodes, added channel by channel',
  source: PER_NODE,
};

const perNode: CommandOverride = {
  request: 'all_nodes',
  response: 'special',
  reason: 'a reply is about one node; all are given, by node',
  source: PER_NODE,
};

const log: CommandOverride = {
  request: 'all_nodes',
  response: 'special',
  reason:
    'numbers and clients of entries are those of one node; one list of all would hide whose',
  source: 'COMMAND INFO says all_nodes and no response policy',
};

const measuring = (response: ResponsePolicy): CommandOverride => ({
  request: 'all_nodes',
  response,
  reason: 'every node measures the keys it serves, replicas too',
  source: 'COMMAND INFO of Redis 8.6 says special',
});

const ofSlot: CommandOverride = {
  request: 'slot_argument',
  response: 'default',
  reason: 'any other node than the one that serves the slot knows of no keys',
  source: 'COMMAND INFO gives no tips',
};

const publish: CommandOverride = {
  flags: CommandFlag.MayReplicate,
  reason: 'travels to replicas although it is not flagged as a write',
  source: MAY_REPLICATE,
};

const cursor = (command: string): CommandOverride => ({
  primaryOnly: true,
  reason:
    'a cursor belongs to the node that gave it: each has a hash seed of its own',
  source: `https://redis.io/docs/latest/commands/${command}/`,
});

const usage: CommandOverride = {
  primaryOnly: true,
  reason:
    'it is about the accesses of the primary, which decides what is evicted',
  source: 'https://redis.io/docs/latest/develop/reference/eviction/',
};

const serialized = (source: string): CommandOverride => ({
  binaryReply: true,
  reason: 'the reply is a serialized value, which no text can hold',
  source,
});

const OVERRIDES: Readonly<Record<string, CommandOverride>> = {
  KEYS: {
    request: 'all_shards',
    response: 'union',
    reason:
      'while a slot migrates, a key can be seen on both its nodes; it is one key',
    source: 'COMMAND INFO says all_shards and no response policy',
  },
  DEL: summedSplit,
  EXISTS: summedSplit,
  TOUCH: { ...summedSplit, primaryOnly: true },
  UNLINK: summedSplit,
  MGET: {
    request: 'multi_shard',
    response: 'default',
    reason: 'the values come back in the order of the keys',
    source: TIPS,
  },
  MSET: {
    request: 'multi_shard',
    response: 'all_succeeded',
    reason: 'each pair stands for itself',
    source: TIPS,
  },
  MSETNX: neverSplit('Redis 7.0 advertises multi_shard, later servers do not'),
  MSETEX: {
    request: 'multi_shard',
    response: 'all_succeeded',
    wholeWith: ['NX', 'XX'],
    reason:
      'each pair stands for itself, but NX and XX look at all keys before any is written',
    source: 'Redis 8.4 and later advertise multi_shard, with NX and XX too',
  },
  DBSIZE: {
    request: 'all_shards',
    response: 'agg_sum',
    reason: 'every primary counts its own keys',
    source: TIPS,
  },
  FLUSHALL: allShards,
  FLUSHDB: allShards,
  PING: allShards,
  RANDOMKEY: {
    request: 'all_shards',
    response: 'special',
    reason: 'a shard without keys says null; any shard that has one will do',
    source: TIPS,
  },
  SCAN: {
    request: 'special',
    response: 'special',
    reason: 'a cursor belongs to the node that gave it',
    source: TIPS,
  },

  HSCAN: cursor('hscan'),
  SSCAN: cursor('sscan'),
  ZSCAN: cursor('zscan'),
  'OBJECT FREQ': usage,
  'OBJECT IDLETIME': usage,
  PFCOUNT: {
    flags: CommandFlag.MayReplicate,
    reason: 'it caches the count in the value, and replicas follow',
    source: MAY_REPLICATE,
  },

  'SCRIPT LOAD': {
    request: 'all_nodes',
    response: 'all_agree',
    reason:
      'reads may go to replicas, and two nodes that give different hashes would not run the same script',
    source: 'COMMAND INFO of Redis 8.6 says all_nodes, all_succeeded',
  },
  'SCRIPT EXISTS': {
    request: 'all_shards',
    response: 'agg_logical_and',
    reason: 'a script exists when EVALSHA works wherever its keys are',
    source: TIPS,
  },
  'SCRIPT FLUSH': allNodes('scripts are cached by every node', TIPS),
  'SCRIPT KILL': kill,
  'FUNCTION KILL': kill,
  'FUNCTION DELETE': allShards,
  'FUNCTION FLUSH': allShards,
  'FUNCTION LOAD': allShards,
  'FUNCTION RESTORE': allShards,
  'FUNCTION STATS': {
    request: 'all_shards',
    response: 'special',
    reason: 'what runs is a matter of each node',
    source: TIPS,
  },
  EVAL: script(true),
  EVALSHA: script(true),
  FCALL: script(true),
  EVAL_RO: script(false),
  EVALSHA_RO: script(false),
  FCALL_RO: script(false),
  PUBLISH: publish,
  SPUBLISH: publish,

  DUMP: serialized('https://redis.io/docs/latest/commands/dump/'),
  'FUNCTION DUMP': serialized(
    'https://redis.io/docs/latest/commands/function-dump/',
  ),
  VEMB: serialized('https://redis.io/docs/latest/commands/vemb/ (RAW)'),
  MIGRATE: {
    firstKey: -1,
    reason: 'its one key may be empty, with the real ones behind KEYS',
    source: 'https://redis.io/docs/latest/commands/migrate/',
  },

  'PUBSUB CHANNELS': channels,
  'PUBSUB SHARDCHANNELS': channels,
  'PUBSUB NUMSUB': subscriberCounts,
  'PUBSUB SHARDNUMSUB': subscriberCounts,
  'PUBSUB NUMPAT': {
    request: 'all_nodes',
    response: 'agg_sum',
    reason: 'every node counts the patterns of its own connections',
    source: PER_NODE,
  },
  'CLIENT LIST': perNode,
  'CLIENT KILL': {
    request: 'all_nodes',
    response: 'agg_sum',
    // the node that has the connection says OK, the others "No such client"
    withOneArgument: 'one_succeeded',
    reason:
      'every node closes connections of its own and counts them; an address alone is that of one connection of one node',
    source: 'https://redis.io/docs/latest/commands/client-kill/',
  },
  'CLIENT PAUSE': allNodes('a pause of one node would pause nobody'),
  'CLIENT UNPAUSE': allNodes('ends the pause of every node'),
  'ACL DELUSER': allNodes('users are kept by every node', TIPS),
  'ACL SETUSER': allNodes('users are kept by every node', TIPS),
  'ACL SAVE': allNodes('every node has its own ACL file', TIPS),
  'ACL LOAD': allNodes('every node has its own ACL file'),
  'ACL LOG': perNode,
  'CONFIG GET': perNode,
  'CONFIG SET': allNodes('every node has its own configuration', TIPS),
  'CONFIG RESETSTAT': allNodes('every node has its own statistics', TIPS),
  'CONFIG REWRITE': allNodes('every node has its own file', TIPS),
  'BACKUP ABORT': backup,
  'BACKUP CLEANUP': backup,
  'BACKUP LIST': backupState,
  'BACKUP SEAL': backup,
  'BACKUP START': backup,
  'BACKUP STATUS': backupState,
  BGREWRITEAOF: allNodes('every node has its own file'),
  BGSAVE: allNodes('every node has its own file'),
  SAVE: allNodes('every node has its own file'),
  LASTSAVE: perNode,
  'LATENCY RESET': {
    request: 'all_nodes',
    response: 'agg_sum',
    reason: 'the reply counts the events that were reset, on every node',
    source: 'Redis 7.0 says all_succeeded, later servers agg_sum',
  },
  'MEMORY PURGE': allNodes(
    'replicas hold unused memory too, which the tip (all_shards) would not reach',
  ),
  'MODULE LIST': perNode,
  'MODULE LOAD': allNodes('modules are loaded by every node'),
  'MODULE LOADEX': allNodes('modules are loaded by every node'),
  'MODULE UNLOAD': allNodes('modules are loaded by every node'),
  ROLE: perNode,
  'SLOWLOG GET': log,
  'COMMANDLOG GET': log,
  'HOTKEYS GET': measuring('special'),
  'HOTKEYS RESET': measuring('all_succeeded'),
  'HOTKEYS START': measuring('all_succeeded'),
  'HOTKEYS STOP': measuring('all_succeeded'),

  'CLUSTER COUNT-FAILURE-REPORTS': perNode,
  'CLUSTER COUNTKEYSINSLOT': ofSlot,
  'CLUSTER GETKEYSINSLOT': ofSlot,
  'CLUSTER GETSLOTMIGRATIONS': perNode,
  'CLUSTER LINKS': perNode,
  'CLUSTER MYID': perNode,
  'CLUSTER MYSHARDID': perNode,

  ...MODULE_OVERRIDES,
};

/** The curated facts of a command, by its full upper-case name. */
export function overrideOf(name: string): CommandOverride | undefined {
  return Object.hasOwn(OVERRIDES, name) ? OVERRIDES[name] : undefined;
}

/** The full names of all commands with curated facts. */
export function overriddenNames(): string[] {
  return Object.keys(OVERRIDES);
}
