import {
  ClosedError,
  ConfigurationError,
  ConnectionError,
  CrossSlotError,
  OutcomeUnknownError,
  RedisClusterClient,
  ReplyError,
  type RedisClusterClientOptions,
  SlotNotServedError,
} from 'nest-redis-cluster';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from 'nest-redis-cluster/testing';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from 'vitest';
import { ScriptedCluster, SLOT } from '../support/scripted-cluster.js';
import { error } from '../support/scripted-server.js';
import {
  callsAt,
  callsOf,
  resetStatistics,
} from '../support/server-statistics.js';

/** Keys of three primaries. */
const A = '{a}1';
const B = '{b}2';
const C = '{c}3';

let cluster: LocalRedisCluster;
let client: RedisClusterClient;
const open: RedisClusterClient[] = [];

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({
    nodeTimeoutMs: 30_000,
    requireFullCoverage: false,
    users: [{ name: 'app', password: 'secret' }],
  });
  client = new RedisClusterClient(cluster.clientOptions);
  await client.connect();
});

afterAll(async () => {
  await client.close();
  await cluster.stop();
});

beforeEach(async () => {
  await cluster.flush();
  await resetStatistics(cluster);
});

afterEach(() => {
  for (const other of open.splice(0)) other.destroy();
});

function clientOf(
  options: Partial<RedisClusterClientOptions> = {},
): RedisClusterClient {
  const made = new RedisClusterClient({ ...cluster.clientOptions, ...options });
  open.push(made);
  return made;
}

const addresses = (nodes: readonly LocalRedisNode[]): string[] =>
  nodes.map(({ address }) => address).toSorted();

const primaryOf = (key: string): Promise<LocalRedisNode> =>
  cluster.primaryOf(key);

const replicaOf = async (key: string): Promise<LocalRedisNode> =>
  (await cluster.replicasOf(await primaryOf(key)))[0]!;

describe('at a key or a slot', () => {
  it('runs a command of any policy at its owner', async () => {
    await client.mset({ [A]: 1, [B]: 2, '{b}3': 3 });
    const owner = await primaryOf(B);
    expect(await client.at({ key: B }).keys('*')).toHaveLength(2);
    expect(await client.at({ slot: await cluster.slotOf(B) }).dbsize()).toBe(2);
    expect(await client.at({ key: B }).call('INFO', 'server')).toContain(
      `tcp_port:${owner.port}`,
    );
    expect(await callsOf(cluster, 'dbsize')).toBe(1);
    expect(await callsAt(cluster, owner, 'keys')).toBe(1);
  });

  it('runs commands with keys of that slot', async () => {
    const at = client.at({ key: Buffer.from(B) });
    expect(await at.set(B, 'x')).toBe('OK');
    expect(await at.get(B)).toBe('x');
    expect(await at.del(B, '{b}9')).toBe(1);
  });

  it('refuses keys of other slots before it sends anything', async () => {
    const refused = client.at({ key: A }).mget(A, B);
    await expect(refused).rejects.toBeInstanceOf(CrossSlotError);
    await expect(refused).rejects.toMatchObject({ keys: [A, B] });
    expect(await callsOf(cluster, 'mget')).toBe(0);
  });

  it.each([
    [{ slot: 16_384 }],
    [{ slot: -1 }],
    [{ slot: 1.5 }],
    [{ key: null }],
    [{ node: 'here' }],
    [{}],
    ['somewhere'],
    [undefined],
  ])('refuses the target %o', (target) => {
    expect(() => client.at(target as { slot: number })).toThrow(
      ConfigurationError,
    );
  });

  it('follows the redirects of a topology that has changed', async () => {
    await using scripted = await ScriptedCluster.open(2);
    const other = await scripted.connected();
    scripted.answer.set(0, ([name = '']) =>
      name === 'INFO'
        ? error(`MOVED ${SLOT.b} ${scripted.servers[1]!.address}`)
        : 'one',
    );
    scripted.answer.set(1, () => 'two');
    expect(await other.at({ slot: SLOT.b }).call('INFO')).toBe('two');
  });
});

describe('at one node', () => {
  it('is no other node: a redirect is the answer', async () => {
    const owner = await primaryOf(A);
    const elsewhere = client.at({ node: owner.address });
    await expect(elsewhere.get(B)).rejects.toMatchObject({ prefix: 'MOVED' });
    await expect(elsewhere.set(B, 1)).rejects.toBeInstanceOf(ReplyError);
    expect(await elsewhere.set(A, 1)).toBe('OK');
  });

  it('a replica answers reads of its primary’s keys, and no writes', async () => {
    await client.ensureReplication(1, 20_000, () =>
      client.set(A, 'replicated'),
    );
    const replica = await replicaOf(A);
    const there = client.at({ node: replica.address });
    expect(await there.get(A)).toBe('replicated');
    expect(await there.mget(A, A)).toEqual(['replicated', 'replicated']);
    expect(await callsAt(cluster, replica, 'get')).toBe(1);
    await expect(there.get(B)).rejects.toMatchObject({ prefix: 'MOVED' });
    await expect(there.set(A, 2)).rejects.toMatchObject({ prefix: 'MOVED' });
    await expect(there.flushall()).rejects.toMatchObject({
      prefix: 'READONLY',
    });
    expect(await client.get(A)).toBe('replicated');
  });

  it('says READONLY once, on a connection that no routed command shares', async () => {
    const other = clientOf({ clientName: 'reader' });
    const replica = await replicaOf(A);
    const there = other.at({ node: replica.address });
    await Promise.all([there.get(A), there.get(A), there.strlen(A)]);
    await there.get(A);
    expect(await callsAt(cluster, replica, 'readonly')).toBe(1);
    await there.dbsize();
    const clients = String(
      await cluster.command(replica, 'CLIENT', 'LIST', 'TYPE', 'normal'),
    );
    const readers = clients
      .split('\n')
      .filter((line) => /name=reader .*flags=\S*r/.test(line))
      .map((line) => /cmd=(\S+)/.exec(line)?.[1]);
    expect(readers).toEqual(['get']);
  });

  it('a blocking read waits at a replica', async () => {
    await client.ensureReplication(1, 20_000, () =>
      client.call('XADD', A, '1-1', 'f', 'v'),
    );
    const replica = await replicaOf(A);
    const reading = client
      .at({ node: replica.address })
      .call('XREAD', 'BLOCK', 20_000, 'STREAMS', A, '1-1') as Promise<unknown>;
    await expect
      .poll(async () =>
        String(await cluster.command(replica, 'INFO', 'clients')),
      )
      .toContain('blocked_clients:1');
    await client.call('XADD', A, '2-1', 'f', 'w');
    expect(JSON.stringify(await reading)).toContain('2-1');
  });

  it('that is not in the topology is refused', async () => {
    await expect(
      client.at({ node: '127.0.0.1:1' }).dbsize(),
    ).rejects.toBeInstanceOf(ConfigurationError);
  });
});

describe('at a group of nodes', () => {
  it.each(['primaries', 'replicas', 'nodes'] as const)(
    'asks all %s, and gives a reply of each',
    async (group) => {
      await client.mset({ [A]: 1, [B]: 2, [C]: 3 });
      const primaries = addresses(await cluster.primaries());
      const all = addresses(cluster.nodes);
      const expected = {
        primaries,
        replicas: all.filter((address) => !primaries.includes(address)),
        nodes: all,
      }[group];
      const replies = await client.at(group).dbsize();
      expect(Object.keys(replies).toSorted()).toEqual(expected);
      expect(Object.getPrototypeOf(replies)).toBeNull();
      for (const primary of primaries) {
        expect(replies[primary] ?? 1).toBe(1);
      }
      expect(await callsOf(cluster, 'dbsize')).toBe(expected.length);
    },
  );

  it('has the errors of nodes among the replies', async () => {
    await client.ensureReplication(1, 20_000, () => client.set(A, 'x'));
    const values = await client.at('replicas').get(A);
    const replica = await replicaOf(A);
    const { [replica.address]: value, ...others } = values;
    expect(value).toBe('x');
    expect(Object.values(others)).toMatchObject([
      { code: 'REPLY', prefix: 'MOVED' },
      { code: 'REPLY', prefix: 'MOVED' },
    ]);
    const sizes = await client.at('replicas').flushall();
    for (const size of Object.values(sizes)) {
      expect(size).toMatchObject({ prefix: 'READONLY' });
    }
  });

  it('rejects what no node is asked for', async () => {
    const nodes = client.at('nodes');
    await expect(nodes.call('SUBSCRIBE', 'news')).rejects.toBeInstanceOf(
      ConfigurationError,
    );
    await expect(nodes.get(null as unknown as string)).rejects.toBeInstanceOf(
      ConfigurationError,
    );
    const closed = clientOf();
    await closed.close();
    await expect(closed.at('nodes').dbsize()).rejects.toBeInstanceOf(
      ClosedError,
    );
    await expect(
      closed.at({ node: cluster.nodes[0]!.address }).dbsize(),
    ).rejects.toBeInstanceOf(ClosedError);
  });

  it('gives a frozen node’s error when the time is over, and the others’ replies', async () => {
    const other = clientOf();
    await other.at('nodes').dbsize();
    const frozen = await primaryOf(A);
    await cluster.freeze(frozen);
    const replies = await other
      .with({ timeoutMs: 4_000 })
      .at('nodes')
      .call('CONFIG', 'RESETSTAT')
      .finally(() => cluster.resume(frozen));
    expect(replies[frozen.address]).toBeInstanceOf(OutcomeUnknownError);
    expect(
      Object.values(replies).filter((reply) => reply === 'OK'),
    ).toHaveLength(5);
  });

  it('resolves with what each node came to when it is aborted', async () => {
    const other = clientOf();
    await other.at('nodes').dbsize();
    const frozen = await primaryOf(A);
    await cluster.freeze(frozen);
    await resetStatistics(cluster);
    const abort = new AbortController();
    const running = other
      .with({ signal: abort.signal })
      .at('primaries')
      .dbsize();
    await expect.poll(() => callsOf(cluster, 'dbsize')).toBe(2);
    abort.abort();
    const replies = await running.finally(() => cluster.resume(frozen));
    expect(replies[frozen.address]).toMatchObject({ name: 'AbortError' });
    await expect(
      other.with({ signal: abort.signal }).at('primaries').dbsize(),
    ).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a client that was not connected', () => {
  it('connects by a call at a node, at a slot, or at a group', async () => {
    const node = cluster.nodes[0]!.address;
    expect(await clientOf().at({ node }).role()).toMatchObject({
      role: 'master',
    });
    expect(await clientOf().at({ key: A }).dbsize()).toBe(0);
    expect(Object.keys(await clientOf().at('nodes').dbsize())).toHaveLength(6);
  });

  it.each([[{ node: '127.0.0.1:7' }], [{ key: A }], ['nodes']])(
    'gives a call at %o its own time, not that of connecting',
    async (target) => {
      const nowhere = clientOf({
        nodes: ['127.0.0.1:1'],
        connectTimeoutMs: 20_000,
      });
      const started = performance.now();
      await expect(
        nowhere
          .with({ timeoutMs: 200 })
          .at(target as { key: string })
          .dbsize(),
      ).rejects.toBeInstanceOf(SlotNotServedError);
      expect(performance.now() - started).toBeLessThan(10_000);
    },
  );
});

// the last one: what is dead stays so
describe('when nodes die', () => {
  it('a group has their errors at once, and a key its new owner', async () => {
    const other = clientOf();
    await other.at('nodes').dbsize();
    const dead = await primaryOf(A);
    const successor = await replicaOf(A);
    await cluster.kill(dead);
    const replies = await other.at('nodes').dbsize();
    expect(replies[dead.address]).toBeInstanceOf(ConnectionError);
    expect(Object.values(replies).filter((reply) => reply === 0)).toHaveLength(
      5,
    );
    const write = other.at({ key: A }).set(A, 'after');
    await cluster.command(successor, 'CLUSTER', 'FAILOVER', 'TAKEOVER');
    expect(await write).toBe('OK');
    expect(await cluster.command(successor, 'GET', A)).toBe('after');
  });
});
