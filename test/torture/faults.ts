import { setTimeout as delay } from 'node:timers/promises';
import type {
  LocalRedisClusterOptions,
  LocalRedisNode,
} from '../../lib/testing/index.js';
import type { Arena } from './arena.js';
import { epochMs } from './outcome-record.js';
import type { SeededRandom } from './random.js';
import { TARGET_SLOTS } from './shards.js';

/** What a fault tells of itself when it is over and healed. */
export interface FaultReport {
  /** When the first node showed the new owner, in milliseconds since the epoch, where a primary was lost. */
  readonly newOwnerAt?: number;
  /** Connections to the node that were open before and are not any more, where it was only busy. */
  readonly lostConnections?: number;
}

/** Something that happens to a cluster, or to the way there. */
export interface Fault {
  readonly name: string;
  /** What the cluster must be, beyond three primaries with a replica each. */
  readonly cluster?: LocalRedisClusterOptions;
  /** Whether other faults can come before and after it on the same cluster. */
  readonly repeatable: boolean;
  /** How long callers of the shard that is hit may go without a success, in milliseconds. */
  readonly longestGapMs: number;
  /** Whether only the one shard is hit: the others may not notice. */
  readonly isolated: boolean;
  /** Whether no call's outcome may become unknown: no connection has a reason to end. */
  readonly harmless?: boolean;
  /** Does it and heals it; resolves when the cluster is as before. */
  run(arena: Arena, random: SeededRandom): Promise<FaultReport>;
}

/** How long what does not heal by itself lasts, in milliseconds. */
const LASTING_MS = 5_000;

/** A failover by default settings here: a node timeout of 2 s, the votes, the clients. */
const FAILOVER_GAP_MS = 12_000;

const HEALS_AT_ONCE_MS = 2_000;

/** All faults; on a cluster with a node timeout of 2 s unless they say otherwise. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'kill -9',
    repeatable: true,
    longestGapMs: FAILOVER_GAP_MS,
    isolated: true,
    run: async (arena) => {
      const primary = await target(arena);
      await arena.cluster.kill(primary);
      const newOwnerAt = await untilReplaced(arena, primary);
      await delay(1_000);
      await arena.cluster.restart(primary);
      return { newOwnerAt };
    },
  },
  {
    name: 'SIGSTOP',
    repeatable: true,
    longestGapMs: FAILOVER_GAP_MS,
    isolated: true,
    run: async (arena) => {
      const primary = await target(arena);
      await arena.cluster.freeze(primary);
      const newOwnerAt = await untilReplaced(arena, primary);
      await delay(1_000);
      await arena.cluster.resume(primary);
      return { newOwnerAt };
    },
  },
  cutting('RST mid-reply', 'rst'),
  cutting('FIN mid-reply', 'fin'),
  {
    name: 'half-open connections',
    repeatable: true,
    // a second of silence, and two looks a second apart
    longestGapMs: 3_500,
    isolated: true,
    run: async (arena) => {
      for (const proxy of await targetProxies(arena)) proxy.halfOpen();
      await delay(LASTING_MS);
      return {};
    },
  },
  dropping('drop inbound bytes', 'toServer'),
  dropping('drop outbound bytes', 'toClient'),
  {
    name: '300 ms delay',
    repeatable: true,
    longestGapMs: HEALS_AT_ONCE_MS,
    isolated: true,
    harmless: true,
    run: async (arena) => {
      const proxies = await targetProxies(arena);
      for (const proxy of proxies) proxy.delay(300);
      await delay(LASTING_MS);
      for (const proxy of proxies) proxy.delay(0);
      return {};
    },
  },
  {
    name: 'wrong topology answer',
    repeatable: true,
    longestGapMs: HEALS_AT_ONCE_MS,
    isolated: false,
    run: async (arena, random) => {
      const liar = random.pick(await bystanders(arena));
      arena.tapOf(liar).lie();
      await failOver(arena);
      // the liar is asked sooner or later, and more often when something happens elsewhere
      for (let round = 0; round < 5; round += 1) {
        for (const proxy of await targetProxies(arena)) proxy.cut('rst');
        await delay(600);
      }
      arena.tapOf(liar).lie(false);
      return {};
    },
  },
  {
    name: 'slow topology answer',
    repeatable: true,
    longestGapMs: HEALS_AT_ONCE_MS,
    isolated: false,
    run: async (arena) => {
      const taps = arena.cluster.nodes.map((node) => arena.tapOf(node));
      for (const tap of taps) tap.lateMs = 3_000;
      await failOver(arena);
      await delay(2_000);
      for (const tap of taps) tap.lateMs = 0;
      return {};
    },
  },
  {
    name: 'AUTH change',
    cluster: { users: [{ name: 'app', password: 'first' }] },
    repeatable: false,
    longestGapMs: HEALS_AT_ONCE_MS,
    isolated: false,
    run: async (arena) => {
      const user = (...rules: string[]): Promise<unknown> =>
        onAll(arena, 'ACL', 'SETUSER', 'app', ...rules);
      await user('>second');
      arena.password = 'second';
      await Promise.all(
        arena.clients.map((client) => client.update({ password: 'second' })),
      );
      await user('<first');
      for (let round = 0; round < 3; round += 1) {
        await onAll(arena, 'CLIENT', 'KILL', 'USER', 'app', 'SKIPME', 'yes');
        await delay(700);
      }
      return {};
    },
  },
  {
    name: 'CLUSTER FAILOVER',
    repeatable: true,
    longestGapMs: 3_000,
    isolated: true,
    run: async (arena) => {
      await failOver(arena);
      return {};
    },
  },
  {
    name: 'slot migration',
    // no replica takes over from a primary that is only busy
    cluster: { nodeTimeoutMs: 10_000 },
    repeatable: true,
    longestGapMs: HEALS_AT_ONCE_MS,
    isolated: true,
    harmless: true,
    run: async (arena) => {
      const from = await target(arena);
      const [to] = (await arena.cluster.primaries()).filter((n) => n !== from);
      await arena.cluster.migrateSlots(TARGET_SLOTS, to!);
      await delay(500);
      // back home: each fault finds the shards as the first one did
      await arena.cluster.migrateSlots(TARGET_SLOTS, from);
      return {};
    },
  },
  {
    name: 'add node',
    repeatable: false,
    longestGapMs: HEALS_AT_ONCE_MS,
    isolated: true,
    harmless: true,
    run: async (arena) => {
      const added = await arena.addNode();
      await arena.cluster.migrateSlots(TARGET_SLOTS.slice(0, 50), added);
      await arena.addNode(added);
      return {};
    },
  },
  {
    name: 'remove node',
    repeatable: false,
    longestGapMs: HEALS_AT_ONCE_MS,
    isolated: false,
    run: async (arena) => {
      const { cluster } = arena;
      const leaving = await target(arena);
      const [heir] = (await cluster.primaries()).filter((n) => n !== leaving);
      await cluster.migrateSlots(await slotsOf(leaving), heir!);
      for (const replica of await cluster.replicasOf(leaving)) {
        await cluster.removeNode(replica);
      }
      await cluster.removeNode(leaving);
      await delay(2_000);
      return {};
    },
  },
  {
    name: 'all IPs change',
    repeatable: true,
    longestGapMs: 5_000,
    isolated: false,
    run: async (arena) => {
      await arena.changeAllAddresses();
      await delay(2_000);
      return {};
    },
  },
  busy('CLIENT PAUSE', (node) => node.command('CLIENT', 'PAUSE', 3_000, 'ALL')),
  busy('DEBUG SLEEP', (node) => node.command('DEBUG', 'SLEEP', '3')),
  busy('busy script', (node) =>
    node.command(
      'EVAL',
      "local t = redis.call('TIME')[1] + 3; while tonumber(redis.call('TIME')[1]) < t do end",
      '0',
    ),
  ),
];

function cutting(name: string, how: 'rst' | 'fin'): Fault {
  return {
    name,
    repeatable: true,
    longestGapMs: HEALS_AT_ONCE_MS,
    isolated: true,
    run: async (arena) => {
      for (let round = 0; round < 8; round += 1) {
        for (const proxy of await targetProxies(arena)) proxy.cutMidReply(how);
        await delay(300);
      }
      return {};
    },
  };
}

function dropping(name: string, direction: 'toServer' | 'toClient'): Fault {
  return {
    name,
    repeatable: true,
    // the node lives and new connections are dark too: nothing can be done before it heals
    longestGapMs: LASTING_MS + 4_000,
    isolated: true,
    run: async (arena) => {
      const proxies = await targetProxies(arena);
      for (const proxy of proxies) proxy.freeze(direction);
      await delay(LASTING_MS);
      // what was held back is dropped: the connections end with it
      for (const proxy of proxies) proxy.cut('rst');
      for (const proxy of proxies) proxy.thaw();
      return {};
    },
  };
}

/** The node lives, but does nothing else for longer than a silence is suspicious. */
function busy(
  name: string,
  occupy: (node: LocalRedisNode) => Promise<unknown>,
): Fault {
  return {
    name,
    // the cluster itself must not take the node for dead
    cluster: {
      nodeTimeoutMs: 10_000,
      args: [
        '--enable-debug-command',
        'local',
        '--busy-reply-threshold',
        '500',
      ],
    },
    repeatable: false,
    longestGapMs: 5_000,
    isolated: true,
    harmless: true,
    run: async (arena) => {
      const node = await target(arena);
      const before = await connectionsOf(node, FOR_DATA);
      await occupy(node);
      await delay(3_500);
      // whatever they were used for last: the one that reads the topology
      // ended it with EXEC before, with CLUSTER SLOTS now
      const after = new Set(await connectionsOf(node));
      const lost = before.filter((id) => !after.has(id));
      return { lostConnections: lost.length };
    },
  };
}

/** What the workloads send last. */
const FOR_DATA = / cmd=(?:get|incr|mget|exec|blpop|rpush|dbsize|set) /;

/** The numbers of the clients' connections to a node, of those whose line matches. */
async function connectionsOf(
  node: LocalRedisNode,
  which = /(?:)/,
): Promise<string[]> {
  const list = String(await node.command('CLIENT', 'LIST', 'TYPE', 'normal'));
  return list
    .split('\n')
    .filter((line) => line.startsWith('id=') && which.test(line))
    .map((line) => /^id=(\d+)/.exec(line)![1]!);
}

/** The owner of the slots that are hit. */
function target({ cluster }: Arena): Promise<LocalRedisNode> {
  return cluster.primaryOf(TARGET_SLOTS[0]!);
}

async function targetProxies(
  arena: Arena,
): Promise<ReturnType<Arena['proxyOf']>[]> {
  return [arena.proxyOf(await target(arena))];
}

/** Nodes of the shards that are not hit. */
async function bystanders(arena: Arena): Promise<LocalRedisNode[]> {
  const primary = await target(arena);
  const hit = [primary, ...(await arena.cluster.replicasOf(primary))];
  return arena.cluster.nodes.filter((node) => !hit.includes(node));
}

async function failOver(arena: Arena): Promise<void> {
  const [replica] = await arena.cluster.replicasOf(await target(arena));
  await arena.cluster.failover(replica!);
}

async function onAll(arena: Arena, ...words: string[]): Promise<void> {
  const [name = '', ...args] = words;
  await Promise.all(
    arena.cluster.nodes.map((node) => node.command(name, ...args)),
  );
}

/** Resolves to the time at which the first node showed another owner. */
async function untilReplaced(
  { cluster }: Arena,
  former: LocalRedisNode,
): Promise<number> {
  const others = cluster.nodes.filter((node) => node !== former);
  const deadline = performance.now() + 120_000;
  for (;;) {
    for (const node of others) {
      const view = String(await node.command('CLUSTER', 'NODES'));
      const owns = view
        .split('\n')
        .some(
          (line) =>
            line.startsWith(former.id) && /-\d+( |$)/.test(slotsIn(line)),
        );
      if (!owns) return epochMs();
    }
    if (performance.now() > deadline) {
      throw new Error(`${former.address} was not replaced in 120 s`);
    }
    await delay(10);
  }
}

/** `id address flags primary ping pong epoch link slot slot ...` */
function slotsIn(line: string): string {
  return line.split(' ').slice(8).join(' ');
}

async function slotsOf(owner: LocalRedisNode): Promise<number[]> {
  const view = String(await owner.command('CLUSTER', 'NODES'));
  const line = view.split('\n').find((one) => one.startsWith(owner.id)) ?? '';
  return slotsIn(line)
    .split(' ')
    .filter((range) => /^\d/.test(range))
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, n) => first + n);
    });
}
