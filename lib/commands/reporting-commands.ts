// Servers flag as `readonly` what reads keys, and nothing else. These read no
// keys, or are not flagged for another reason, and change nothing either: a
// lost reply leaves no doubt, and they may be asked again.
//
// ACL LOG is not among them, since with RESET it changes what the next one says.
// Source: the pages of https://redis.io/docs/latest/commands/

const REPORTING: ReadonlySet<string> = new Set([
  'ACL CAT',
  'ACL DRYRUN',
  'ACL GENPASS',
  'ACL GETUSER',
  'ACL LIST',
  'ACL USERS',
  'ACL WHOAMI',
  'BACKUP LIST',
  'BACKUP STATUS',
  'CLIENT LIST',
  'CLUSTER COUNT-FAILURE-REPORTS',
  'CLUSTER COUNTKEYSINSLOT',
  'CLUSTER GETKEYSINSLOT',
  'CLUSTER GETSLOTMIGRATIONS',
  'CLUSTER INFO',
  'CLUSTER KEYSLOT',
  'CLUSTER LINKS',
  'CLUSTER MYID',
  'CLUSTER MYSHARDID',
  'CLUSTER NODES',
  'CLUSTER REPLICAS',
  'CLUSTER SHARDS',
  'CLUSTER SLAVES',
  'CLUSTER SLOT-STATS',
  'CLUSTER SLOTS',
  'COMMAND',
  'COMMAND COUNT',
  'COMMAND DOCS',
  'COMMAND GETKEYS',
  'COMMAND GETKEYSANDFLAGS',
  'COMMAND INFO',
  'COMMAND LIST',
  'COMMANDLOG GET',
  'COMMANDLOG LEN',
  'CONFIG GET',
  'ECHO',
  'FUNCTION DUMP',
  'FUNCTION LIST',
  'FUNCTION STATS',
  'HOTKEYS GET',
  'INFO',
  'LASTSAVE',
  'LATENCY DOCTOR',
  'LATENCY GRAPH',
  'LATENCY HISTOGRAM',
  'LATENCY HISTORY',
  'LATENCY LATEST',
  'MEMORY DOCTOR',
  'MEMORY MALLOC-STATS',
  'MEMORY STATS',
  'MODULE LIST',
  'PING',
  'PUBSUB CHANNELS',
  'PUBSUB NUMPAT',
  'PUBSUB NUMSUB',
  'PUBSUB SHARDCHANNELS',
  'PUBSUB SHARDNUMSUB',
  'ROLE',
  'SCRIPT EXISTS',
  'SCRIPT SHOW',
  'SLOWLOG GET',
  'SLOWLOG LEN',
  'TIME',
]);

/** Whether a command, by its full upper-case name, only tells something. */
export function onlyReports(name: string): boolean {
  return REPORTING.has(name);
}

/** The full names of all commands that only tell something. */
export function reportingNames(): string[] {
  return [...REPORTING];
}

/**
 * Whether it makes no difference that a replica was sent a command and did not
 * answer. A script cache is addressed by content: loaded there or not, nothing
 * that runs elsewhere changes, and the replica is no worse off than one that
 * was down and comes back with an empty cache. All else that goes to every node
 * either reports, or has to be known of each.
 */
export function isHarmlessAtReplicas(name: string): boolean {
  return name === 'SCRIPT LOAD';
}
