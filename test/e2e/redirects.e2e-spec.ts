import { afterEach, describe, expect, it } from 'vitest';
import { keySlot } from '../../lib/routing/key-slot.js';
import { ScriptedCluster, SLOT, until } from '../support/scripted-cluster.js';
import {
  ask,
  error,
  type Handler,
  moved,
  OK,
} from '../support/scripted-server.js';

let cluster: ScriptedCluster;

afterEach(() => cluster[Symbol.asyncDispose]());

const address = (index: number): string => cluster.servers[index]!.address;

/** The words that a node was told, without what every connection begins with. */
function told(index: number): string[][] {
  return cluster.servers[index]!.connections.map(({ commands }) =>
    commands
      .map(([name = '']) => name)
      .filter((name) => !['HELLO', 'CLIENT', 'CLUSTER'].includes(name)),
  ).filter((words) => words.length > 0);
}

/** Whether the last command before this one was ASKING. */
const asked: (connection: { commands: string[][] }) => boolean = ({
  commands,
}) => commands.at(-2)?.[0] === 'ASKING';

describe('MOVED', () => {
  it('is followed at once, to a known node (conformance 37)', async () => {
    cluster = await ScriptedCluster.open(2);
    const client = await cluster.connected();
    cluster.answer.set(0, () => moved(SLOT.b, address(1)));
    const before = cluster.count('CLUSTER', 'SHARDS');
    // no discovery is answered: only the redirect itself can lead there
    for (const server of cluster.servers) {
      const { handler } = server;
      server.handler = (command, connection) =>
        command[0] === 'CLUSTER' ? undefined : handler(command, connection);
    }
    expect(await client.get('b')).toBe(address(1));
    expect(cluster.count('GET')).toBe(2);
    await until(() => cluster.count('CLUSTER', 'SHARDS') > before);
  });

  it('is followed to an unknown node, which gets a connection (conformance 38)', async () => {
    cluster = await ScriptedCluster.open(1, 1);
    const client = await cluster.connected();
    cluster.answer.set(0, () => moved(SLOT.a, address(1)));
    expect(await client.get('a')).toBe(address(1));
  });

  for (const host of ['', '?']) {
    it(`without a host ('${host}') means the host of the node that answered (conformance 39)`, async () => {
      cluster = await ScriptedCluster.open(2);
      const client = await cluster.connected();
      const { port } = cluster.servers[1]!;
      cluster.answer.set(0, () => moved(SLOT.b, `${host}:${port}`));
      expect(await client.get('b')).toBe(address(1));
    });
  }

  it.each([
    '__proto__',
    '-1',
    '99999',
    'NaN',
    'constructor',
    '16384',
    '0x10',
    '',
  ])(
    'with slot "%s" is an error to the caller, and pollutes nothing (conformance 40)',
    async (slot) => {
      cluster = await ScriptedCluster.open(1);
      const client = await cluster.connected();
      const text = `MOVED ${slot} 127.0.0.1:1`;
      cluster.answer.set(0, () => error(text));
      await expect(client.get('a')).rejects.toMatchObject({
        code: 'REPLY',
        prefix: 'MOVED',
        message: text,
      });
      expect(Object.keys(Object.prototype)).toEqual([]);
      expect(Object.keys([])).toEqual([]);
    },
  );

  it('that names its sender replaces the connection once, also for many calls (conformance 43)', async () => {
    cluster = await ScriptedCluster.open(1);
    const client = await cluster.connected();
    const server = cluster.servers[0]!;
    const [old] = server.connections.filter(({ commands }) =>
      commands.some((words) => words[1] === 'INFO'),
    );
    cluster.answer.set(0, ([name], connection) =>
      connection === old ? moved(SLOT.a, address(0)) : `${name} elsewhere`,
    );
    const made = server.connections.length;
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => client.get('a')),
    );
    expect(new Set(replies)).toEqual(new Set(['GET elsewhere']));
    expect(server.connections.length).toBe(made + 1);
    await until(() => old!.socket.destroyed);
  });

  it('that names its sender replaces an exclusive connection too (conformance 43)', async () => {
    cluster = await ScriptedCluster.open(1);
    const client = await cluster.connected();
    const seen = new Set<unknown>();
    cluster.answer.set(0, (_, connection) => {
      seen.add(connection);
      return seen.size === 1
        ? moved(SLOT.a, address(0))
        : ['a', String(seen.size)];
    });
    expect(await client.blpop('a', 10)).toEqual({ key: 'a', element: '2' });
  });

  it('in circles ends with the budget, backed off, and names hops and nodes (conformance 44, 153)', async () => {
    cluster = await ScriptedCluster.open(2);
    const client = await cluster.connected();
    cluster.answer.set(0, () => moved(SLOT.b, address(1)));
    cluster.answer.set(1, () => moved(SLOT.b, address(0)));
    const failure: any = await client
      .with({ timeoutMs: 400 })
      .get('b')
      .catch((reason: unknown) => reason);
    expect(failure).toMatchObject({ code: 'TIMEOUT', command: 'GET' });
    expect(failure.slot).toBe(SLOT.b);
    // between two attempts, or during one: each takes long where much else runs
    expect(['retry', 'flight']).toContain(failure.phase);
    await expect.poll(() => cluster.count('GET')).toBe(failure.attempts);
    // an endless loop on loopback makes thousands
    expect(failure.attempts).toBeLessThan(100);
    const said: string[] = [];
    for (let at = failure.cause; at !== undefined; at = at.cause) {
      said.push(String(at.message));
    }
    expect(said.join('\n')).toContain(address(0));
    expect(said.join('\n')).toContain(address(1));
  });

  it('is translated by the address map, as are the topology and ASK (conformance 25)', async () => {
    cluster = await ScriptedCluster.open(2);
    const real = cluster.shards.map(({ primary }) => primary);
    const inner = real.map((node, index) => ({ ...node, port: 7000 + index }));
    cluster.shards = cluster.shards.map((shard, index) => ({
      ...shard,
      primary: { ...inner[index]!, host: '10.0.0.9' },
    }));
    const addressMap = Object.fromEntries(
      real.map((node, index) => [`10.0.0.9:${7000 + index}`, node]),
    );
    const client = await cluster.connected({ addressMap });
    expect(await client.get('b')).toBe(address(0));
    cluster.answer.set(0, () => moved(SLOT.b, '10.0.0.9:7001'));
    expect(await client.get('b')).toBe(address(1));
    expect(cluster.count('GET')).toBe(3);
    cluster.answer.set(1, (_, connection) =>
      asked(connection) ? 'asked' : ask(SLOT.a, '10.0.0.9:7000'),
    );
    cluster.answer.set(0, (_, connection) =>
      asked(connection) ? 'asked' : null,
    );
    expect(await client.get('a')).toBe('asked');
  });

  it('rejects the call when the address map throws', async () => {
    cluster = await ScriptedCluster.open(2);
    let broken = false;
    const client = await cluster.connected({
      addressMap: (given) => {
        if (broken) throw new Error('no such network');
        return given;
      },
    });
    broken = true;
    cluster.answer.set(0, () => moved(SLOT.b, address(1)));
    await expect(client.get('b')).rejects.toThrow('no such network');
    await expect(client.get('a')).resolves.toBe(address(1));
  });
});

/** Node 1 serves what follows ASKING, and nothing else. */
const importing: Handler = (_, connection) =>
  asked(connection) ? 'asked' : moved(SLOT.b, address(0));

describe('ASK', () => {
  it('sends ASKING and the command back to back and leaves the map alone (conformance 41)', async () => {
    cluster = await ScriptedCluster.open(2);
    const client = await cluster.connected();
    const gone = new Set(['b']);
    cluster.answer.set(0, ([, key]) =>
      gone.has(key!) ? ask(SLOT.b, address(1)) : 'stayed',
    );
    cluster.answer.set(1, importing);
    const replies = await Promise.all([
      client.get('b'),
      client.get('a').catch((reason: unknown) => reason),
      client.get('b'),
    ]);
    expect([replies[0], replies[2]]).toEqual(['asked', 'asked']);
    gone.clear();
    expect(await client.get('b')).toBe('stayed');
    const words = told(1).flat();
    expect(words.filter((word) => word === 'ASKING')).toHaveLength(2);
    expect(words.join(' ').match(/ASKING GET/g)).toHaveLength(2);
  });

  it('leads to an unknown node, also without a host (conformance 42)', async () => {
    cluster = await ScriptedCluster.open(1, 1);
    const client = await cluster.connected();
    const { port } = cluster.servers[1]!;
    cluster.answer.set(1, importing);
    for (const target of [address(1), `:${port}`]) {
      cluster.answer.set(0, () => ask(SLOT.b, target));
      expect(await client.get('b')).toBe('asked');
    }
  });

  it('leads to a node that nobody has described: slow to answer, it is new, and has not failed', async () => {
    cluster = await ScriptedCluster.open(1, 1);
    const client = await cluster.connected();
    cluster.answer.set(0, () => ask(SLOT.b, address(1)));
    cluster.answer.set(1, async ([name]) => {
      if (name !== 'INCR') return OK;
      // longer than a silence is suspicious
      await new Promise((resolve) => setTimeout(resolve, 1_300));
      return 7;
    });
    expect(await client.incr('b')).toBe(7);
  });

  it('puts ASKING ahead of a blocking command on its own connection (conformance 41)', async () => {
    cluster = await ScriptedCluster.open(1, 1);
    const client = await cluster.connected();
    cluster.answer.set(0, () => ask(SLOT.b, address(1)));
    cluster.answer.set(1, (_, connection) =>
      asked(connection) ? ['b', 'v'] : moved(SLOT.b, address(0)),
    );
    expect(await client.blpop('b', 10)).toEqual({ key: 'b', element: 'v' });
    expect(told(1)).toEqual([['ASKING', 'BLPOP']]);
  });

  it('is still followed after many TRYAGAIN (conformance 45)', async () => {
    cluster = await ScriptedCluster.open(2);
    const client = await cluster.connected();
    cluster.answer.set(0, () => ask(SLOT.b, address(1)));
    let refusals = 0;
    cluster.answer.set(1, (_, connection) => {
      if (!asked(connection)) return moved(SLOT.b, address(0));
      refusals += 1;
      return refusals <= 8 ? error('TRYAGAIN half-way') : ['v', 'w'];
    });
    const call = client.with({ timeoutMs: 20_000 }).mget('{b}1', '{b}2');
    expect(keySlot('{b}1')).toBe(SLOT.b);
    expect(await call).toEqual(['v', 'w']);
  });
});

describe('refusals that pass', () => {
  it.each([
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'LOADING Redis is loading the dataset in memory',
    'BUSY Redis is busy running a script',
    'CLUSTERDOWN The cluster is down',
    'MASTERDOWN Link with MASTER is down',
  ])('"%s" is repeated, backed off (conformance 45, 46)', async (text) => {
    cluster = await ScriptedCluster.open(1);
    const client = await cluster.connected();
    let refusals = 0;
    cluster.answer.set(0, () => {
      refusals += 1;
      return refusals <= 3 ? error(text) : refusals;
    });
    const start = performance.now();
    expect(await client.incr('a')).toBe(4);
    expect(performance.now() - start).toBeGreaterThan(20);
  });

  it('READONLY leads to the new primary (conformance 47)', async () => {
    cluster = await ScriptedCluster.open(1, 1);
    const client = await cluster.connected();
    cluster.answer.set(0, () => {
      const primary = { ...cluster.nodes[1]!, epoch: 9 };
      cluster.shards = [
        {
          slots: [[0, 16383]],
          primary,
          replicas: [cluster.nodes[0]!],
        },
      ];
      return error(`READONLY You can't write against a read only replica.`);
    });
    cluster.answer.set(1, () => 7);
    expect(await client.incr('a')).toBe(7);
    // repeated until the topology was read, no tight loop
    expect(cluster.servers[0]!.commands('INCR').length).toBeLessThan(10);
  });

  it('a failover shorter than the budget costs the callers no error (conformance 48)', async () => {
    cluster = await ScriptedCluster.open(1);
    const client = await cluster.connected();
    const end = performance.now() + 500;
    let count = 0;
    cluster.answer.set(0, () =>
      performance.now() < end ? error('CLUSTERDOWN down') : (count += 1),
    );
    const calls = Array.from({ length: 50 }, () => client.incr('a'));
    expect(new Set(await Promise.all(calls)).size).toBe(50);
  });
});
