import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalRedisNode } from 'nest-redis-cluster/testing';
import { expect } from 'vitest';
import { PER_NODE, type PolicyCase } from './policy-case.js';
import { byNode, type PolicyCluster } from './policy-cluster.js';

const SCRIPT = 'return "a script of the policies"';
const LIBRARY = `#!lua name=policies
redis.register_function("twice", function(keys, args) return args[1] * 2 end)`;

const KEYS = Array.from({ length: 60 }, (_, n) => `key:${n}`);

const info = async (
  on: PolicyCluster,
  node: LocalRedisNode,
  field: string,
): Promise<string | undefined> =>
  new RegExp(`^${field}:(.*?)\r?$`, 'm').exec(
    String(await on.ask(node, 'INFO', 'everything')),
  )?.[1];

const onAll =
  (name: string, ...args: (string | number)[]) =>
  (on: PolicyCluster): Promise<unknown> =>
    on.everywhere(name, ...args);

/** Keys on every shard, and on the replicas too. */
const withKeys = async (on: PolicyCluster): Promise<void> => {
  await noBackgroundWork(on);
  await on.cluster.flush();
  await on.client.ensureReplication(1, 60_000, () =>
    on.client.mset(KEYS.map((key) => [key, 'value'] as const)),
  );
};

const functionsOf = async (
  on: PolicyCluster,
  node: LocalRedisNode,
): Promise<number> =>
  ((await on.ask(node, 'FUNCTION', 'LIST')) as unknown[]).length;

const noFunctions = async (on: PolicyCluster): Promise<void> => {
  for (const node of await on.cluster.primaries()) {
    await on.ask(node, 'FUNCTION', 'FLUSH', 'SYNC');
  }
};

const withLibrary = async (on: PolicyCluster): Promise<void> => {
  await noFunctions(on);
  for (const node of await on.cluster.primaries()) {
    await on.ask(node, 'FUNCTION', 'LOAD', LIBRARY);
  }
};

const scripts = async (
  on: PolicyCluster,
  node: LocalRedisNode,
): Promise<unknown> => Number(await info(on, node, 'number_of_cached_scripts'));

const hasUser =
  (user: string) =>
  async (on: PolicyCluster, node: LocalRedisNode): Promise<boolean> =>
    ((await on.ask(node, 'ACL', 'USERS')) as string[]).includes(user);

const aclFile = (node: LocalRedisNode): string =>
  join(node.directory, 'users.acl');

const configured =
  (parameter: string) =>
  async (on: PolicyCluster, node: LocalRedisNode): Promise<unknown> =>
    ((await on.ask(node, 'CONFIG', 'GET', parameter)) as unknown[])[1];

const slowCommands = async (on: PolicyCluster): Promise<void> => {
  const threshold = on.has('COMMANDLOG LEN')
    ? 'commandlog-execution-slower-than'
    : 'slowlog-log-slower-than';
  await on.everywhere('CONFIG', 'SET', threshold, 0);
  await on.everywhere('ECHO', 'slow');
  await on.everywhere('CONFIG', 'SET', threshold, -1);
};

const logLength =
  (...words: [string, ...string[]]) =>
  async (on: PolicyCluster, node: LocalRedisNode): Promise<boolean> =>
    Number(await on.ask(node, ...words)) === 0;

/** One latency spike of the event `command` on each node. */
const spikes = async (on: PolicyCluster): Promise<void> => {
  await on.everywhere('CONFIG', 'SET', 'latency-monitor-threshold', 1);
  await on.everywhere('DEBUG', 'SLEEP', '0.003');
  await on.everywhere('CONFIG', 'SET', 'latency-monitor-threshold', 0);
};

/** Whether a node has executed a command since CONFIG RESETSTAT. */
const hasRun =
  (statistic: string) =>
  async (on: PolicyCluster, node: LocalRedisNode): Promise<boolean> =>
    /^calls=[1-9]/.test((await info(on, node, `cmdstat_${statistic}`)) ?? '');

/** No node writes a file in the background, which would forbid another. */
const noBackgroundWork = async (on: PolicyCluster): Promise<void> => {
  await expect
    .poll(() =>
      byNode(on.cluster.nodes, async (node) => [
        await info(on, node, 'rdb_bgsave_in_progress'),
        await info(on, node, 'aof_rewrite_in_progress'),
      ]),
    )
    .toEqual(
      Object.fromEntries(
        on.cluster.nodes.map(({ address }) => [address, ['0', '0']]),
      ),
    );
};

/** Commands that change what each node keeps. */
export const POLICY_CHANGES: readonly PolicyCase[] = [
  {
    name: 'CONFIG SET',
    reach: 'nodes',
    before: onAll('CONFIG', 'SET', 'hz', 11),
    run: (client) => client.configSet({ hz: 13 }),
    reply: 'OK',
    state: configured('hz'),
    done: '13',
    undone: '11',
  },
  {
    name: 'CONFIG RESETSTAT',
    reach: 'nodes',
    before: onAll('ECHO', 'counted'),
    run: (client) => client.configResetstat(),
    reply: 'OK',
    state: async (on, node) =>
      (await info(on, node, 'cmdstat_echo')) === undefined,
    done: true,
    undone: false,
  },
  {
    name: 'CONFIG REWRITE',
    reach: 'nodes',
    before: async (on) => {
      await on.everywhere('CONFIG', 'SET', 'slowlog-max-len', 21);
      await on.everywhere('CONFIG', 'REWRITE');
      await on.everywhere('CONFIG', 'SET', 'slowlog-max-len', 22);
    },
    run: (client) => client.configRewrite(),
    reply: 'OK',
    state: (_, node) =>
      Promise.resolve(
        /^(?:slowlog-max-len|commandlog-slow-execution-max-len) (\d+)/m.exec(
          readFileSync(join(node.directory, 'server.conf'), 'utf8'),
        )?.[1],
      ),
    done: '22',
    undone: '21',
  },
  {
    name: 'SCRIPT LOAD',
    reach: 'nodes',
    before: onAll('SCRIPT', 'FLUSH', 'SYNC'),
    run: (client) => client.scriptLoad(SCRIPT),
    reply: expect.stringMatching(/^[0-9a-f]{40}$/),
    state: scripts,
    done: 1,
    undone: 0,
  },
  {
    name: 'SCRIPT FLUSH',
    reach: 'nodes',
    before: onAll('SCRIPT', 'LOAD', SCRIPT),
    run: (client) => client.scriptFlush(),
    reply: 'OK',
    state: scripts,
    done: 0,
    undone: 1,
  },
  {
    name: 'ACL SETUSER',
    reach: 'nodes',
    before: onAll('ACL', 'DELUSER', 'somebody'),
    run: (client) => client.aclSetuser('somebody', ['on', '+get', '~a*']),
    reply: 'OK',
    state: hasUser('somebody'),
    done: true,
    undone: false,
  },
  {
    name: 'ACL DELUSER',
    reach: 'nodes',
    before: onAll('ACL', 'SETUSER', 'somebody', 'on'),
    run: (client) => client.aclDeluser('somebody', 'nobody'),
    reply: 1,
    state: hasUser('somebody'),
    done: false,
    undone: true,
  },
  {
    name: 'ACL SAVE',
    reach: 'nodes',
    before: async (on) => {
      await on.everywhere('ACL', 'DELUSER', 'saved');
      await on.everywhere('ACL', 'SAVE');
      await on.everywhere('ACL', 'SETUSER', 'saved', 'on');
    },
    run: (client) => client.aclSave(),
    reply: 'OK',
    state: (_, node) =>
      Promise.resolve(readFileSync(aclFile(node), 'utf8').includes('saved')),
    done: true,
    undone: false,
  },
  {
    name: 'ACL LOAD',
    reach: 'nodes',
    before: async (on) => {
      await on.everywhere('ACL', 'SETUSER', 'loaded', 'on');
      await on.everywhere('ACL', 'SAVE');
      await on.everywhere('ACL', 'DELUSER', 'loaded');
    },
    run: (client) => client.aclLoad(),
    reply: 'OK',
    state: hasUser('loaded'),
    done: true,
    undone: false,
  },
  {
    name: 'SAVE',
    reach: 'nodes',
    before: withKeys,
    run: (client) => client.save(),
    reply: 'OK',
    state: async (on, node) =>
      (await info(on, node, 'rdb_changes_since_last_save')) === '0',
    done: true,
    undone: false,
  },
  {
    name: 'BGSAVE',
    reach: 'nodes',
    before: withKeys,
    run: (client) => client.bgsave(),
    reply: 'Background saving started',
    state: async (on, node) =>
      (await info(on, node, 'rdb_changes_since_last_save')) === '0',
    done: true,
    undone: false,
  },
  {
    name: 'SLOWLOG RESET',
    reach: 'nodes',
    before: slowCommands,
    run: (client) => client.slowlogReset(),
    reply: 'OK',
    state: logLength('SLOWLOG', 'LEN'),
    done: true,
    undone: false,
  },
  {
    name: 'COMMANDLOG RESET',
    reach: 'nodes',
    before: slowCommands,
    run: (client) => client.commandlogReset('slow'),
    reply: 'OK',
    state: logLength('COMMANDLOG', 'LEN', 'slow'),
    done: true,
    undone: false,
  },
  {
    name: 'LATENCY RESET',
    reach: 'nodes',
    before: spikes,
    run: (client) => client.latencyReset('command'),
    reply: 6,
    state: async (on, node) =>
      ((await on.ask(node, 'LATENCY', 'HISTORY', 'command')) as []).length ===
      0,
    done: true,
    undone: false,
  },
  {
    name: 'LATENCY GRAPH',
    reach: 'nodes',
    before: spikes,
    run: (client) => client.latencyGraph('command'),
    reply: PER_NODE,
  },
  {
    name: 'MEMORY PURGE',
    reach: 'nodes',
    before: onAll('CONFIG', 'RESETSTAT'),
    run: (client) => client.memoryPurge(),
    reply: 'OK',
    state: hasRun('memory\\|purge'),
    done: true,
    undone: false,
  },
  {
    name: 'BGREWRITEAOF',
    reach: 'nodes',
    before: async (on) => {
      await noBackgroundWork(on);
      await on.everywhere('CONFIG', 'RESETSTAT');
    },
    run: (client) => client.bgrewriteaof(),
    reply: expect.stringContaining('rewriting'),
    state: hasRun('bgrewriteaof'),
    done: true,
    undone: false,
  },
  {
    name: 'HOTKEYS START',
    reach: 'nodes',
    before: async (on) => {
      await on.everywhere('HOTKEYS', 'STOP');
      await on.everywhere('HOTKEYS', 'RESET');
    },
    run: (client) => client.hotkeysStart('cpu'),
    reply: 'OK',
    state: hotkeysTrack,
    done: 1,
    undone: undefined,
  },
  {
    name: 'HOTKEYS STOP',
    reach: 'nodes',
    before: startHotkeys,
    run: (client) => client.hotkeysStop(),
    reply: 'OK',
    state: hotkeysTrack,
    done: 0,
    undone: 1,
  },
  {
    name: 'HOTKEYS RESET',
    reach: 'nodes',
    before: async (on) => {
      await startHotkeys(on);
      await on.everywhere('HOTKEYS', 'STOP');
    },
    run: (client) => client.hotkeysReset(),
    reply: 'OK',
    state: hotkeysTrack,
    done: undefined,
    undone: 0,
  },
  {
    name: 'FLUSHALL',
    reach: 'primaries',
    before: withKeys,
    run: (client) => client.flushall(),
    reply: 'OK',
    state: isEmpty,
    done: true,
    undone: false,
  },
  {
    name: 'FLUSHDB',
    reach: 'primaries',
    before: withKeys,
    run: (client) => client.flushdb({ sync: true }),
    reply: 'OK',
    state: isEmpty,
    done: true,
    undone: false,
  },
  {
    name: 'FUNCTION LOAD',
    reach: 'primaries',
    before: noFunctions,
    run: (client) => client.functionLoad(LIBRARY),
    reply: 'policies',
    state: functionsOf,
    done: 1,
    undone: 0,
  },
  {
    name: 'FUNCTION DELETE',
    reach: 'primaries',
    before: withLibrary,
    run: (client) => client.functionDelete('policies'),
    reply: 'OK',
    state: functionsOf,
    done: 0,
    undone: 1,
  },
  {
    name: 'FUNCTION FLUSH',
    reach: 'primaries',
    before: withLibrary,
    run: (client) => client.functionFlush(),
    reply: 'OK',
    state: functionsOf,
    done: 0,
    undone: 1,
  },
  {
    name: 'FUNCTION RESTORE',
    reach: 'primaries',
    before: withLibrary,
    run: async (client) => {
      const dump = await client.functionDump();
      await client.functionFlush();
      return client.functionRestore(dump);
    },
    reply: 'OK',
    state: functionsOf,
    done: 1,
    undone: 0,
  },
];

async function isEmpty(
  on: PolicyCluster,
  node: LocalRedisNode,
): Promise<boolean> {
  return (await on.ask(node, 'DBSIZE')) === 0;
}

/** 1 while it measures, 0 when it has ended, undefined without a measurement. */
async function hotkeysTrack(
  on: PolicyCluster,
  node: LocalRedisNode,
): Promise<unknown> {
  const reply = (await on.ask(node, 'HOTKEYS', 'GET')) as unknown[] | null;
  const fields = (reply ?? []).flat();
  return fields[fields.indexOf('tracking-active') + 1];
}

async function startHotkeys(on: PolicyCluster): Promise<void> {
  await on.everywhere('HOTKEYS', 'STOP');
  await on.everywhere('HOTKEYS', 'RESET');
  await on.everywhere('HOTKEYS', 'START', 'METRICS', 1, 'CPU');
}
