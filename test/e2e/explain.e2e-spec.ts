import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from 'vitest';
import { RedisClusterClient } from '../../lib/index.js';
import { LocalRedisCluster } from '../../lib/testing/index.js';
import { countedKeys, withCommands } from '../support/scripted-commands.js';
import { ScriptedCluster, SLOT } from '../support/scripted-cluster.js';
import { error, OK } from '../support/scripted-server.js';
import { callsOf, resetStatistics } from '../support/server-statistics.js';

describe('explain', () => {
  let cluster: LocalRedisCluster;
  let client: RedisClusterClient;
  let primaries: string[];

  beforeAll(async () => {
    // the roles stay what they are, also where a node is busy
    cluster = await LocalRedisCluster.start({ nodeTimeoutMs: 30_000 });
    client = new RedisClusterClient(cluster.clientOptions);
    await client.connect();
    const owners = await Promise.all(
      ['b', 'c', 'a'].map((key) => cluster.primaryOf(key)),
    );
    primaries = owners.map(({ address }) => address);
  });

  afterAll(async () => {
    await client.close();
    await cluster.stop();
  });

  it('tells the owner of the only slot', () => {
    expect(client.explain('get', 'a')).toEqual({
      command: 'GET',
      target: 'slot',
      slot: SLOT.a,
      keys: ['a'],
      parts: [],
      nodes: [primaries[2]],
      skipped: [],
      requestPolicy: 'default',
      responsePolicy: 'default',
      readFrom: 'primary',
      readOnly: true,
      blocking: false,
      exclusive: false,
      source: 'table',
      refused: undefined,
    });
  });

  it('tells the parts of a split, and sends none of them', async () => {
    const binary = Buffer.from('c');
    await resetStatistics(cluster);
    expect(client.explain('MSET', 'a', 1, 'b', 2, binary, 3)).toMatchObject({
      target: 'split',
      slot: undefined,
      keys: ['a', 'b', binary],
      parts: [
        { slot: SLOT.a, node: primaries[2], keys: ['a'] },
        { slot: SLOT.b, node: primaries[0], keys: ['b'] },
        { slot: SLOT.c, node: primaries[1], keys: [binary] },
      ],
      nodes: [primaries[2], primaries[0], primaries[1]],
      requestPolicy: 'multi_shard',
      responsePolicy: 'all_succeeded',
      readOnly: false,
      source: 'curated',
      refused: undefined,
    });
    expect(await callsOf(cluster, 'mset')).toBe(0);
  });

  it('tells the slot of a channel, which is no key', () => {
    const { target, slot, keys } = client.explain('SPUBLISH', 'a', 'hello');
    expect({ target, slot, keys }).toEqual({
      target: 'slot',
      slot: SLOT.a,
      keys: [],
    });
  });

  it('tells the nodes of a fan-out, and of a command without a key', () => {
    expect(client.explain('DBSIZE')).toMatchObject({
      target: 'primaries',
      nodes: expect.toSatisfy((nodes: string[]) => sameNodes(nodes, primaries)),
      responsePolicy: 'agg_sum',
    });
    const everyone = cluster.nodes.map(({ address }) => address);
    expect(client.explain('script', 'flush')).toMatchObject({
      command: 'SCRIPT FLUSH',
      target: 'nodes',
      nodes: expect.toSatisfy((nodes: string[]) => sameNodes(nodes, everyone)),
    });
    expect(client.explain('EVAL', 'return 1', 0)).toMatchObject({
      target: 'nowhere',
      refused: expect.stringContaining('has no keys') as string,
    });
    expect(client.explain('EVAL_RO', 'return 1', 0)).toMatchObject({
      target: 'any',
      nodes: expect.toSatisfy((nodes: string[]) => sameNodes(nodes, primaries)),
    });
  });

  it('tells which commands get a connection of their own', () => {
    const blocked = { blocking: true, exclusive: true };
    const shared = { blocking: false, exclusive: false };
    expect(client.explain('BLPOP', 'a', 0)).toMatchObject(blocked);
    expect(
      client.explain('XREAD', 'BLOCK', 5, 'STREAMS', 'a', 0),
    ).toMatchObject(blocked);
    expect(client.explain('XREAD', 'STREAMS', 'a', 0)).toMatchObject(shared);
    expect(client.explain('SCRIPT', 'KILL')).toMatchObject({
      blocking: false,
      exclusive: true,
    });
  });

  it.each([
    [['SELECT', 1], /SELECT: .*database 0/],
    [['MSETNX', 'a', 1, 'b', 2], /2 slots.*cannot be split/],
    [['MSET', 'a', 1, 'b'], /its last key has no value/],
    [['GET', Number.NaN], /argument 1 must be/],
    [[''], /first word/],
    [['MYMODULE.GET', 'a'], /learnCommands\('MYMODULE.GET'\)/],
    [['MYMODULE.GET', 'a', { keys: ['b'] }], /not among its arguments/],
  ])('tells why %j would be refused, and throws nothing', (words, why) => {
    const plan = client.explain(...words);
    expect(plan).toMatchObject({ target: 'nowhere', nodes: [] });
    expect(plan.refused).toMatch(why);
  });

  it('goes by the settings of a view', () => {
    const strict = client.with({ nonAtomicCrossSlot: false });
    expect(strict.explain('DEL', 'a', 'b')).toMatchObject({
      target: 'nowhere',
      keys: ['a', 'b'],
      refused: expect.stringContaining('nonAtomicCrossSlot is false'),
    });
  });

  it('goes by the keys that the caller names', () => {
    expect(
      client.explain('MYMODULE.GET', 'x', 'a', { keys: ['a'], readOnly: true }),
    ).toMatchObject({
      target: 'slot',
      slot: SLOT.a,
      readOnly: true,
      source: 'caller',
    });
  });

  it('knows slots, but no node, before the client is connected', () => {
    const fresh = new RedisClusterClient(cluster.clientOptions);
    expect(fresh.explain('DEL', 'a', 'b')).toMatchObject({
      target: 'split',
      nodes: [],
      parts: [{ slot: SLOT.a, node: undefined }, { slot: SLOT.b }],
    });
    fresh.destroy();
  });
});

describe('explain, of what the servers describe', () => {
  let cluster: ScriptedCluster;

  beforeEach(async () => {
    cluster = await ScriptedCluster.open(3);
    cluster.servers.forEach((_, index) => {
      cluster.answer.set(
        index,
        withCommands(
          [
            {
              name: 'mod.sum',
              tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
              keySpecs: [countedKeys(1)],
            },
            { name: 'mod.odd', flags: ['write', 'movablekeys'] },
            { name: 'rename', tips: ['request_policy:all_shards'] },
          ],
          ([name]) => (name === 'GET' ? error('ERR no') : OK),
        ),
      );
    });
  });

  afterEach(() => cluster[Symbol.asyncDispose]());

  it('names the layer that decided', async () => {
    const client = await cluster.connected();
    expect(client.explain('MOD.SUM', 1, 'a').source).toBe('unknown');
    await client.learnCommands('MOD.SUM', 'mod.odd', 'MOD.NONE', 'rename');
    expect(client.explain('mod.sum', 2, 'a', 'b')).toMatchObject({
      command: 'MOD.SUM',
      target: 'split',
      parts: [
        { slot: SLOT.a, keys: ['a'] },
        { slot: SLOT.b, keys: ['b'] },
      ],
      source: 'server',
    });
    expect(client.explain('RENAME', 'a', 'b')).toMatchObject({
      target: 'primaries',
      source: 'server',
    });
    expect(client.explain('DEL', 'a').source).toBe('curated');
    expect(client.explain('GET', 'a').source).toBe('table');
    expect(client.explain('MOD.ODD', 'a').refused).toContain('GETKEYS');
    expect(client.explain('MOD.NONE').refused).toContain('nor the servers');
  });
});

function sameNodes(left: readonly string[], right: readonly string[]): boolean {
  return left.toSorted().join() === right.toSorted().join();
}
