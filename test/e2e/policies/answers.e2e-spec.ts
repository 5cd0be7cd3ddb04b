import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { byNode, PolicyCluster } from '../../support/policy-cluster.js';
import { callsAt, resetStatistics } from '../../support/server-statistics.js';

const on = await PolicyCluster.start({
  args: ['--enable-debug-command', 'yes'],
});
const { client, cluster } = on;
const { nodes } = cluster;
const primaries = await cluster.primaries();

const KEYS = Array.from({ length: 100 }, (_, n) => `key:${n}`);

beforeAll(async () => {
  await client.mset(KEYS.map((key) => [key, 'value'] as const));
});

afterAll(() => on[Symbol.asyncDispose]());

const sumOf = (counts: Record<string, unknown>): number =>
  Object.values(counts).reduce<number>((sum, n) => sum + Number(n), 0);

/** A field of each node's INFO, as a number. */
const infoOf = (field: string, of = nodes) =>
  byNode(of, async (node) => {
    const text = String(await on.ask(node, 'INFO', 'everything'));
    return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(text)?.[1]);
  });

describe('what is added up', () => {
  it('DBSIZE is the sum of the primaries’', async () => {
    const sizes = await byNode(primaries, (node) => on.ask(node, 'DBSIZE'));
    expect(Math.min(...Object.values(sizes).map(Number))).toBeGreaterThan(0);
    expect(await client.dbsize()).toBe(sumOf(sizes));
  });

  it('SLOWLOG LEN is the sum of all nodes’, SLOWLOG GET has each node’s', async () => {
    const threshold = on.has('COMMANDLOG LEN')
      ? 'commandlog-execution-slower-than'
      : 'slowlog-log-slower-than';
    await on.everywhere('CONFIG', 'SET', threshold, -1);
    await on.everywhere('SLOWLOG', 'RESET');
    for (const node of nodes) {
      await on.ask(node, 'CONFIG', 'SET', threshold, 0);
      // far apart: each second a replica's acknowledgement may stand among them
      for (let n = 0; n < 10 * (node.index + 1); n += 1) {
        await on.ask(node, 'ECHO', node.index);
      }
      await on.ask(node, 'CONFIG', 'SET', threshold, -1);
    }
    const lengths = await on.everywhere('SLOWLOG', 'LEN');
    expect(new Set(Object.values(lengths)).size).toBe(6);
    expect(await client.slowlogLen()).toBe(sumOf(lengths));
    const logs = await client.slowlogGet(-1);
    expect(
      Object.fromEntries(
        Object.entries(logs).map(([node, log]) => [node, log.length]),
      ),
    ).toEqual(lengths);
    for (const { address, index } of nodes) {
      expect(logs[address]!.map(({ words }) => words)).toContainEqual([
        'ECHO',
        String(index),
      ]);
    }
  });

  it('LATENCY RESET is the sum of the events that each node forgets', async () => {
    await on.everywhere('CONFIG', 'SET', 'latency-monitor-threshold', 1);
    for (const node of [nodes[0]!, nodes[4]!]) {
      await on.ask(node, 'DEBUG', 'SLEEP', '0.003');
    }
    await on.everywhere('CONFIG', 'SET', 'latency-monitor-threshold', 0);
    const events = await byNode(nodes, async (node) =>
      ((await on.ask(node, 'LATENCY', 'LATEST')) as [string][]).map(
        ([event]) => event,
      ),
    );
    expect(events[nodes[4]!.address]).toContain('command');
    const latest = await client.latencyLatest();
    expect(
      await byNode(nodes, ({ address }) =>
        latest[address]!.map(({ event }) => event),
      ),
    ).toEqual(events);
    const history = await client.latencyHistory('command');
    // on a busy machine other commands are slow as well, in other seconds
    expect(history[nodes[4]!.address]).toContainEqual(
      expect.objectContaining({ time: expect.any(Number) }),
    );
    expect(await client.latencyReset()).toBe(
      Object.values(events).flat().length,
    );
    expect(
      Object.values(await on.everywhere('LATENCY', 'LATEST')).flat(),
    ).toEqual([]);
    expect(await client.latencyReset()).toBe(0);
  });
});

describe('what is put together', () => {
  it('KEYS has the keys of all primaries, each once', async () => {
    const own = await byNode(primaries, (node) => on.ask(node, 'KEYS', '*'));
    const keys = await client.keys('*');
    expect(keys.toSorted()).toEqual(KEYS.toSorted());
    expect(keys.toSorted()).toEqual(
      Object.values(own).flat().map(String).toSorted(),
    );
    expect(await client.keys('key:7')).toEqual(['key:7']);
  });

  it('RANDOMKEY is from a shard that has keys', async () => {
    expect(KEYS).toContain(await client.randomkey());
    const [first, ...others] = primaries;
    const kept = (await on.ask(first!, 'KEYS', '*')) as string[];
    for (const node of others) await on.ask(node, 'FLUSHALL');
    for (let n = 0; n < 20; n += 1) {
      expect(kept).toContain(await client.randomkey());
    }
    await client.mset(KEYS.map((key) => [key, 'value'] as const));
  });

  it('SCRIPT EXISTS is 1 only where every primary has it', async () => {
    const shas = [await client.scriptLoad('return 1')];
    for (const [index, node] of primaries.entries()) {
      shas.push(
        String(await on.ask(node, 'SCRIPT', 'LOAD', `return -${index}`)),
      );
    }
    expect(await client.scriptExists(...shas)).toEqual([1, 0, 0, 0]);
  });

  // an empty table for servers that do not have it
  it.each(['CLUSTER SLOT-STATS'].filter((name) => on.has(name)))(
    '%s has every slot once, with the counts of its owner',
    async () => {
      const slots = await client.clusterSlotStats({
        slotsrange: { from: 0, to: 16_383 },
      });
      expect(slots.map(({ slot }) => slot).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 16_384 }, (_, slot) => slot),
      );
    },
  );
});

describe('what is told of each node', () => {
  it('CONFIG GET', async () => {
    expect(await client.configGet('port')).toEqual(
      await byNode(nodes, ({ port }) => ({ port: String(port) })),
    );
  });

  it('INFO, of the primaries', async () => {
    const infos = await client.info('server');
    expect(await byNode(primaries, ({ address }) => infos[address])).toEqual(
      await byNode(primaries, ({ port }) =>
        expect.stringContaining(`tcp_port:${port}`),
      ),
    );
  });

  it('ROLE', async () => {
    const roles = await client.role();
    expect(await byNode(nodes, ({ address }) => roles[address])).toMatchObject(
      await byNode(nodes, ({ roleAtStart }) => ({
        role: roleAtStart === 'primary' ? 'master' : 'slave',
      })),
    );
  });

  it('LASTSAVE', async () => {
    expect(await client.lastsave()).toEqual(await infoOf('rdb_last_save_time'));
    expect(await client.lastsave()).toEqual(await on.everywhere('LASTSAVE'));
  });

  it('CLUSTER MYID', async () => {
    expect(await client.clusterMyid()).toEqual(
      await byNode(nodes, ({ id }) => id),
    );
  });

  it('MODULE LIST', async () => {
    const modules = await client.moduleList();
    const own = await on.everywhere('MODULE', 'LIST');
    expect(
      await byNode(nodes, ({ address }) => modules[address]!.length),
    ).toEqual(
      await byNode(nodes, ({ address }) => (own[address] as []).length),
    );
  });

  it('MEMORY STATS, of the primaries', async () => {
    const statistics = await client.memoryStats();
    expect(Object.keys(statistics).toSorted()).toEqual(
      primaries.map(({ address }) => address).toSorted(),
    );
  });

  it('FUNCTION STATS, of the primaries', async () => {
    await client.functionLoad(
      '#!lua name=counted\nredis.register_function("f", function() return 1 end)',
    );
    expect(await client.functionStats()).toMatchObject(
      await byNode(primaries, () => ({
        engines: { LUA: { librariesCount: 1, functionsCount: 1 } },
      })),
    );
  });

  it('ACL LOG, which has what one node refused at that node alone; RESET empties all', async () => {
    const node = nodes[5]!;
    await client.aclLog({ reset: true });
    await on.denying(node, 'TIME', async () => {
      await expect(
        client.at({ node: node.address }).time(),
      ).rejects.toMatchObject({ prefix: 'NOPERM' });
    });
    const log = await client.aclLog();
    expect(log).toMatchObject(
      await byNode(nodes, (other) =>
        other === node ? [{ object: 'time', username: 'app' }] : [],
      ),
    );
    expect(await client.aclLog({ reset: true })).toBe('OK');
    expect(await on.everywhere('ACL', 'LOG')).toEqual(
      await byNode(nodes, () => []),
    );
  });
});

describe('what one node answers for all', () => {
  it.each([
    ['time', () => client.time()],
    ['acl|list', () => client.aclList()],
    ['acl|whoami', () => client.aclWhoami()],
    ['function|list', () => client.functionList()],
    ['command|count', () => client.commandCount()],
  ] as const)('%s is asked of one primary', async (statistic, run) => {
    await resetStatistics(cluster);
    await run();
    const calls = await byNode(nodes, (node) =>
      callsAt(cluster, node, statistic),
    );
    expect(sumOf(calls)).toBe(1);
    expect(
      primaries.map(({ address }) => calls[address]!).toSorted((a, b) => a - b),
    ).toEqual([0, 0, 1]);
  });

  it.each([
    [
      'COUNTKEYSINSLOT',
      (slot: number) => client.clusterCountkeysinslot(slot),
      1,
    ],
    [
      'GETKEYSINSLOT',
      (slot: number) => client.clusterGetkeysinslot(slot, 5),
      ['key:7'],
    ],
  ] as const)(
    'CLUSTER %s is asked of the slot’s owner',
    async (name, run, reply) => {
      const statistic = `cluster|${name.toLowerCase()}`;
      const slot = await client.clusterKeyslot('key:7');
      const owner = await cluster.primaryOf(slot);
      await resetStatistics(cluster);
      expect(await run(slot)).toEqual(reply);
      expect(await callsAt(cluster, owner, statistic)).toBe(1);
    },
  );

  it('MEMORY USAGE is asked of the key’s owner', async () => {
    const owner = await cluster.primaryOf('key:7');
    expect(await client.memoryUsage('key:7')).toBe(
      await on.ask(owner, 'MEMORY', 'USAGE', 'key:7'),
    );
  });
});
