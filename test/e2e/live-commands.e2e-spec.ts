import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CommandFacts } from '../../lib/commands/command-facts.js';
import type { CommandSpec } from '../../lib/commands/command-spec.js';
import {
  parseLiveCommands,
  withLiveFacts,
} from '../../lib/commands/live-commands.js';
import { commandSpec, commandNames } from '../../lib/commands/command-table.js';
import {
  ConfigurationError,
  CrossSlotError,
  RedisClusterClient,
  ReplyError,
  TimeoutError,
} from '../../lib/index.js';
import { LocalRedisCluster } from '../../lib/testing/index.js';
import {
  countedKeys,
  keysFrom,
  type ScriptedCommand,
  withCommands,
} from '../support/scripted-commands.js';
import {
  Held,
  KEYS,
  ScriptedCluster,
  SLOT,
  until,
} from '../support/scripted-cluster.js';
import { RawConnection } from '../support/raw-connection.js';
import { error, moved, type Handler } from '../support/scripted-server.js';

describe('commands of a module, as the servers describe them', () => {
  const COMMANDS: readonly ScriptedCommand[] = [
    {
      name: 'mod.read',
      tips: ['shiny_tip', 'request_policy:to_the_moon'],
      keySpecs: [keysFrom(2)],
    },
    {
      name: 'mod.sum',
      flags: ['write'],
      tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
      keySpecs: [countedKeys(1)],
    },
    {
      name: 'mod.max',
      tips: ['request_policy:all_shards', 'response_policy:agg_max'],
    },
    {
      name: 'mod.pair',
      flags: ['write'],
      keySpecs: [keysFrom(1, { last: 1 })],
    },
    { name: 'mod.odd', flags: ['write', 'movablekeys'], keySpecs: [] },
    {
      name: 'mod.box',
      subcommands: [
        { name: 'mod.box|put', flags: ['write'], keySpecs: [keysFrom(2)] },
      ],
    },
    { name: 'mod.wait', flags: ['write', 'blocking'], keySpecs: [keysFrom(1)] },
  ];
  let cluster: ScriptedCluster;
  let described: ScriptedCommand[];
  const asked = (): number => cluster.count('COMMAND', 'INFO');

  /** Three primaries; each answers with its number and what came. */
  async function open(): Promise<void> {
    cluster = await ScriptedCluster.open(3);
    described = [...COMMANDS];
    cluster.servers.forEach((_, index) => {
      const answer: Handler = ([name = '', ...args]) => {
        switch (name.toUpperCase()) {
          case 'COMMAND':
            return args[1] === 'MOD.ODD' && args.length > 3
              ? [args[3]!]
              : error('ERR The command has no key arguments');
          case 'MOD.SUM':
            return Number(args[0]);
          case 'MOD.MAX':
            return index * 10;
          default:
            return `${index}: ${[name, ...args].join(' ')}`;
        }
      };
      cluster.answer.set(index, (words, connection) =>
        withCommands(described, answer)(words, connection),
      );
    });
  }

  afterEach(() => cluster[Symbol.asyncDispose]());

  for (const protocol of [2, 3] as const) {
    it(`go to the owner of their key, in RESP${protocol} (conformance 8)`, async () => {
      await open();
      const client = await cluster.connected({ protocol });
      for (const [index, key] of KEYS.entries()) {
        await expect(client.call('mod.read', 'x', key)).resolves.toBe(
          `${index}: MOD.READ x ${key}`,
        );
      }
      expect(asked()).toBe(1);
    });
  }

  it('are split and fanned out by their live tips', async () => {
    await open();
    const client = await cluster.connected();
    await expect(client.call('MOD.SUM', 3, ...KEYS, 'opt')).resolves.toBe(3);
    expect(cluster.servers.map((server) => server.commands('MOD.SUM'))).toEqual(
      KEYS.map((key) => [['MOD.SUM', '1', key, 'opt']]),
    );
    await expect(client.call('MOD.MAX')).resolves.toBe(20);
  });

  it('are refused before sending where their keys cross slots and no tip allows a split', async () => {
    await open();
    const client = await cluster.connected();
    const failure = client.call('MOD.PAIR', 'a', 'b');
    await expect(failure).rejects.toBeInstanceOf(CrossSlotError);
    await expect(failure).rejects.toMatchObject({ keys: ['a', 'b'] });
    expect(cluster.count('MOD.PAIR')).toBe(0);
  });

  it('have their keys found by COMMAND GETKEYS where the specifications do not tell', async () => {
    await open();
    const client = await cluster.connected();
    await expect(client.call('MOD.ODD', 'x', 'c')).resolves.toBe(
      '1: MOD.ODD x c',
    );
    await expect(client.call('MOD.ODD')).resolves.toMatch(/MOD\.ODD$/);
    expect(cluster.count('COMMAND', 'GETKEYS')).toBe(2);
  });

  it('are refused with what to do where the server does not find their keys either', async () => {
    await open();
    for (const [index, answer] of cluster.answer) {
      cluster.answer.set(index, (words, connection) =>
        words[1] === 'GETKEYS'
          ? error('ERR Invalid arguments specified for command')
          : answer(words, connection),
      );
    }
    const client = await cluster.connected();
    const failure = client.call('MOD.ODD', 'x', 'c');
    await expect(failure).rejects.toBeInstanceOf(ConfigurationError);
    await expect(failure).rejects.toThrow(/Invalid arguments.*name its keys/);
    expect(cluster.count('MOD.ODD')).toBe(0);
    await expect(
      client.call('MOD.ODD', 'x', 'c', { keys: ['c'] }),
    ).resolves.toBe('1: MOD.ODD x c');
  });

  it('are found with their subcommands', async () => {
    await open();
    const client = await cluster.connected();
    await expect(client.call('mod.box', 'PUT', 'c')).resolves.toBe(
      '1: MOD.BOX PUT c',
    );
    await expect(client.call('mod.box', 'put', 'a')).resolves.toBe(
      '2: MOD.BOX PUT a',
    );
    expect(asked()).toBe(1);
  });

  it('that may block do so on a connection of their own', async () => {
    await open();
    const client = await cluster.connected();
    await client.get('b');
    const before = cluster.servers[0]!.connections.length;
    await client.call('MOD.WAIT', 'b');
    expect(cluster.servers[0]!.connections.length).toBe(before + 1);
  });

  it('are asked for once, however many callers there are', async () => {
    await open();
    const client = await cluster.connected();
    await Promise.all(
      Array.from({ length: 50 }, () => client.call('MOD.READ', 'x', 'a')),
    );
    await client.call('mod.READ', 'x', 'b');
    expect(asked()).toBe(1);
  });

  it('are asked for again when the topology has changed', async () => {
    await open();
    const client = await cluster.connected();
    await client.call('MOD.READ', 'x', 'a');
    const redirected = cluster.answer.get(0)!;
    let served = false;
    cluster.answer.set(0, (words, connection) => {
      if (words[0] !== 'GET' || served) return redirected(words, connection);
      served = true;
      const [first, second, third] = cluster.shards.map((shard) => ({
        ...shard,
        primary: { ...shard.primary, epoch: 9 },
      }));
      cluster.shards = [
        {
          primary: first!.primary,
          slots: [
            [0, 3299],
            [3301, 5460],
          ],
        },
        {
          primary: second!.primary,
          slots: [
            [3300, 3300],
            [5461, 10922],
          ],
        },
        third!,
      ];
      return moved(3300, cluster.servers[1]!.address);
    });
    let version = 0;
    client.topology$.subscribe((topology) => (version = topology.version));
    const before = version;
    await client.get('b');
    await until(() => version > before);
    await client.call('MOD.READ', 'x', 'a');
    expect(asked()).toBe(2);
  });

  it("give the server's own error where it does not know them either, from the node that said so (conformance 8)", async () => {
    await open();
    const client = await cluster.connected();
    for (let nth = 0; nth < 3; nth++) {
      const failure = client.call('NOT.THERE', 'a');
      await expect(failure).rejects.toBeInstanceOf(ReplyError);
      await expect(failure).rejects.toThrow(
        "ERR unknown command 'NOT.THERE', with args beginning with: 'a'",
      );
    }
    expect(asked()).toBe(1);
    expect(
      cluster.servers.filter(
        (server) => server.commands('NOT.THERE').length > 0,
      ),
    ).toHaveLength(1);
  });

  it('go by the keys that the caller names, and nobody is asked', async () => {
    await open();
    const client = await cluster.connected();
    await expect(
      client.call('MOD.READ', 'a', 'c', { keys: ['a'] }),
    ).resolves.toBe('2: MOD.READ a c');
    expect(asked()).toBe(0);
  });

  it('that are in the table, and have no keys there, go by those that the caller names', async () => {
    await open();
    const client = await cluster.connected();
    const { target, slot, source } = client.explain('FT.SEARCH', 'c', '*', {
      keys: ['c'],
    });
    expect({ target, slot, source }).toEqual({
      target: 'slot',
      slot: SLOT.c,
      source: 'caller',
    });
    // where the table knows them, it knows better: here they are two
    expect(client.explain('DEL', 'a', 'b', { keys: ['a'] })).toMatchObject({
      target: 'split',
      keys: ['a', 'b'],
      source: 'curated',
    });
    await expect(
      client.call('GET', 'a', { keys: ['b'] }),
    ).rejects.toBeInstanceOf(ConfigurationError);
  });

  it('are refused with what to do where the user may not ask', async () => {
    await open();
    cluster.servers.forEach((_, index) => {
      cluster.answer.set(index, () => error('NOPERM no permissions'));
    });
    const client = await cluster.connected();
    const failure = client.call('MOD.READ', 'x', 'a');
    await expect(failure).rejects.toBeInstanceOf(ConfigurationError);
    await expect(failure).rejects.toThrow(/NOPERM.*name its keys/);
    expect(cluster.count('MOD.READ')).toBe(0);
  });

  it('end by their own time and signal while the answer is awaited, without harm to others', async () => {
    await open();
    const held = new Held();
    for (const [index, answer] of cluster.answer) {
      cluster.answer.set(index, async (words, connection) => {
        if (words[0] === 'COMMAND') await held.released;
        return answer(words, connection);
      });
    }
    const client = await cluster.connected();
    const patient = client.call('MOD.READ', 'x', 'a');
    await expect(
      client.with({ timeoutMs: 30 }).call('MOD.READ', 'x', 'a'),
    ).rejects.toBeInstanceOf(TimeoutError);
    const controller = new AbortController();
    const aborted = client
      .with({ signal: controller.signal })
      .call('MOD.READ', 'x', 'a');
    controller.abort(new Error('no more'));
    await expect(aborted).rejects.toThrow('no more');
    held.release();
    await expect(patient).resolves.toBe('2: MOD.READ x a');
    expect(asked()).toBe(1);
  });

  it('are all known after learnCommands(), and the curated stay as they are', async () => {
    await open();
    described.push({
      name: 'msetnx',
      flags: ['write'],
      tips: ['request_policy:multi_shard', 'response_policy:agg_min'],
      keySpecs: [keysFrom(1, { last: -1, step: 2 })],
    });
    const client = await cluster.connected();
    await client.learnCommands();
    await client.call('MOD.READ', 'x', 'a');
    await expect(client.call('MOD.GONE')).rejects.toBeInstanceOf(ReplyError);
    expect(asked()).toBe(0);
    await expect(client.msetnx({ a: '1', b: '2' })).rejects.toBeInstanceOf(
      CrossSlotError,
    );
    expect(cluster.count('MSETNX')).toBe(0);
  });
});

/** What decides where a command goes; servers differ in the flags of key specifications. */
const routing = (spec: CommandSpec): unknown => ({
  ...spec,
  source: undefined,
  arity: undefined,
  flags: undefined,
  keySpecs: spec.keySpecs.map(({ beginSearch, findKeys }) => [
    beginSearch,
    findKeys,
  ]),
});

describe('a real server', () => {
  let cluster: LocalRedisCluster;
  let client: RedisClusterClient;

  beforeAll(async () => {
    cluster = await LocalRedisCluster.start({ replicas: 0 });
    client = new RedisClusterClient(cluster.clientOptions);
  });

  afterAll(async () => {
    await client.close();
    await cluster.stop();
  });

  it('describes its commands as the table does, in both protocols', async () => {
    const raw = await RawConnection.open(cluster.nodes[0]!);
    const facts = parseLiveCommands(await raw.send(['COMMAND']));
    await raw.send(['HELLO', 2]);
    const resp2 = parseLiveCommands(await raw.send(['COMMAND']));
    raw.destroy();
    // servers list them in the order of a hash table
    const byName = (commands: typeof facts) =>
      new Map(commands.map((command) => [command.name, command]));
    expect(byName(resp2)).toEqual(byName(facts));
    const known = new Set(commandNames());
    const shared = facts.filter(({ name }) => known.has(name));
    expect(shared.length).toBeGreaterThan(200);
    const routes = (specOf: (fact: CommandFacts) => CommandSpec): unknown =>
      Object.fromEntries(
        shared.map((fact) => [fact.name, routing(specOf(fact))]),
      );
    expect(
      routes((fact) => withLiveFacts(commandSpec(fact.name), fact)),
    ).toEqual(routes((fact) => commandSpec(fact.name)));
  });

  it('changes nothing that the table says when its commands are learned', async () => {
    await client.learnCommands();
    await client.mset({ a: '1', b: '2', c: '3' });
    await expect(client.call('DEL', 'a', 'b', 'c')).resolves.toBe(3);
    await expect(client.sort('a', { store: 'b' })).rejects.toBeInstanceOf(
      CrossSlotError,
    );
    await client.call('CONFIG', 'SET', 'maxmemory-samples', 7);
    for (const node of cluster.nodes) {
      await expect(
        client
          .at({ node: node.address })
          .call('CONFIG', 'GET', 'maxmemory-samples'),
      ).resolves.toMatchObject({ 'maxmemory-samples': '7' });
    }
  });

  it("gives its own error for a container's unknown subcommand (conformance 8)", async () => {
    await expect(client.call('CLIENT', 'NOTHING')).rejects.toThrow(
      /^ERR unknown subcommand/i,
    );
  });
});
