import type { ReplyCase } from './reply-cases.js';

const CODE = `#!lua name=lib
redis.register_function{
  function_name = 'f', description = 'one', flags = { 'no-writes' },
  callback = function() return 1 end }`;

/** Scripts, channels, connections, servers, the cluster. */
export const SERVER_CASES: readonly ReplyCase[] = [
  ['SCRIPT LOAD', '', (c) => c.scriptLoad('return 1')],
  ['SCRIPT EXISTS', '', (c) => c.scriptExists('abc')],
  ['SCRIPT HELP', '', (c) => c.scriptHelp()],
  [
    'SCRIPT SHOW',
    '',
    async (c) => c.scriptShow(await c.scriptLoad('return 1')),
  ],
  ['SCRIPT FLUSH', '', (c) => c.scriptFlush()],
  ['EVAL', '', (c, k) => c.eval('return KEYS[1]', [k('s')])],
  ['EVAL_RO', '', (c, k) => c.evalRo('return 1', k('s'))],
  [
    'EVALSHA',
    '',
    async (c, k) => c.evalsha(await c.scriptLoad('return 1'), k('s')),
  ],
  [
    'EVALSHA_RO',
    '',
    async (c, k) => c.evalshaRo(await c.scriptLoad('return 1'), k('s')),
  ],
  ['FUNCTION LOAD', '', (c) => c.functionLoad(CODE, { replace: true })],
  ['FUNCTION HELP', '', (c) => c.functionHelp()],
  ['FUNCTION LIST', '', (c) => c.functionList({ withcode: true })],
  ['FUNCTION STATS', '', (c) => c.functionStats()],
  ['FUNCTION DUMP', '', (c) => c.functionDump()],
  [
    'FUNCTION RESTORE',
    '',
    async (c) => c.functionRestore(await c.functionDump(), { flush: true }),
  ],
  ['FCALL', '', (c, k) => c.fcall('f', k('s'))],
  ['FCALL_RO', '', (c, k) => c.fcallRo('f', k('s'))],
  [
    'FUNCTION DELETE',
    '',
    async (c) => {
      await c.functionLoad(CODE, { replace: true });
      return c.functionDelete('lib');
    },
  ],
  ['FUNCTION FLUSH', '', (c) => c.functionFlush()],

  ['PUBLISH', '', (c) => c.publish('channel', 'x')],
  ['SPUBLISH', '', (c) => c.spublish('channel', 'x')],
  ['PUBSUB CHANNELS', '', (c) => c.pubsubChannels()],
  ['PUBSUB HELP', '', (c) => c.pubsubHelp()],
  ['PUBSUB NUMPAT', '', (c) => c.pubsubNumpat()],
  ['PUBSUB NUMSUB', '', (c) => c.pubsubNumsub('a', 'b')],
  ['PUBSUB SHARDCHANNELS', '', (c) => c.pubsubShardchannels()],
  ['PUBSUB SHARDNUMSUB', '', (c) => c.pubsubShardnumsub('a', 'b')],

  ['CLIENT GETNAME', '', (c) => c.clientGetname()],
  ['CLIENT GETREDIR', '', (c) => c.clientGetredir()],
  ['CLIENT HELP', '', (c) => c.clientHelp()],
  ['CLIENT ID', '', (c) => c.clientId()],
  ['CLIENT INFO', '', (c) => c.clientInfo()],
  ['CLIENT KILL', '', (c) => c.clientKill({ name: 'nobody' }), 'SCRIPT SHOW'],
  ['CLIENT KILL', '', (c) => c.clientKill({ id: 999_999_999 })],
  ['CLIENT LIST', '', (c) => c.clientList()],
  ['CLIENT PAUSE', '', (c) => c.clientPause(1, { write: true })],
  ['CLIENT UNPAUSE', '', (c) => c.clientUnpause()],
  ['CLIENT TRACKINGINFO', '', (c) => c.clientTrackinginfo()],
  ['ECHO', '', (c) => c.echo('x')],
  ['PING', '', (c) => c.ping()],
  ['PING', 'message', (c) => c.ping('x')],

  ['ACL CAT', '', (c) => c.aclCat()],
  ['ACL SETUSER', '', (c) => c.aclSetuser('u', ['on', '>pw', '(+get ~a*)'])],
  ['ACL GETUSER', '', (c) => c.aclGetuser('u')],
  ['ACL GETUSER', '', (c) => c.aclGetuser('nobody')],
  ['ACL DRYRUN', '', (c) => c.aclDryrun('u', 'get', 'k')],
  ['ACL DRYRUN', '', (c) => c.aclDryrun('default', 'get', 'k')],
  ['ACL DELUSER', '', (c) => c.aclDeluser('u')],
  ['ACL GENPASS', '', (c) => c.aclGenpass()],
  ['ACL HELP', '', (c) => c.aclHelp()],
  ['ACL LIST', '', (c) => c.aclList()],
  ['ACL LOG', '', (c) => c.aclLog()],
  ['ACL USERS', '', (c) => c.aclUsers()],
  ['ACL WHOAMI', '', (c) => c.aclWhoami()],
  ['COMMAND', '', (c) => c.command()],
  ['COMMAND COUNT', '', (c) => c.commandCount()],
  ['COMMAND DOCS', '', (c) => c.commandDocs(['get', 'script', 'xread'])],
  ['COMMAND GETKEYS', '', (c) => c.commandGetkeys('get', 'k')],
  [
    'COMMAND GETKEYSANDFLAGS',
    '',
    (c) => c.commandGetkeysandflags('set', ['k', 'v']),
  ],
  ['COMMAND HELP', '', (c) => c.commandHelp()],
  ['COMMAND INFO', '', (c) => c.commandInfo(['get', 'xread', 'no', 'script'])],
  ['COMMAND LIST', '', (c) => c.commandList({ filterby: { pattern: 'z*' } })],
  ['COMMANDLOG GET', '', (c) => c.commandlogGet(3, 'slow')],
  ['COMMANDLOG HELP', '', (c) => c.commandlogHelp()],
  ['COMMANDLOG LEN', '', (c) => c.commandlogLen('large-reply')],
  ['COMMANDLOG RESET', '', (c) => c.commandlogReset('large-reply')],
  ['CONFIG GET', '', (c) => c.configGet('maxmemory*', 'port')],
  ['CONFIG HELP', '', (c) => c.configHelp()],
  ['CONFIG SET', '', (c) => c.configSet({ 'slowlog-max-len': 64 })],
  ['CONFIG RESETSTAT', '', (c) => c.configResetstat()],
  ['DBSIZE', '', (c) => c.dbsize()],
  ['HOTKEYS HELP', '', (c) => c.hotkeysHelp()],
  [
    'HOTKEYS START',
    '',
    async (c) => {
      await c.hotkeysStop();
      return c.hotkeysStart(['cpu', 'net']);
    },
  ],
  ['GET', '', (c, k) => c.get(k('s')), 'HOTKEYS GET'],
  ['HOTKEYS GET', '', (c) => c.hotkeysGet()],
  [
    'HOTKEYS STOP',
    '',
    async (c) => {
      await c.hotkeysStop();
      await c.hotkeysStart('cpu');
      return c.hotkeysStop();
    },
  ],
  ['HOTKEYS STOP', '', (c) => c.hotkeysStop()],
  ['HOTKEYS RESET', '', (c) => c.hotkeysReset()],
  ['HOTKEYS GET', '', (c) => c.hotkeysGet()],
  ['INFO', '', (c) => c.info(['server', 'clients'])],
  ['LASTSAVE', '', (c) => c.lastsave()],
  ['LATENCY DOCTOR', '', (c) => c.latencyDoctor()],
  ['LATENCY GRAPH', '', (c) => c.latencyGraph('command')],
  ['LATENCY HELP', '', (c) => c.latencyHelp()],
  ['LATENCY HISTOGRAM', '', (c) => c.latencyHistogram(['get'])],
  ['LATENCY HISTORY', '', (c) => c.latencyHistory('command')],
  ['LATENCY LATEST', '', (c) => c.latencyLatest()],
  ['LATENCY RESET', '', (c) => c.latencyReset('fork')],
  ['LOLWUT', '', (c) => c.lolwut({ version: 6 })],
  ['MEMORY DOCTOR', '', (c) => c.memoryDoctor()],
  ['MEMORY HELP', '', (c) => c.memoryHelp()],
  ['MEMORY MALLOC-STATS', '', (c) => c.memoryMallocStats()],
  ['MEMORY PURGE', '', (c) => c.memoryPurge()],
  ['MEMORY STATS', '', (c) => c.memoryStats()],
  ['MEMORY USAGE', '', (c, k) => c.memoryUsage(k('s'))],
  ['MEMORY USAGE', '', (c, k) => c.memoryUsage(k('gone'))],
  ['MODULE HELP', '', (c) => c.moduleHelp()],
  ['MODULE LIST', '', (c) => c.moduleList()],
  ['ROLE', '', (c) => c.role()],
  ['SLOWLOG GET', '', (c) => c.slowlogGet(3)],
  ['SLOWLOG HELP', '', (c) => c.slowlogHelp()],
  ['SLOWLOG LEN', '', (c) => c.slowlogLen()],
  ['TIME', '', (c) => c.time()],

  [
    'CLUSTER COUNT-FAILURE-REPORTS',
    '',
    async (c) => {
      const ids: Record<string, unknown> = await c.clusterMyid();
      return c.clusterCountFailureReports(String(Object.values(ids)[0]));
    },
  ],
  ['CLUSTER COUNTKEYSINSLOT', '', (c) => c.clusterCountkeysinslot(7)],
  [
    'CLUSTER GETKEYSINSLOT',
    '',
    async (c, k) => c.clusterGetkeysinslot(await c.clusterKeyslot(k('')), 3),
  ],
  ['CLUSTER GETSLOTMIGRATIONS', '', (c) => c.clusterGetslotmigrations()],
  ['CLUSTER HELP', '', (c) => c.clusterHelp()],
  ['CLUSTER INFO', '', (c) => c.clusterInfo()],
  ['CLUSTER KEYSLOT', '', (c) => c.clusterKeyslot('k')],
  ['CLUSTER LINKS', '', (c) => c.clusterLinks()],
  ['CLUSTER MYID', '', (c) => c.clusterMyid()],
  ['CLUSTER MYSHARDID', '', (c) => c.clusterMyshardid()],
  ['CLUSTER NODES', '', (c) => c.clusterNodes()],
  ['CLUSTER REPLICAS', '', async (c) => c.clusterReplicas(await primaryId(c))],
  ['CLUSTER SLAVES', '', async (c) => c.clusterSlaves(await primaryId(c))],
  ['CLUSTER SHARDS', '', (c) => c.clusterShards()],
  [
    'CLUSTER SLOT-STATS',
    '',
    (c) => c.clusterSlotStats({ slotsrange: { from: 0, to: 9 } }),
  ],
  [
    'CLUSTER SLOT-STATS',
    '',
    (c) => c.clusterSlotStats({ orderby: { metric: 'key-count', limit: 2 } }),
  ],
  ['CLUSTER SLOTS', '', (c) => c.clusterSlots()],
  ['CLUSTERSCAN', '', (c) => c.clusterscan('0')],
];

async function primaryId(client: {
  clusterNodes(): Promise<unknown>;
}): Promise<string> {
  const lines = String(await client.clusterNodes()).split('\n');
  return lines.find((line) => line.includes('master'))!.split(' ')[0]!;
}

/** What no call above runs, and why. */
export const NOT_RUN: Readonly<Record<string, string>> = {
  'ACL LOAD': 'the servers have no file of users',
  'ACL SAVE': 'the servers have no file of users',
  BGREWRITEAOF: 'refused while another save runs',
  BGSAVE: 'refused while another save runs',
  SAVE: 'refused while another save runs',
  'CONFIG REWRITE': 'the servers have no file',
  FLUSHALL: 'would take the keys of the other cases',
  FLUSHDB: 'would take the keys of the other cases',
  'FUNCTION KILL': 'nothing runs that could be stopped',
  'SCRIPT KILL': 'nothing runs that could be stopped',
  MIGRATE: 'needs another cluster',
  MOVE: 'there is one database',
  'MODULE LOAD': 'needs a module',
  'MODULE LOADEX': 'needs a module',
  'MODULE UNLOAD': 'needs a module',
  'OBJECT FREQ': 'needs an eviction policy of its own',
  PFDEBUG: 'its replies are for those who develop servers',
  'SLOWLOG RESET': 'would take the entries of the other cases',
  XIDMPRECORD: 'spoken between servers',
};
