// Commands that would do harm, or mean nothing, on a connection that many
// callers share. Each says why and what there is instead.

const OTHERS = 'it would change the connection that all callers share';

const subscriber =
  'it would turn the connection that all callers share into a subscriber; use `xread` with `block` on a stream, or subscribe on a connection of your own';

const transaction =
  'on a connection that callers share it would swallow the commands of others; use `transaction`, or `watch` for one that depends on what it reads';

const watching =
  'on a connection that callers share it would watch for all of them; use `watch`, or `withConnection`';

const barrier = (scope: string): string =>
  `it counts only what its own connection wrote, so on a shared connection its answer means nothing; use \`${scope}\`, or \`withConnection\``;

const credentials = `${OTHERS}; use the client's options \`username\` and \`password\``;

const routing =
  'the client sends it by itself wherever it is needed; use the option `readFrom` to read from replicas';

const replication =
  "it is spoken between servers, and would end the connection that all callers share; use client.at({ node: 'host:port' }).clusterReplicate() to make a node a replica, or redis-cli --rdb for a copy of the data";

const own = `${OTHERS}; use \`withConnection\``;

const fieldset =
  'its fieldsets belong to one connection; use `withConnection`, or `hset` in a `pipeline`';

const oneNode =
  "it acts on the one node that receives it; name that node: client.at({ node: 'host:port' })";

const cursor =
  "its cursor belongs to the node that gave it; name that node: client.at({ node: 'host:port' })";

const scan =
  "its cursor belongs to the node that gave it; use `scanIterator`, which scans the whole cluster, or name that node: client.at({ node: 'host:port' })";

const REFUSALS: Readonly<Record<string, string>> = {
  SELECT: `${OTHERS}; keys of a cluster live in database 0: use the option \`keyPrefix\` to tell data apart`,
  SWAPDB:
    'no server does it in a cluster; use the option `keyPrefix` to tell data apart',
  MULTI: transaction,
  EXEC: transaction,
  DISCARD: transaction,
  WATCH: watching,
  UNWATCH: watching,
  WAIT: barrier('ensureReplication'),
  WAITAOF: barrier('ensurePersistence'),

  SUBSCRIBE: subscriber,
  PSUBSCRIBE: subscriber,
  SSUBSCRIBE: subscriber,
  UNSUBSCRIBE: subscriber,
  PUNSUBSCRIBE: subscriber,
  SUNSUBSCRIBE: subscriber,
  MONITOR:
    'it would turn the connection that all callers share into a stream of all commands; use redis-cli or valkey-cli',

  AUTH: credentials,
  HELLO: `${OTHERS}; the client says it by itself: use its options \`protocol\`, \`username\`, \`password\` and \`clientName\``,
  RESET: `${OTHERS}: it logs out and falls back to RESP2; use \`withConnection\`, which gives a connection back as it was`,
  QUIT: 'it would end the connection that all callers share; use `close()`',
  ASKING:
    'the client follows redirects, and sends it by itself wherever it is needed; use the command that was to follow it',
  READONLY: routing,
  READWRITE: routing,
  'CLIENT REPLY': `${OTHERS}: every later reply would go to the wrong caller; use \`pipeline\`, which waits for all replies once`,
  'CLIENT TRACKING': `${OTHERS}: invalidations would reach nobody, and nothing is cached here that could become stale; use plain reads, or replicas close by: the option \`readFrom\``,
  'CLIENT CACHING': `${OTHERS}; it belongs to CLIENT TRACKING, and nothing is cached here; use plain reads, or replicas close by: the option \`readFrom\``,
  'CLIENT NO-EVICT': own,
  'CLIENT NO-TOUCH': own,
  'CLIENT CAPA': `${OTHERS}; the client declares what it can do by itself, and nothing has to be used instead`,
  'CLIENT IMPORT-SOURCE': own,
  'CLIENT SETNAME': `${OTHERS}, and only until it reconnects; use the option \`clientName\`, or \`withConnection\``,
  'CLIENT SETINFO': `${OTHERS}; the client names its library by itself: use the option \`clientName\` to name the application`,
  'SCRIPT DEBUG': `${OTHERS}; use redis-cli --ldb`,

  SYNC: replication,
  PSYNC: replication,
  REPLCONF: replication,
  'CLUSTER SYNCSLOTS':
    "it is spoken between servers while slots move; use client.at({ node: 'host:port' }).clusterMigrateslots()",
  'RESTORE-ASKING': 'it is what MIGRATE sends between servers; use `restore`',

  'HIMPORT DISCARD': fieldset,
  'HIMPORT DISCARDALL': fieldset,
  'HIMPORT PREPARE': fieldset,
  'HIMPORT SET': fieldset,
  SENTINEL:
    'the nodes of a cluster watch each other, and none of them is a Sentinel; use `topology$`, `clusterShards` or `events$`',

  SCAN: scan,
  'FT.CURSOR DEL': cursor,
  'FT.CURSOR READ': cursor,

  'CLIENT UNBLOCK': oneNode,
  DEBUG: oneNode,
  FAILOVER: oneNode,
  REPLICAOF: oneNode,
  SLAVEOF: oneNode,
  SHUTDOWN: oneNode,
  TRIMSLOTS: oneNode,
  'FT.CURSOR GC': oneNode,
  'SEARCH.CLUSTERINFO': oneNode,
  'SEARCH.CLUSTERREFRESH': oneNode,
  'SEARCH.CLUSTERSET': oneNode,
  'TIMESERIES.CLUSTERSET': oneNode,
  'TIMESERIES.REFRESHCLUSTER': oneNode,
  'CLUSTER ADDSLOTS': oneNode,
  'CLUSTER ADDSLOTSRANGE': oneNode,
  'CLUSTER BUMPEPOCH': oneNode,
  'CLUSTER CANCELSLOTMIGRATIONS': oneNode,
  'CLUSTER DELSLOTS': oneNode,
  'CLUSTER DELSLOTSRANGE': oneNode,
  'CLUSTER FAILOVER': oneNode,
  'CLUSTER FLUSHSLOT': oneNode,
  'CLUSTER FLUSHSLOTS': oneNode,
  'CLUSTER FORGET': oneNode,
  'CLUSTER MEET': oneNode,
  'CLUSTER MIGRATESLOTS': oneNode,
  'CLUSTER MIGRATION': oneNode,
  'CLUSTER REPLICATE': oneNode,
  'CLUSTER RESET': oneNode,
  'CLUSTER SAVECONFIG': oneNode,
  'CLUSTER SET-CONFIG-EPOCH': oneNode,
  'CLUSTER SETSLOT': oneNode,
};

/**
 * Why a command is refused on a shared connection and what to use instead;
 * undefined for a command that is not.
 *
 * @param name the full upper-case name
 */
export function refusalOf(name: string): string | undefined {
  const refusal = Object.hasOwn(REFUSALS, name) ? REFUSALS[name] : undefined;
  return refusal === undefined ? undefined : `${name}: ${refusal}.`;
}

/**
 * Whether a command is refused only because it is a matter of one node, so that
 * it may run where a node is named.
 *
 * @param name the full upper-case name
 */
export function actsOnOneNode(name: string): boolean {
  const refusal = Object.hasOwn(REFUSALS, name) ? REFUSALS[name] : undefined;
  return refusal === oneNode || refusal === cursor || refusal === scan;
}

/** The full names of all refused commands. */
export function refusedNames(): string[] {
  return Object.keys(REFUSALS);
}
