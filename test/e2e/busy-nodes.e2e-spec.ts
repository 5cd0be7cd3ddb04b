import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RedisClusterClient } from '../../lib/index.js';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from '../../lib/testing/index.js';
import { Load } from '../support/load.js';
import { withNodeTimeout } from '../support/node-timeout.js';

/** One key of each shard of three. */
const KEYS = ['b', 'c', 'a'];
const CALLERS = 4;

let cluster: LocalRedisCluster;
let client: RedisClusterClient;
let load: Load;

async function underLoad(): Promise<void> {
  client = new RedisClusterClient({
    ...cluster.clientOptions,
    // outlasts a failover whose first election comes to nothing
    commandTimeoutMs: 100_000,
  });
  await client.connect();
  await client.del(KEYS);
  load = new Load(client, KEYS, CALLERS);
  await load.progress(20);
}

/** The numbers that a node gives to the connections of {@link client} that carry its calls. */
async function dataConnections(node: LocalRedisNode): Promise<string[]> {
  const list = String(await node.command('CLIENT', 'LIST', 'TYPE', 'normal'));
  return [...list.matchAll(/^id=(\d+) .* cmd=(?:incr|get) /gm)]
    .map(([, id]) => id!)
    .toSorted();
}

afterEach(async () => {
  await load.stop();
  client.destroy();
});
afterAll(() => cluster.stop());

const start = (nodeTimeoutMs: number) => async (): Promise<void> => {
  await cluster?.stop();
  cluster = await LocalRedisCluster.start({
    nodeTimeoutMs,
    requireFullCoverage: false,
    args: ['--enable-debug-command', 'local', '--busy-reply-threshold', '500'],
  });
};

describe('a node that does nothing for longer than a silence is suspicious, and that its cluster does not give up', () => {
  // far longer than it is busy, also where the machine is slow
  beforeAll(start(30_000));

  it.each([
    ['is paused (CLIENT PAUSE)', ['CLIENT', 'PAUSE', '3000', 'ALL']],
    ['sleeps (DEBUG SLEEP)', ['DEBUG', 'SLEEP', '3']],
    [
      'runs a script',
      [
        'EVAL',
        "local t = redis.call('TIME')[1] + 3; while tonumber(redis.call('TIME')[1]) < t do end",
        '0',
      ],
    ],
  ])(
    'is not taken for a frozen one while it %s: no connection ends, no write is unknown or runs twice',
    async (_, [name = '', ...args]) => {
      await underLoad();
      const primary = await cluster.primaryOf('a');
      const before = await dataConnections(primary);
      expect(before).toHaveLength(1);
      await primary.command(name, ...args);
      await load.progress(20);
      await load.stop();
      expect(await dataConnections(primary)).toEqual(before);
      const values = await client.mget(...KEYS);

      expect(load.errors).toEqual([]);
      for (const [n, key] of KEYS.entries()) {
        const { acknowledged, unknown } = load.of(key);
        expect({ key, unknown }).toEqual({ key, unknown: 0 });
        expect({ key, value: values[n] }).toEqual({
          key,
          value: String(acknowledged),
        });
      }
      expect(await cluster.primaryOf('a')).toBe(primary);
    },
  );
});

describe('a node that sleeps until its cluster has replaced it', () => {
  beforeAll(start(5_000));

  it('is given up like a frozen one, which nothing from outside tells it from: reads succeed, what it was sent is unknown', async () => {
    await underLoad();
    const primary = await cluster.primaryOf('a');
    await withNodeTimeout(cluster, 1_000, async () => {
      // it does not wake up before the test is over
      primary.command('DEBUG', 'SLEEP', '600').catch(() => undefined);
      // only the replica can answer these
      await load.progress(20);
      await load.stop();
      // it answers nobody
      await cluster.kill(primary);
    });
    expect(await cluster.primaryOf('a')).not.toBe(primary);
    expect(load.errors).toEqual([]);
    expect(load.of('a').unknown).toBeLessThanOrEqual(CALLERS);
    for (const key of ['b', 'c']) expect(load.of(key).unknown).toBe(0);
    const value = Number(await client.get('a'));
    const { acknowledged, unknown } = load.of('a');
    expect(value).toBeLessThanOrEqual(acknowledged + unknown);
    // replication is asynchronous: what was answered in the last turn may be lost
    expect(value).toBeGreaterThanOrEqual(acknowledged - CALLERS);
  });
});
