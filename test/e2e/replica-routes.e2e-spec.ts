import { filter, firstValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  NoReplicaError,
  type ReadFrom,
  RedisClusterClient,
} from '../../lib/index.js';
import {
  Held,
  ScriptedCluster,
  SLOT,
  until,
} from '../support/scripted-cluster.js';
import {
  ask,
  error,
  type Handler,
  moved,
  OK,
} from '../support/scripted-server.js';

/** A primary, and its replicas. */
const PRIMARY = 0;
const FIRST = 1;
const SECOND = 2;

let cluster: ScriptedCluster;
/** What each node answers to INFO replication. */
let info: Map<number, string>;

beforeEach(async () => {
  cluster = await ScriptedCluster.open(1, 3);
  replicate(PRIMARY, FIRST, SECOND);
  info = new Map();
  for (const index of cluster.servers.keys()) answer(index, () => undefined);
});

afterEach(() => cluster[Symbol.asyncDispose]());

const address = (index: number): string => cluster.servers[index]!.address;

/** The cluster says from now on that one node replicates another. */
function replicate(primary: number, ...replicas: number[]): void {
  cluster.shards = [
    {
      slots: [[0, 16_383]],
      primary: cluster.nodes[primary]!,
      replicas: replicas.map((index) => cluster.nodes[index]!),
    },
  ];
}

/** Two shards: of nodes 0 and 1, and of 2 and these replicas. */
function halve(replicas: readonly number[]): void {
  const nodes = cluster.nodes;
  cluster.shards = [
    { slots: [[0, 8_191]], primary: nodes[0]!, replicas: [nodes[1]!] },
    {
      slots: [[8_192, 16_383]],
      primary: nodes[2]!,
      replicas: replicas.map((index) => nodes[index]!),
    },
  ];
}

/** Whether the command came behind ASKING. */
const asked = (
  command: string[],
  { commands }: { readonly commands: string[][] },
): boolean => commands[commands.indexOf(command) - 1]?.[0] === 'ASKING';

/** What a node answers; by default its own address to GET. */
function answer(index: number, handler: Handler): void {
  cluster.answer.set(index, async (command, connection) => {
    const answered = await handler(command, connection);
    if (answered !== undefined) return answered;
    if (command[0] === 'INFO') return info.get(index) ?? OK;
    return cluster.standard(index)(command, connection);
  });
}

const onGet =
  (handler: Handler): Handler =>
  (command, connection) =>
    command[0] === 'GET' ? handler(command, connection) : undefined;

const gets = (index: number): number =>
  cluster.servers[index]!.commands('GET').length;

/** Reads, one after the other, until something holds. */
async function readUntil(
  client: RedisClusterClient,
  holds: () => boolean,
): Promise<void> {
  const end = performance.now() + 20_000;
  do {
    await client.get('a');
  } while (!holds() && performance.now() < end);
  expect(holds()).toBe(true);
}

/** How often a node was asked how it is. */
const probes = (index: number): number =>
  cluster.servers[index]!.commands('INFO').filter(
    ([, section]) => section === 'replication',
  ).length;

const connected = (readFrom: ReadFrom): Promise<RedisClusterClient> =>
  cluster.connected({ readFrom });

/** A client that is connected to these replicas, and has read each of them. */
async function reading(
  readFrom: ReadFrom,
  ...replicas: readonly number[]
): Promise<RedisClusterClient> {
  const client = await connected(readFrom);
  await readUntil(client, () => replicas.every((index) => gets(index) > 0));
  return client;
}

describe('a read at a replica', () => {
  it('is sent behind READONLY, over a connection that carries nothing else', async () => {
    const client = await connected('replica');
    await Promise.all([client.get('a'), client.set('a', 1), client.get('a')]);
    for (const index of [FIRST, SECOND]) {
      const readers = cluster.servers[index]!.connections.filter(
        ({ commands }) => commands.some(([name]) => name === 'GET'),
      );
      expect(readers).toHaveLength(1);
      const names = readers[0]!.commands.map(([name]) => name);
      expect(names.indexOf('READONLY')).toBeGreaterThan(-1);
      expect(names.indexOf('READONLY')).toBeLessThan(names.indexOf('GET'));
      expect(names).not.toContain('SET');
    }
  });

  for (const text of [
    'LOADING Redis is loading the dataset in memory',
    `MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.`,
    'BUSY Redis is busy running a script.',
  ]) {
    it(`that answers ${text.split(' ')[0]} is asked of another at once, and of this one no more for now (conformance 46)`, async () => {
      const client = await reading('preferReplica', FIRST, SECOND);
      answer(
        FIRST,
        onGet(() => error(text)),
      );
      const [before, heard] = [gets(FIRST), probes(FIRST)];
      await readUntil(client, () => gets(FIRST) > before);
      for (let nth = 0; nth < 10; nth++) {
        expect(await client.get('a')).toBe(address(SECOND));
      }
      // anew only when it was heard of since, which takes a second
      const since = probes(FIRST) - heard;
      expect(gets(FIRST) - before).toBeLessThanOrEqual(1 + since);
      answer(
        SECOND,
        onGet(() => error(text)),
      );
      expect(await client.get('a')).toBe(address(PRIMARY));
    });
  }

  it('waits between attempts when no node of the shard can answer it', async () => {
    const client = await connected('preferReplica');
    let left = 12;
    for (const index of [PRIMARY, FIRST, SECOND]) {
      answer(
        index,
        onGet(() => (left-- > 0 ? error('LOADING') : undefined)),
      );
    }
    const startedAt = performance.now();
    await client.get('a');
    expect(performance.now() - startedAt).toBeGreaterThan(100);
    // a replica is asked anew when it was heard of since
    for (const index of [FIRST, SECOND]) {
      expect(gets(index)).toBeLessThanOrEqual(1 + probes(index));
    }
  });

  it('that answers MOVED goes to the primary it names, and the slot keeps its replicas (conformance 134)', async () => {
    const client = await reading('preferReplica', FIRST, SECOND);
    // the second replica was promoted, and nobody has been asked for the topology since
    answer(
      FIRST,
      onGet(() => moved(SLOT.a, address(SECOND))),
    );
    const promoted = topology(client);
    const [atFirst, atPrimary] = [gets(FIRST), gets(PRIMARY)];
    await readUntil(client, () => gets(FIRST) > atFirst);
    expect(gets(PRIMARY)).toBe(atPrimary);
    const { shards } = await promoted;
    const shard = shards.find(
      ({ primary }) => primary.address === address(SECOND),
    );
    expect(shard?.replicas.map((replica) => replica.address)).toEqual([
      address(FIRST),
    ]);
    answer(FIRST, () => undefined);
    const before = gets(FIRST);
    await readUntil(client, () => gets(FIRST) > before);
  });

  it('that is sent to a node nobody has described yet keeps the slot’s replicas (conformance 134)', async () => {
    const client = await reading('replica', FIRST, SECOND);
    const strange = 3;
    let redirected = false;
    answer(
      SECOND,
      onGet(() => {
        if (redirected) return undefined;
        redirected = true;
        return moved(SLOT.a, address(strange));
      }),
    );
    for (let nth = 0; nth < 6; nth++) {
      expect([address(FIRST), address(SECOND)]).toContain(
        await client.get('a'),
      );
    }
    expect(redirected).toBe(true);
    // never a read at a primary, also not behind a redirect
    expect(gets(strange) + gets(PRIMARY)).toBe(0);
  });

  it('of a key that has left its slot goes on at the importing primary, by replica at a replica of that', async () => {
    halve([3]);
    answer(
      1,
      onGet(() => ask(SLOT.b, address(2))),
    );
    for (const index of [2, 3]) {
      answer(
        index,
        onGet((command, connection) =>
          asked(command, connection)
            ? `asked ${index}`
            : moved(SLOT.b, address(0)),
        ),
      );
    }
    const client = await connected('replica');
    for (let nth = 0; nth < 4; nth++) {
      expect(await client.get('b')).toBe('asked 3');
    }
    expect(gets(0) + gets(2)).toBe(0);
    // not round and round: each asks both nodes once
    expect([gets(1), gets(3)]).toEqual([4, 4]);
    const prefers = client.with({ readFrom: 'preferReplica' });
    expect(await prefers.get('b')).toBe('asked 2');
    expect(client.explain('GET', 'b').nodes).toEqual([address(1)]);
  });

  it('of a key that has left its slot is an error by replica where the importing primary has none', async () => {
    halve([]);
    answer(
      1,
      onGet(() => ask(SLOT.b, address(2))),
    );
    const client = await connected('replica');
    await expect(client.get('b')).rejects.toBeInstanceOf(NoReplicaError);
    expect(gets(0) + gets(2)).toBe(0);
  });

  it('that answers TRYAGAIN is tried again, and the replica is as healthy as before', async () => {
    replicate(PRIMARY, FIRST);
    const client = await reading('preferReplica', FIRST);
    let refusals = 0;
    answer(FIRST, ([name]) => {
      if (name !== 'MGET') return undefined;
      refusals += 1;
      return refusals <= 3
        ? error('TRYAGAIN Multiple keys request during rehashing of slot')
        : ['v', 'w'];
    });
    const before = gets(FIRST);
    const several = client.mget('a', '{a}2');
    await until(() => refusals > 0);
    expect(await client.get('a')).toBe(address(FIRST));
    expect(await several).toEqual(['v', 'w']);
    expect(refusals).toBe(4);
    expect(gets(FIRST)).toBe(before + 1);
    expect(cluster.servers[PRIMARY]!.commands('MGET')).toEqual([]);
  });

  it('that was the primary’s turn is repeated at a replica when that is silent', async () => {
    replicate(PRIMARY, FIRST);
    const client = await connected('any');
    await readUntil(client, () => gets(PRIMARY) > 0 && gets(FIRST) > 0);
    const held = new Held();
    answer(
      PRIMARY,
      onGet(async () => {
        await held.released;
        return 'late';
      }),
    );
    const before = gets(PRIMARY);
    const reads = [client.get('a'), client.get('a'), client.get('a')];
    expect(new Set(await Promise.all(reads))).toEqual(
      new Set([address(FIRST)]),
    );
    expect(gets(PRIMARY)).toBeGreaterThan(before);
    held.release();
  });

  it('is repeated elsewhere when the replica goes away before it answers', async () => {
    const client = await connected('preferReplica');
    answer(
      FIRST,
      onGet((_, connection) => {
        connection.drop();
        return undefined;
      }),
    );
    for (let nth = 0; nth < 6; nth++) {
      expect([address(SECOND), address(PRIMARY)]).toContain(
        await client.get('a'),
      );
    }
  });

  it('is repeated elsewhere after a second of silence, once, and its late reply meets nobody', async () => {
    const client = await reading('preferReplica', FIRST, SECOND);
    const held = new Held();
    answer(
      FIRST,
      onGet(async () => {
        await held.released;
        return 'late';
      }),
    );
    const startedAt = performance.now();
    const reads = [client.get('a'), client.get('a'), client.get('a')];
    expect(new Set(await Promise.all(reads))).toEqual(
      new Set([address(SECOND)]),
    );
    const took = performance.now() - startedAt;
    expect(took).toBeGreaterThan(900);
    // not the 30 s that a command may take
    expect(took).toBeLessThan(20_000);
    // silent: nothing more is sent to it
    const before = gets(FIRST);
    for (let nth = 0; nth < 6; nth++) await client.get('a');
    expect(gets(FIRST)).toBe(before);
    expect(cluster.servers[FIRST]!.openConnections.length).toBeGreaterThan(0);
    answer(FIRST, () => undefined);
    held.release();
    await readUntil(client, () => gets(FIRST) > before);
    expect([address(FIRST), address(SECOND)]).toContain(await client.get('a'));
  });

  it('that is slow everywhere is not sent round: twice at most', async () => {
    const client = await connected('preferReplica');
    const held = new Held();
    for (const index of [PRIMARY, FIRST, SECOND]) {
      answer(
        index,
        onGet(async () => {
          await held.released;
          return 'slow';
        }),
      );
    }
    const read = client.get('a');
    await until(() => gets(FIRST) + gets(SECOND) === 2);
    // longer than the silence that sent it on
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    expect(gets(FIRST) + gets(SECOND) + gets(PRIMARY)).toBe(2);
    held.release();
    expect(await read).toBe('slow');
  });

  it('by a script that takes long stays where it is', async () => {
    const client = await connected('preferReplica');
    for (const index of [PRIMARY, FIRST, SECOND]) {
      answer(index, async ([name]) => {
        if (name !== 'EVAL_RO') return undefined;
        // longer than the silence that sends others on
        await new Promise((resolve) => setTimeout(resolve, 1_400));
        return 'done';
      });
    }
    expect(await client.evalRo('return 1', ['a'], [])).toBe('done');
    expect(cluster.count('EVAL_RO')).toBe(1);
  });

  it('goes elsewhere when its connection takes long to be made, after a moment', async () => {
    const held = new Held();
    const server = cluster.servers[FIRST]!;
    const { handler } = server;
    server.handler = async (command, connection) => {
      await held.released;
      return handler(command, connection);
    };
    const client = await connected('preferReplica');
    const elsewhere = [address(SECOND), address(PRIMARY)];
    for (const read of await Promise.all([client.get('a'), client.get('a')])) {
      expect(elsewhere).toContain(read);
    }
    expect(server.openConnections.length).toBeGreaterThan(0);
    // nobody waits for it any more: a quarter of a second each would be 15 s
    const again = performance.now();
    for (let nth = 0; nth < 60; nth++) {
      expect(elsewhere).toContain(await client.get('a'));
    }
    expect(performance.now() - again).toBeLessThan(10_000);
    held.release();
  });

  it('leaves out one that has lost its primary, and takes it when there is nobody else', async () => {
    info.set(FIRST, 'role:slave\r\nmaster_link_status:down\r\n');
    const client = await connected('preferReplica');
    const readsAtFirst = async (): Promise<number> => {
      const before = gets(FIRST);
      for (let nth = 0; nth < 6; nth++) await client.get('a');
      return gets(FIRST) - before;
    };
    await expect.poll(readsAtFirst).toBe(0);
    expect(await readsAtFirst()).toBe(0);
    expect(probes(FIRST)).toBeGreaterThan(0);
    await Promise.all(
      [PRIMARY, SECOND].map((index) => cluster.servers[index]!.close()),
    );
    expect(await client.get('a')).toBe(address(FIRST));
  });

  it('is given up at once when the cluster says that the only replica has failed (conformance 131)', async () => {
    replicate(PRIMARY, FIRST);
    const client = await cluster.connected({
      readFrom: 'replica',
      topologyRefreshMs: 100,
    });
    answer(
      FIRST,
      onGet(() => new Held().released.then(() => 'never')),
    );
    const read = client.get('a');
    await until(() => gets(FIRST) === 1);
    cluster.shards = [
      {
        ...cluster.shards[0]!,
        replicas: [{ ...cluster.nodes[FIRST]!, health: 'fail' }],
      },
    ];
    await expect(read).rejects.toBeInstanceOf(NoReplicaError);
    expect(gets(PRIMARY)).toBe(0);
    await expect(client.mget('a', 'b')).rejects.toMatchObject({
      errors: [{ code: 'NO_REPLICA' }, { code: 'NO_REPLICA' }],
    });
  });

  it('follows the roles when the primary becomes a replica and the other way round', async () => {
    const client = await connected('replica');
    await readUntil(client, () => gets(FIRST) > 0 && gets(SECOND) > 0);
    replicate(FIRST, PRIMARY);
    await client.at('nodes').ping();
    answer(
      FIRST,
      onGet(() => moved(SLOT.a, address(FIRST))),
    );
    answer(
      SECOND,
      onGet(() => moved(SLOT.a, address(FIRST))),
    );
    await readUntil(client, () => gets(PRIMARY) > 3);
    const before = [gets(FIRST), gets(SECOND)];
    for (let nth = 0; nth < 6; nth++) {
      expect(await client.get('a')).toBe(address(PRIMARY));
    }
    expect([gets(FIRST), gets(SECOND)]).toEqual(before);
  });

  it('by zone goes to the replicas of the zone, wherever the zones are told (conformance 137)', async () => {
    info.set(FIRST, 'availability_zone:a\r\n');
    info.set(SECOND, 'availability_zone:b\r\n');
    info.set(PRIMARY, 'availability_zone:c\r\n');
    const client = await connected({ zone: 'b' });
    await client.get('a');
    await readUntil(
      client,
      () => client.explain('GET', 'a').nodes[0] === address(SECOND),
    );
    const before = gets(FIRST);
    for (let nth = 0; nth < 6; nth++) {
      expect(await client.get('a')).toBe(address(SECOND));
    }
    expect(gets(FIRST)).toBe(before);
    const atPrimary = client.with({ readFrom: { zone: 'c' } });
    await expect.poll(() => atPrimary.get('a')).toBe(address(PRIMARY));
    // nobody is there: any replica
    const nowhere = client.with({ readFrom: { zone: 'nowhere' } });
    expect([address(FIRST), address(SECOND)]).toContain(await nowhere.get('a'));
  });

  it('that the user may not make READONLY is the primary’s, or an error where it must not be', async () => {
    for (const index of [FIRST, SECOND]) {
      const before = cluster.servers[index]!.handler;
      cluster.servers[index]!.handler = (command, connection) =>
        command[0] === 'READONLY'
          ? error('NOPERM this user has no permissions')
          : before(command, connection);
    }
    const client = await connected('preferReplica');
    expect(await client.get('a')).toBe(address(PRIMARY));
    await expect(
      client.with({ readFrom: 'replica', timeoutMs: 20_000 }).get('a'),
    ).rejects.toMatchObject({ code: 'CONNECTION' });
  });
});

it.each([
  'replicas',
  {},
  { zone: '' },
  { zone: 1 },
  { zone: 'a', other: 1 },
  null,
  7,
])('readFrom: %o is refused', (readFrom) => {
  expect(
    () =>
      new RedisClusterClient({
        nodes: ['127.0.0.1:1'],
        readFrom: readFrom as ReadFrom,
      }),
  ).toThrow(/readFrom/);
  const client = new RedisClusterClient({ nodes: ['127.0.0.1:1'] });
  expect(() => client.with({ readFrom: readFrom as ReadFrom })).toThrow(
    /readFrom/,
  );
});

async function topology(client: RedisClusterClient) {
  return firstValueFrom(
    client.topology$.pipe(
      filter(({ shards }) =>
        shards.some(({ primary }) => primary.address === address(SECOND)),
      ),
    ),
  );
}
