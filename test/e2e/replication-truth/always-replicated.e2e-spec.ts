import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAlwaysReplicated } from '../../../lib/commands/always-replicated.js';
import {
  commandNames,
  commandSpec,
} from '../../../lib/commands/command-table.js';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from '../../../lib/testing/index.js';
import { RawConnection } from '../../support/raw-connection.js';
import { shardOf } from '../../support/scope-outcomes.js';

const tag = '{always}';

/** Arguments behind the key that leave the value as it is, where it was run before. */
const AGAIN: Readonly<Record<string, readonly string[]>> = {
  APPEND: [''],
  DECR: [],
  DECRBY: ['0'],
  GETSET: ['1'],
  HINCRBY: ['field', '0'],
  HINCRBYFLOAT: ['field', '0'],
  HMSET: ['field', '1'],
  HSET: ['field', '1'],
  INCR: [],
  INCRBY: ['0'],
  INCRBYFLOAT: ['0'],
  LPUSH: ['1'],
  MSET: ['1'],
  PSETEX: ['60000', '1'],
  RPUSH: ['1'],
  SET: ['1'],
  SETEX: ['60', '1'],
};

describe('commands that enter the replication stream whenever they succeed', () => {
  let cluster: LocalRedisCluster;
  let primary: LocalRedisNode;
  let replica: LocalRedisNode;

  beforeAll(async () => {
    cluster = await LocalRedisCluster.start({
      replicas: 1,
      // nobody is taken for dead while its replica is frozen
      nodeTimeoutMs: 60_000,
      replicaMigration: false,
    });
    const shard = await shardOf(cluster, tag);
    primary = shard.primary;
    replica = shard.replicas[0]!;
  });
  afterAll(() => cluster?.stop());

  /**
   * What WAIT says behind a command's second run, with the replica frozen, on
   * a connection that has nothing else unacknowledged.
   */
  async function counted(
    commands: readonly (readonly string[])[],
  ): Promise<unknown[]> {
    const connections = await Promise.all(
      commands.map(() => RawConnection.open(primary)),
    );
    const runAll = (waitMs: number): Promise<unknown[]> =>
      Promise.all(
        connections.map(async (connection, index) => {
          const run = connection.send(commands[index]!);
          const count = connection.send(['WAIT', '1', String(waitMs)]);
          await run;
          return count;
        }),
      );
    try {
      expect(await runAll(60_000)).toEqual(commands.map(() => 1));
      await cluster.freeze(replica);
      return await runAll(50);
    } finally {
      await cluster.resume(replica);
      for (const connection of connections) connection.destroy();
    }
  }

  it('are these, and SET without options', () => {
    const found = commandNames().filter((name) =>
      isAlwaysReplicated(commandSpec(name), 2),
    );
    expect(found).toEqual(Object.keys(AGAIN));
    expect(isAlwaysReplicated(commandSpec('SET'), 3)).toBe(false);
  });

  it('are so also where nothing changes: WAIT behind them counts no replica that is frozen', async () => {
    const commands = Object.entries(AGAIN).map(([name, args]) => [
      name,
      `${tag}:${name}`,
      ...args,
    ]);
    expect(await counted(commands)).toEqual(commands.map(() => 0));
  });

  it('are not those that may find nothing to do: WAIT lies behind these, from 7.2 on', async () => {
    const key = `${tag}:set`;
    const info = String(await primary.command('INFO', 'server'));
    const [, major] = /redis_version:(\d+)/.exec(info) ?? [];
    const lies = Number(major) > 7 || /valkey_version/.test(info);
    expect(await counted([['SADD', key, 'member']])).toEqual([lies ? 1 : 0]);
  });
});
