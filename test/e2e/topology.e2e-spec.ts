import { filter, firstValueFrom } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { ClusterTopology, RedisClusterClient } from '../../lib/index.js';
import { keySlot } from '../../lib/routing/key-slot.js';
import {
  Held,
  ScriptedCluster,
  SLOT,
  until,
} from '../support/scripted-cluster.js';
import {
  error,
  moved,
  raw,
  withHandshake,
} from '../support/scripted-server.js';
import {
  type ScriptedShard,
  withTopology,
} from '../support/scripted-topology.js';

let cluster: ScriptedCluster;

afterEach(() => cluster[Symbol.asyncDispose]());

const address = (index: number): string => cluster.servers[index]!.address;

function known(client: RedisClusterClient): ClusterTopology {
  let last: ClusterTopology | undefined;
  client.topology$.subscribe((topology) => (last = topology)).unsubscribe();
  return last!;
}

function owners(client: RedisClusterClient): Record<string, unknown> {
  return Object.fromEntries(
    known(client).shards.map(({ primary, slots }) => [primary.address, slots]),
  );
}

const learned = (
  client: RedisClusterClient,
  holds: (topology: ClusterTopology) => boolean,
): Promise<ClusterTopology> =>
  firstValueFrom(client.topology$.pipe(filter(holds)));

/** The shards with all slots at one node. */
const allAt = (index: number, epoch: number): ScriptedShard[] => [
  { slots: [[0, 16383]], primary: { ...cluster.nodes[index]!, epoch } },
];

const rounds = (): number => cluster.count('CLUSTER', 'SHARDS');

/** Keys of this many different slots. */
function keysOfSlots(count: number): string[] {
  const bySlot = new Map<number, string>();
  for (let n = 0; bySlot.size < count; n++)
    bySlot.set(keySlot(`k${n}`), `k${n}`);
  return [...bySlot.values()];
}

describe('discovery', () => {
  it('learns the same slots from CLUSTER SHARDS and CLUSTER SLOTS (conformance 22)', async () => {
    cluster = await ScriptedCluster.open(3);
    const client = await cluster.connected();
    const before = owners(client);
    for (const [index, server] of cluster.servers.entries()) {
      server.handler = withHandshake(
        withTopology(
          () => cluster.shards,
          () => cluster.nodes[index]!,
          cluster.standard(index),
          { withoutShards: true },
        ),
      );
    }
    const second = await cluster.connected();
    expect(cluster.count('CLUSTER', 'SLOTS')).toBeGreaterThan(0);
    expect(owners(second)).toEqual(before);
    expect(Object.keys(before)).toHaveLength(3);
  });

  it('works without CLUSTER NODES (conformance 22)', async () => {
    cluster = await ScriptedCluster.open(2);
    for (const server of cluster.servers) {
      const { handler } = server;
      server.handler = (command, connection) =>
        command[1] === 'NODES'
          ? error(`NOPERM User default has no permissions`)
          : handler(command, connection);
    }
    const client = await cluster.connected();
    expect(await client.get('a')).toBe(address(1));
  });

  for (const endpoint of [raw('_\r\n'), '', '?']) {
    const shown = typeof endpoint === 'string' ? `'${endpoint}'` : 'NULL';
    it(`takes the host of the node that answered where the endpoint is ${shown} (conformance 23)`, async () => {
      cluster = await ScriptedCluster.open(1);
      const [server] = cluster.servers;
      const { handler } = server!;
      server!.handler = (command, connection) => {
        const reply = handler(command, connection);
        if (command[1] !== 'SHARDS') return reply;
        for (const shard of reply as any[]) {
          for (const node of shard.get('nodes')) node.set('endpoint', endpoint);
        }
        return reply;
      };
      const client = await cluster.connected();
      expect(await client.get('a')).toBe(address(0));
    });
  }

  it('uses the preferred endpoint, a host name, where there is one (conformance 24)', async () => {
    cluster = await ScriptedCluster.open(2);
    cluster.shards = cluster.shards.map((shard, index) => ({
      ...shard,
      primary: { ...shard.primary, hostname: `node${index}.test` },
    }));
    const asked = new Set<string>();
    const client = await cluster.connected({
      lookup: (hostname, options, callback) => {
        asked.add(hostname);
        if (options.all === true) {
          callback(null, [{ address: '127.0.0.1', family: 4 }]);
        } else callback(null, '127.0.0.1', 4);
      },
    });
    expect(await client.get('a')).toBe(address(1));
    expect(asked).toEqual(new Set(['node0.test', 'node1.test']));
  });
});

describe('a redirect for one slot of a range', () => {
  it('changes that slot only (conformance 26)', async () => {
    cluster = await ScriptedCluster.open(2);
    const client = await cluster.connected();
    cluster.answer.set(0, ([name, key]) =>
      key === 'b' ? moved(SLOT.b, address(1)) : `${name} here`,
    );
    expect(await client.get('b')).toBe(address(1));
    const topology = await learned(client, ({ shards }) =>
      shards.some(({ slots }) =>
        slots.some(([from, to]) => from === SLOT.b && to === SLOT.b),
      ),
    );
    expect(topology.shards.map(({ slots }) => slots)).toEqual([
      [
        [0, SLOT.b - 1],
        [SLOT.b + 1, 8191],
      ],
      [
        [SLOT.b, SLOT.b],
        [8192, 16383],
      ],
    ]);
    expect(await client.get('c')).toBe('GET here');
  });

  it('does not win over the views of others for ever: the rival itself is asked (conformance 31)', async () => {
    cluster = await ScriptedCluster.open(3);
    const client = await cluster.connected({ topologyRefreshMs: 50 });
    // one wrong word of node 0 about a slot of node 2, which alone can deny it
    const standard = cluster.standard(2);
    let lies = 1;
    cluster.answer.set(2, (command, connection) => {
      if (command[0] !== 'GET' || lies === 0)
        return standard(command, connection);
      lies -= 1;
      return moved(SLOT.a, address(1));
    });
    cluster.answer.set(1, () => 'wrong');
    expect(await client.get('a')).toBe('wrong');
    await learned(client, ({ shards }) =>
      shards.every(({ slots }) => slots.length === 1),
    );
    expect(await client.get('a')).toBe(address(2));
  });
});

describe('refreshing', () => {
  it('is one question, and few snapshots, for 500 redirects at once (conformance 28, 57)', async () => {
    cluster = await ScriptedCluster.open(1, 1);
    const client = await cluster.connected();
    let versions = 0;
    client.topology$.subscribe(() => (versions += 1));
    cluster.answer.set(0, ([, key]) => moved(keySlot(key!), address(1)));
    const before = rounds();
    const keys = keysOfSlots(500);
    const started = performance.now();
    const replies = await Promise.all(keys.map((key) => client.get(key)));
    const took = performance.now() - started;
    expect(new Set(replies)).toEqual(new Set([address(1)]));
    // one, and one more for the redirects after it; on a busy machine, where
    // they take long to come in, one every 50 ms
    expect(rounds() - before).toBeLessThanOrEqual(2 + Math.floor(took / 50));
    // one for all redirects of a turn; a busy machine spreads them over more turns
    expect(versions).toBeLessThan(keys.length / 2);
  });

  it('that was asked for while one ran is followed by one more (conformance 29)', async () => {
    cluster = await ScriptedCluster.open(2);
    const client = await cluster.connected();
    const { handler } = cluster.servers[0]!;
    const held = new Held();
    cluster.servers[0]!.handler = async (command, connection) => {
      const reply = handler(command, connection);
      if (command[1] === 'NODES') await held.released;
      return reply;
    };
    cluster.answer.set(0, ([, key]) => moved(keySlot(key!), address(1)));
    const before = rounds();
    await client.get('b');
    await until(() => rounds() === before + 1);
    // the answer under way is older than this
    cluster.shards = allAt(1, 9);
    await client.get('c');
    held.release();
    await learned(client, ({ shards }) => shards.length === 1);
    expect(rounds()).toBe(before + 2);
  });

  it('uses one connection, however often (conformance 30)', async () => {
    cluster = await ScriptedCluster.open(2);
    await cluster.connected({ topologyRefreshMs: 2 });
    const made = (): number =>
      cluster.servers.reduce(
        (sum, { connections }) => sum + connections.length,
        0,
      );
    // of ten refreshes in a quiet cluster nine look at CLUSTER SLOTS alone
    const refreshes = (): number => cluster.count('CLUSTER', 'SLOTS');
    await until(() => refreshes() > 20);
    const before = made();
    await until(() => refreshes() > 120);
    expect(rounds()).toBeGreaterThan(10);
    expect(made()).toBe(before);
  });

  it('asks another node when one does not answer, and keeps the old topology meanwhile (conformance 32)', async () => {
    cluster = await ScriptedCluster.open(2);
    const client = await cluster.connected({
      socketTimeoutMs: 200,
      topologyRefreshMs: 20,
    });
    const { handler } = cluster.servers[0]!;
    cluster.servers[0]!.handler = (command, connection) =>
      command[0] === 'CLUSTER' ? undefined : handler(command, connection);
    cluster.shards = cluster.shards.map((shard) => ({
      ...shard,
      slots: shard.slots.map(([from, to]) => [from, to - 1] as const),
    }));
    expect(await client.get('b')).toBe(address(0));
    await learned(client, ({ shards }) => shards[0]!.slots[0]![1] === 8190);
  });

  it('keeps the topology when nobody answers (conformance 32)', async () => {
    cluster = await ScriptedCluster.open(2);
    const client = await cluster.connected({
      socketTimeoutMs: 100,
      topologyRefreshMs: 10,
    });
    for (const server of cluster.servers) {
      const { handler } = server;
      server.handler = (command, connection) =>
        command[0] === 'CLUSTER' ? undefined : handler(command, connection);
    }
    await firstValueFrom(
      client.events$.pipe(
        filter(({ type }) => type === 'topologyRefreshFailed'),
      ),
    );
    expect(await client.get('a')).toBe(address(1));
  });

  it('periodically finds a change that no redirect told of (conformance 36)', async () => {
    cluster = await ScriptedCluster.open(2);
    const client = await cluster.connected({ topologyRefreshMs: 50 });
    cluster.shards = allAt(1, 9);
    await learned(client, ({ shards }) => shards.length === 1);
    expect(await client.get('b')).toBe(address(1));
  });

  it('does not go back to an older epoch that one node still believes in (conformance 31)', async () => {
    cluster = await ScriptedCluster.open(2);
    const old = cluster.shards;
    const client = await cluster.connected({ topologyRefreshMs: 20 });
    cluster.shards = allAt(1, 9);
    await learned(client, ({ shards }) => shards.length === 1);
    cluster.viewOf.set(0, () => old);
    cluster.viewOf.set(1, () => old);
    const before = rounds();
    await until(() => rounds() > before + 5);
    expect(Object.keys(owners(client))).toEqual([address(1)]);
    expect(await client.get('b')).toBe(address(1));
  });

  it('leaves a node that says CLUSTERDOWN, for it may be cut off (conformance 31)', async () => {
    cluster = await ScriptedCluster.open(3);
    const old = cluster.shards;
    const client = await cluster.connected();
    // node 0, whom the client asks, is in a minority; the others moved on
    cluster.viewOf.set(0, () => old);
    cluster.answer.set(0, () => error('CLUSTERDOWN The cluster is down'));
    const [, second, third] = old;
    cluster.shards = [
      {
        slots: [...old[0]!.slots, ...second!.slots],
        primary: { ...second!.primary, epoch: 9 },
      },
      third!,
    ];
    expect(await client.get('b')).toBe(address(1));
  });

  it('gives up a cluster that was rebuilt under new ids', async () => {
    cluster = await ScriptedCluster.open(2);
    const client = await cluster.connected({ topologyRefreshMs: 20 });
    cluster.shards = cluster.shards.map(({ primary }, index) => ({
      slots: index === 0 ? [[8192, 16383]] : [[0, 8191]],
      primary: { ...primary, id: 'ef'[index]!.repeat(40) },
    }));
    await learned(client, ({ shards }) =>
      shards[0]!.primary.id.startsWith('f'),
    );
    expect(await client.get('a')).toBe(address(0));
  });
});

/** The first 100 slots and those of node 1 lose their owner. */
const uncovered = (): ScriptedShard[] => [
  { slots: [[100, 8191]], primary: { ...cluster.nodes[0]!, epoch: 9 } },
];

describe('slots that nobody owns', () => {
  it('forget their old owner (conformance 27)', async () => {
    cluster = await ScriptedCluster.open(2);
    const client = await cluster.connected({ topologyRefreshMs: 20 });
    cluster.shards = uncovered();
    await learned(client, ({ shards }) => shards.length === 1);
    await expect(client.with({ timeoutMs: 50 }).get('a')).rejects.toMatchObject(
      {
        code: 'SLOT_NOT_SERVED',
        slot: SLOT.a,
      },
    );
    expect(cluster.count('GET')).toBe(0);
  });

  it('are asked for until somebody does: the waiting call succeeds', async () => {
    cluster = await ScriptedCluster.open(2);
    const all = cluster.shards;
    cluster.shards = [all[0]!];
    const client = await cluster.connected();
    const call = client.get('a');
    const before = rounds();
    await until(() => rounds() > before + 2);
    cluster.shards = all;
    expect(await call).toBe(address(1));
  });

  it('make a fan-out wait, within its time, and not the process', async () => {
    cluster = await ScriptedCluster.open(1);
    const all = cluster.shards;
    cluster.answer.set(0, () => []);
    const client = cluster.client();
    cluster.shards = [{ slots: [], primary: cluster.nodes[0]! }];
    const call = client.keys();
    // asked again: the first answer is known
    await until(() => rounds() > 1);
    await expect(client.with({ timeoutMs: 50 }).keys()).rejects.toMatchObject({
      code: 'SLOT_NOT_SERVED',
    });
    const controller = new AbortController();
    const aborted = client.with({ signal: controller.signal }).keys();
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    cluster.shards = all;
    expect(await call).toEqual([]);
  });
});

describe('a fan-out before the topology is known', () => {
  it('takes no longer than its own time, connecting included', async () => {
    cluster = await ScriptedCluster.open(1);
    cluster.servers[0]!.handler = () => undefined;
    const start = performance.now();
    await expect(
      cluster.client().with({ timeoutMs: 100 }).keys(),
    ).rejects.toMatchObject({ command: 'KEYS' });
    // not the 30 s that connecting may take
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe('a primary that is away', () => {
  it('is reconnected to without any call, and the topology is left in peace then', async () => {
    cluster = await ScriptedCluster.open(2);
    const client = await cluster.connected();
    await client.get('a');
    const back = firstValueFrom(
      client.events$.pipe(
        filter(
          (event) =>
            event.type === 'nodeConnected' && event.node === address(1),
        ),
      ),
    );
    for (const connection of cluster.servers[1]!.openConnections) {
      connection.drop();
    }
    // the event of before is replayed: wait for the loss first
    await firstValueFrom(
      client.events$.pipe(filter(({ type }) => type === 'nodeDisconnected')),
    );
    await back;
    await until(() => cluster.servers[1]!.openConnections.length > 0);
    const before = rounds();
    // several times the least interval between two questions
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(rounds() - before).toBeLessThan(3);
  });

  it('is no choice for commands that any primary can answer (conformance 55)', async () => {
    cluster = await ScriptedCluster.open(3);
    const client = await cluster.connected();
    await client.get('a');
    await cluster.servers[2]!.close();
    await until(() => cluster.servers[2]!.openConnections.length === 0);
    await client
      .with({ timeoutMs: 100 })
      .get('a')
      .catch(() => undefined);
    const replies = await Promise.all(
      Array.from({ length: 9 }, () => client.call('ECHO', 'x')),
    );
    expect(new Set(replies)).toEqual(new Set(['OK']));
  });
});
