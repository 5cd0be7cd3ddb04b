import type { RedisClusterClient } from 'nest-redis-cluster';
import { expect } from 'vitest';
import { PER_NODE, type PolicyCase } from './policy-case.js';
import { POLICY_CHANGES } from './policy-changes.js';
import type { Reach } from './policy-cluster.js';

const SHA = 'f'.repeat(40);

type Question = readonly [
  name: string,
  reach: Reach,
  run: PolicyCase['run'],
  reply: unknown,
];

/** Commands that only ask; what they answer is tested beside. */
const QUESTIONS: readonly Question[] = [
  ['PING', 'primaries', (c) => c.ping('hello'), 'hello'],
  ['SCRIPT EXISTS', 'primaries', (c) => c.scriptExists(SHA), [0]],
  ['DBSIZE', 'primaries', (c) => c.dbsize(), expect.any(Number)],
  ['KEYS', 'primaries', (c) => c.keys('none*'), []],
  ['RANDOMKEY', 'primaries', (c) => c.randomkey(), expect.anything()],
  ['FUNCTION STATS', 'primaries', (c) => c.functionStats(), PER_NODE],
  ['PUBSUB CHANNELS', 'nodes', (c) => c.pubsubChannels(), []],
  ['PUBSUB SHARDCHANNELS', 'nodes', (c) => c.pubsubShardchannels(), []],
  ['PUBSUB NUMPAT', 'nodes', (c) => c.pubsubNumpat(), 0],
  [
    'PUBSUB NUMSUB',
    'nodes',
    (c) => c.pubsubNumsub('x'),
    [{ channel: 'x', subscribers: 0 }],
  ],
  [
    'PUBSUB SHARDNUMSUB',
    'nodes',
    (c) => c.pubsubShardnumsub('x'),
    [{ channel: 'x', subscribers: 0 }],
  ],
  ['CLIENT LIST', 'nodes', (c) => c.clientList(), PER_NODE],
  [
    'CLIENT KILL',
    'nodes',
    (c) => c.clientKill({ user: 'app', skipme: 'yes', id: 99_999_999 }),
    0,
  ],
  ['CLIENT PAUSE', 'nodes', (c) => c.clientPause(1, { write: true }), 'OK'],
  ['CLIENT UNPAUSE', 'nodes', (c) => c.clientUnpause(), 'OK'],
  ['ACL LOG', 'nodes', (c) => c.aclLog(), PER_NODE],
  ['CONFIG GET', 'nodes', (c) => c.configGet('port'), PER_NODE],
  ['INFO', 'primaries', (c) => c.info('server'), PER_NODE],
  ['LASTSAVE', 'nodes', (c) => c.lastsave(), PER_NODE],
  ['LATENCY DOCTOR', 'nodes', (c) => c.latencyDoctor(), PER_NODE],
  [
    'LATENCY HISTOGRAM',
    'nodes',
    (c) => c.latencyHistogram('config|get'),
    PER_NODE,
  ],
  ['LATENCY HISTORY', 'nodes', (c) => c.latencyHistory('command'), PER_NODE],
  ['LATENCY LATEST', 'nodes', (c) => c.latencyLatest(), PER_NODE],
  ['MEMORY DOCTOR', 'primaries', (c) => c.memoryDoctor(), PER_NODE],
  ['MEMORY MALLOC-STATS', 'primaries', (c) => c.memoryMallocStats(), PER_NODE],
  ['MEMORY STATS', 'primaries', (c) => c.memoryStats(), PER_NODE],
  ['MODULE LIST', 'nodes', (c) => c.moduleList(), PER_NODE],
  ['ROLE', 'nodes', (c) => c.role(), PER_NODE],
  ['SLOWLOG GET', 'nodes', (c) => c.slowlogGet(2), PER_NODE],
  ['SLOWLOG LEN', 'nodes', (c) => c.slowlogLen(), expect.any(Number)],
  ['COMMANDLOG GET', 'nodes', (c) => c.commandlogGet(2, 'slow'), PER_NODE],
  [
    'COMMANDLOG LEN',
    'nodes',
    (c) => c.commandlogLen('slow'),
    expect.any(Number),
  ],
  ['HOTKEYS GET', 'nodes', (c) => c.hotkeysGet(), PER_NODE],
  [
    'CLUSTER COUNT-FAILURE-REPORTS',
    'nodes',
    async (c) => c.clusterCountFailureReports(await someNodeId(c)),
    PER_NODE,
  ],
  [
    'CLUSTER GETSLOTMIGRATIONS',
    'nodes',
    (c) => c.clusterGetslotmigrations(),
    PER_NODE,
  ],
  ['CLUSTER LINKS', 'nodes', (c) => c.clusterLinks(), PER_NODE],
  ['CLUSTER MYID', 'nodes', (c) => c.clusterMyid(), PER_NODE],
  ['CLUSTER MYSHARDID', 'nodes', (c) => c.clusterMyshardid(), PER_NODE],
  [
    'CLUSTER SLOT-STATS',
    'primaries',
    (c) => c.clusterSlotStats({ slotsrange: { from: 0, to: 16_383 } }),
    expect.objectContaining({ length: 16_384 }),
  ],
];

async function someNodeId(client: RedisClusterClient): Promise<string> {
  return (await client.clusterNodes()).split(' ')[0]!;
}

/** Every fan-out but those tested elsewhere. */
export const POLICY_CASES: readonly PolicyCase[] = [
  ...POLICY_CHANGES,
  ...QUESTIONS.map(([name, reach, run, reply]) => ({
    name,
    reach,
    run,
    reply,
  })),
];

/** Fan-outs that no case above runs, and where they are tested. */
export const TESTED_ELSEWHERE: Readonly<Record<string, string>> = {
  'SCRIPT KILL': 'one-succeeded',
  'FUNCTION KILL': 'one-succeeded',
  'MODULE LOAD': 'modules',
  'MODULE LOADEX': 'modules',
  'MODULE UNLOAD': 'modules',
};
