import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from 'vitest';
import {
  ConfigurationError,
  CrossSlotError,
  RedisClusterClient,
} from '../../lib/index.js';
import { LocalRedisCluster } from '../../lib/testing/index.js';
import { keysFrom, withCommands } from '../support/scripted-commands.js';
import { keySlot } from '../../lib/routing/key-slot.js';
import { ScriptedCluster } from '../support/scripted-cluster.js';
import { moved } from '../support/scripted-server.js';
import { errorReplies, resetStatistics } from '../support/server-statistics.js';

let cluster: LocalRedisCluster;

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({ replicas: 0 });
});

afterAll(() => cluster.stop());

describe.each([2, 3] as const)('a key prefix, in RESP%i', (protocol) => {
  /** Sees the keys as the servers have them. */
  let bare: RedisClusterClient;
  let client: RedisClusterClient;

  beforeAll(() => {
    bare = new RedisClusterClient({ ...cluster.clientOptions, protocol });
    client = new RedisClusterClient({
      ...cluster.clientOptions,
      protocol,
      keyPrefix: 'app[1]:',
    });
  });

  afterAll(async () => {
    await Promise.all([bare.close(), client.close()]);
  });

  beforeEach(async () => {
    await cluster.flush();
    await resetStatistics(cluster);
  });

  it('is before every key on the servers, and in no reply', async () => {
    await client.set('a', '1');
    await client.mset({ b: '2', c: '3' });
    await client.set(Buffer.from([0xff]), '4');
    expect((await bare.keys('*')).length).toBe(4);
    await expect(bare.mget('app[1]:a', 'app[1]:b', 'a')).resolves.toEqual([
      '1',
      '2',
      null,
    ]);
    await expect(client.mget('c', 'a', 'a', 'none')).resolves.toEqual([
      '3',
      '1',
      '1',
      null,
    ]);
    await expect(client.call('get', 'a')).resolves.toBe('1');
    await expect(client.with({ timeoutMs: 5_000 }).get('a')).resolves.toBe('1');
    await expect(client.del('a', 'b', 'none')).resolves.toBe(2);
    expect(await errorReplies(cluster, 'MOVED')).toBe(0);
  });

  it('hides the keys of others from KEYS, SCAN and RANDOMKEY', async () => {
    await bare.mset({ x: '1', 'app1:y': '1', 'app[1]': '1' });
    await expect(client.randomkey()).resolves.toBeNull();
    await client.mset({ a: '1', b: '1', c: '1' });
    await expect(
      client.keys('*').then((keys) => keys.toSorted()),
    ).resolves.toEqual(['a', 'b', 'c']);
    await expect(client.keys('[ab]').then((keys) => keys.length)).resolves.toBe(
      2,
    );
    const scanned: string[] = [];
    for (const node of cluster.nodes) {
      const at = client.at({ node: node.address });
      let cursor = '0';
      do {
        const step = await at.scan(cursor);
        scanned.push(...step.keys);
        ({ cursor } = step);
      } while (cursor !== '0');
    }
    expect(scanned.toSorted()).toEqual(['a', 'b', 'c']);
    await bare.del('x', 'app1:y', 'app[1]');
    await expect(client.randomkey()).resolves.toMatch(/^[abc]$/);
    const binary = await client.with({ replies: 'buffers' }).keys('a');
    expect(binary).toEqual([Buffer.from('a')]);
  });

  it('is before the keys of scripts, not before their arguments (conformance 127)', async () => {
    await client.set('a', 'value');
    await expect(
      client.eval(
        "return { redis.call('get', KEYS[1]), KEYS[1], ARGV[1] }",
        ['a'],
        ['a'],
      ),
    ).resolves.toEqual(['value', 'app[1]:a', 'a']);
  });

  it('is taken off the key that a pop or a stream read tells', async () => {
    await client.rpush('l', 'e1', 'e2');
    await expect(client.blpop('l', 1)).resolves.toEqual({
      key: 'l',
      element: 'e1',
    });
    await expect(client.lmpop('l', 'left')).resolves.toEqual({
      key: 'l',
      elements: ['e2'],
    });
    await client.zadd('z', { score: 1, member: 'm' });
    await expect(client.bzpopmin('z', 1)).resolves.toMatchObject({ key: 'z' });
    await client.call('XADD', 's', '1-0', 'f', 'v');
    const read = await client.call('XREAD', 'STREAMS', 's', '0');
    expect(JSON.stringify(read)).not.toContain('app[1]');
    expect(JSON.stringify(read)).toContain('"s"');
  });

  it('stands in errors and plans as the server has the keys', async () => {
    await expect(client.rename('a', 'b')).rejects.toMatchObject({
      keys: ['app[1]:a', 'app[1]:b'],
    });
    await expect(client.rename('a', 'b')).rejects.toBeInstanceOf(
      CrossSlotError,
    );
    expect(client.explain('GET', 'a')).toMatchObject({
      keys: ['app[1]:a'],
      slot: await cluster.slotOf('app[1]:a'),
    });
  });

  it('counts for the place of a key, and on every node of a group', async () => {
    await client.set('a', '1');
    await expect(client.at({ key: 'a' }).get('a')).resolves.toBe('1');
    await expect(client.at({ key: 'a' }).dbsize()).resolves.toBe(1);
    const found = Object.values(await client.at('primaries').keys('*'));
    expect(found.flat()).toEqual(['a']);
  });
});

describe('a key prefix, of commands that only the servers know', () => {
  let scripted: ScriptedCluster;

  beforeEach(async () => {
    scripted = await ScriptedCluster.open(3);
    const commands = [{ name: 'mod.get', keySpecs: [keysFrom(2)] }];
    scripted.servers.forEach((_, index) => {
      scripted.answer.set(
        index,
        withCommands(commands, (words) => words.join(' ')),
      );
    });
  });

  afterEach(() => scripted[Symbol.asyncDispose]());

  it('is put before their keys too, on the whole cluster and on one node', async () => {
    const client = await scripted.connected({ keyPrefix: 'p:' });
    const first = scripted.servers[0]!.address;
    await expect(
      client.at({ node: first }).call('MOD.GET', 'x', 'k'),
    ).resolves.toBe('MOD.GET x p:k');
    await expect(client.call('MOD.GET', 'x', 'k')).resolves.toBe(
      'MOD.GET x p:k',
    );
    await expect(client.call('MOD.GET', 'x', 'k')).resolves.toBe(
      'MOD.GET x p:k',
    );
    await expect(
      client.call('MOD.GET', 'x', 'k', { keys: ['x'] }),
    ).resolves.toBe('MOD.GET p:x k');
    await expect(
      client.call('MOD.GET', 'k', 'k', 'k', { keys: ['k', 'k'] }),
    ).resolves.toBe('MOD.GET p:k p:k k');
    expect(client.explain('MOD.GET', 'x', 'k').keys).toEqual(['p:k']);
  });

  it('is put once only, also where a redirect sends the command again', async () => {
    const client = await scripted.connected({ keyPrefix: 'p:' });
    const moves = [0, 1, 2].map((index) => scripted.answer.get(index)!);
    let redirected = false;
    for (const [index, answer] of moves.entries()) {
      scripted.answer.set(index, (words, connection) => {
        if (words[0] !== 'SET' || redirected) return answer(words, connection);
        redirected = true;
        const next = scripted.servers[(index + 1) % 3]!.address;
        return moved(keySlot('p:k'), next);
      });
    }
    await expect(client.set('k', 'v')).resolves.toBe('SET p:k v');
    expect(scripted.count('SET')).toBe(2);
  });

  it('must be text', () => {
    expect(
      () =>
        new RedisClusterClient({
          nodes: ['h:1'],
          keyPrefix: 5 as unknown as string,
        }),
    ).toThrow(ConfigurationError);
  });
});
