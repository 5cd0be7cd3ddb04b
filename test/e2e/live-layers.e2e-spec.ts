import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TABLE_SERVERS } from '../../lib/commands/command-table.generated.js';
import { serverIdentity } from '../../lib/protocol/server-identity.js';
import { CrossSlotError, RedisClusterClient } from '../../lib/index.js';
import { LocalRedisCluster } from '../../lib/testing/index.js';
import { RawConnection } from '../support/raw-connection.js';
import {
  Held,
  KEYS,
  ScriptedCluster,
  SLOT,
} from '../support/scripted-cluster.js';
import {
  countedKeys,
  keysFrom,
  type ScriptedCommand,
  withCommands,
} from '../support/scripted-commands.js';
import { error } from '../support/scripted-server.js';

/** Announced by servers newer than the table. */
const NEWER: readonly ScriptedCommand[] = [
  // a command that no table has
  {
    name: 'newsum',
    flags: ['write'],
    tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
    keySpecs: [countedKeys(1)],
  },
  // another policy
  {
    name: 'rename',
    flags: ['write'],
    tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
    keySpecs: [keysFrom(1, { last: 1 })],
  },
  // other keys: a second one, of a command that had one
  {
    name: 'getdel',
    arity: -2,
    flags: ['write'],
    keySpecs: [keysFrom(1, { last: -1 })],
  },
  // tips of real servers that must not be believed
  {
    name: 'msetnx',
    arity: -3,
    flags: ['write'],
    tips: ['request_policy:multi_shard', 'response_policy:agg_min'],
    keySpecs: [keysFrom(1, { last: -1, step: 2 })],
  },
];

/** Resolves once a client knows what they announce. */
async function learned(client: RedisClusterClient): Promise<void> {
  await expect
    .poll(() => client.explain('RENAME', 'a', 'b').source)
    .toBe('server');
}

describe('servers newer than the command table', () => {
  let cluster: ScriptedCluster;

  afterEach(() => cluster[Symbol.asyncDispose]());

  /** @param versions of each node */
  async function open(...versions: string[]): Promise<void> {
    cluster = await ScriptedCluster.open(3);
    versions.forEach((version, index) => become(index, version));
  }

  /** A node says that it is of a version, and what commands that has. */
  function become(
    index: number,
    version: string,
    commands: readonly ScriptedCommand[] = NEWER,
  ): void {
    cluster.version.set(index, version);
    cluster.answer.set(
      index,
      withCommands(commands, ([name = '', count]) =>
        name.toUpperCase() === 'NEWSUM' ? Number(count) : 'OK',
      ),
    );
  }

  const asked = (): number =>
    cluster.servers
      .flatMap((server) => server.commands('COMMAND'))
      .filter((words) => words.length === 1).length;

  for (const protocol of [2, 3] as const) {
    it(`are asked for their commands once, unasked and not at once, in RESP${protocol}`, async () => {
      await open('9.9.9', '9.9.9', '9.9.9');
      let askedAt = 0;
      for (const [index, answer] of cluster.answer) {
        cluster.answer.set(index, (command, connection) => {
          if (command[0] === 'COMMAND') askedAt = performance.now();
          return answer(command, connection);
        });
      }
      const startedAt = performance.now();
      const client = await cluster.connected({ protocol });
      await Promise.all(KEYS.map((key) => client.get(key)));
      await learned(client);
      expect(askedAt - startedAt).toBeGreaterThan(490);
      expect(asked()).toBe(1);
      expect(client.explain('NEWSUM', 2, 'a', 'b')).toMatchObject({
        target: 'split',
        source: 'server',
        parts: [
          { slot: SLOT.a, keys: ['a'] },
          { slot: SLOT.b, keys: ['b'] },
        ],
      });
      await expect(client.call('NEWSUM', 3, ...KEYS)).resolves.toBe(3);
      expect(client.explain('RENAME', 'a', 'b').target).toBe('primaries');
      expect(cluster.count('COMMAND', 'INFO')).toBe(0);
    });
  }

  it('change where the keys of a method are, also of one that had a single key', async () => {
    await open('9.9.9', '9.9.9', '9.9.9');
    const client = await cluster.connected();
    expect(client.explain('GETDEL', 'a', 'b')).toMatchObject({
      target: 'slot',
      source: 'table',
    });
    await learned(client);
    expect(client.explain('GETDEL', 'a', 'b')).toMatchObject({
      target: 'nowhere',
      source: 'server',
    });
    await expect(client.call('GETDEL', 'a', 'b')).rejects.toBeInstanceOf(
      CrossSlotError,
    );
    await expect(client.getdel('a')).resolves.toBe('OK');
  });

  it('do not change what is curated', async () => {
    await open('9.9.9', '9.9.9', '9.9.9');
    const client = await cluster.connected();
    await learned(client);
    expect(client.explain('MSETNX', 'a', 1, 'b', 2)).toMatchObject({
      target: 'nowhere',
      requestPolicy: 'default',
      source: 'curated',
    });
  });

  it('of several versions at a time: the newest decides, and each is asked once', async () => {
    await open('9.9.9', '9.10.0', '9.9.9');
    for (const index of [0, 2]) {
      become(index, '9.9.9', [
        { ...NEWER[1]!, tips: ['request_policy:all_nodes'] },
        { name: 'only.old', keySpecs: [keysFrom(1)] },
      ]);
    }
    const client = await cluster.connected();
    await Promise.all(KEYS.map((key) => client.get(key)));
    await expect
      .poll(() => client.explain('ONLY.OLD', 'a').source)
      .toBe('server');
    await expect
      .poll(() => client.explain('RENAME', 'a', 'b').target)
      .toBe('primaries');
    expect(asked()).toBe(2);
  });

  it('are asked again when a node comes back as another version, and forgotten when the last one is gone', async () => {
    await open();
    const client = await cluster.connected();
    await client.get('b');
    expect(client.explain('RENAME', 'a', 'b').source).toBe('table');
    /** Restarts a node as another version. */
    const replace = async (index: number, version: string): Promise<void> => {
      become(index, version);
      for (const connection of cluster.servers[index]!.openConnections) {
        connection.drop();
      }
      await client.get('b');
    };
    await replace(0, '9.9.9');
    await learned(client);
    await expect(client.call('NEWSUM', 1, 'b')).resolves.toBe(1);
    await replace(0, '7.0.15');
    await expect
      .poll(() => client.explain('RENAME', 'a', 'b').source)
      .toBe('table');
    await replace(0, '9.9.9');
    await learned(client);
    expect(asked()).toBe(2);
  });

  it('that may not be asked are asked once, and no call suffers', async () => {
    await open('9.9.9', '9.9.9', '9.9.9');
    cluster.servers.forEach((server, index) => {
      cluster.answer.set(index, ([name]) =>
        name === 'COMMAND'
          ? error('NOPERM this user has no permissions')
          : server.address,
      );
    });
    const client = await cluster.connected();
    await expect.poll(asked).toBe(1);
    for (const key of KEYS) await client.get(key);
    // a reconnection is no reason to ask again
    for (const connection of cluster.servers[0]!.openConnections) {
      connection.drop();
    }
    await client.get('b');
    expect(client.explain('RENAME', 'a', 'b').source).toBe('table');
    expect(asked()).toBe(1);
  });

  it('that do not answer hold up neither calls nor close', async () => {
    await open('9.9.9', '9.9.9', '9.9.9');
    const held = new Held();
    cluster.servers.forEach((server, index) => {
      cluster.answer.set(index, async ([name]) => {
        if (name === 'COMMAND') await held.released;
        return server.address;
      });
    });
    const client = await cluster.connected();
    await expect.poll(asked).toBe(1);
    await expect(client.get('b')).resolves.toBe(cluster.servers[0]!.address);
    const started = performance.now();
    await client.close({ drainMs: 60_000 });
    expect(performance.now() - started).toBeLessThan(20_000);
    await expect
      .poll(() => cluster.servers.flatMap((server) => server.openConnections))
      .toEqual([]);
    held.release();
  });
});

describe('a real server', () => {
  let cluster: LocalRedisCluster;
  let identity: string;

  beforeAll(async () => {
    cluster = await LocalRedisCluster.start({ replicas: 0 });
    const raw = await RawConnection.open(cluster.nodes[0]!);
    identity = serverIdentity(await raw.send(['HELLO', 3])) ?? '';
    raw.destroy();
  });

  afterAll(() => cluster.stop());

  async function commandCalls(): Promise<number> {
    const infos = await Promise.all(
      cluster.nodes.map(async (node) => {
        const raw = await RawConnection.open(node);
        const info = String(await raw.send(['INFO', 'commandstats']));
        raw.destroy();
        return Number(/cmdstat_command:calls=(\d+)/.exec(info)?.[1] ?? 0);
      }),
    );
    return infos.reduce((sum, calls) => sum + calls, 0);
  }

  it.each([2, 3] as const)(
    'is asked only if the table is not made from its version, in RESP%d',
    async (protocol) => {
      const client = new RedisClusterClient({
        ...cluster.clientOptions,
        protocol,
      });
      const before = await commandCalls();
      await client.connect();
      const isNew = !TABLE_SERVERS.includes(identity);
      const calls = before + (isNew ? 1 : 0);
      await expect.poll(commandCalls).toBe(calls);
      await expect
        .poll(() => client.explain('GET', 'a').source)
        .toBe(isNew ? 'server' : 'table');
      // the tips that real servers give for these are not to be believed
      const refused = expect.stringContaining('slots') as string;
      expect(client.explain('MSETNX', 'a', 1, 'b', 2)).toMatchObject({
        source: 'curated',
        refused,
      });
      expect(client.explain('MSETEX', 2, 'a', 1, 'b', 2, 'NX')).toMatchObject({
        source: 'curated',
        refused,
      });
      await client.close();
      expect(await commandCalls()).toBe(calls);
    },
  );

  it('has the version and modules of its identity in HELLO', () => {
    expect(identity).toMatch(/^(redis|valkey) \d+\.\d+\.\d+( \w+:\d+)*$/);
  });
});
