import { inspect } from 'node:util';
import {
  ConfigurationError,
  ConnectionError,
  LeaseExpiredError,
  RedisClusterClient,
  type ClusterEvent,
  type Credentials,
  type RedisClusterClientOptions,
} from 'nest-redis-cluster';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from 'nest-redis-cluster/testing';
import {
  BehaviorSubject,
  Observable,
  Subject,
  filter,
  firstValueFrom,
  of,
  throwError,
} from 'rxjs';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  vi,
} from 'vitest';
import {
  callsOf,
  clientConnections,
  errorReplies,
  resetStatistics,
  type ClientConnection,
} from '../support/server-statistics.js';

const APP: Credentials = { username: 'app', password: 'first' };
const NEXT: Credentials = { username: 'next', password: 'second' };
const WRONG: Credentials = { username: 'next', password: 'a-wrong-secret' };

/** Keys of three primaries. */
const KEYS = ['{a}1', '{b}2', '{c}3'];

let cluster: LocalRedisCluster;
const open: RedisClusterClient[] = [];

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({
    // a node that is frozen here has not failed
    nodeTimeoutMs: 30_000,
    users: [{ name: 'app', password: 'first' }],
  });
});

afterAll(() => cluster.stop());

beforeEach(async () => {
  await acl('SETUSER', 'app', 'reset', 'on', '>first', '~*', '&*', '+@all');
  await acl('SETUSER', 'next', 'reset', 'on', '>second', '~*', '&*', '+@all');
  await resetStatistics(cluster);
  await cluster.flush();
});

afterEach(() => {
  for (const client of open.splice(0)) client.destroy();
});

/** An ACL command on every node. */
async function acl(...words: readonly string[]): Promise<void> {
  await Promise.all(
    cluster.nodes.map((node) => cluster.command(node, 'ACL', ...words)),
  );
}

function clientOf(
  credentialsProvider: RedisClusterClientOptions['credentialsProvider'],
  options: Partial<RedisClusterClientOptions> = {},
): RedisClusterClient {
  const client = new RedisClusterClient({
    nodes: cluster.seeds,
    clientName: 'tested',
    credentialsProvider,
    ...options,
  });
  open.push(client);
  return client;
}

/** The events of a client, from now on. */
function eventsOf(client: RedisClusterClient): ClusterEvent[] {
  const events: ClusterEvent[] = [];
  client.events$.subscribe((event) => events.push(event));
  return events;
}

const eventOf = <Type extends ClusterEvent['type']>(
  client: RedisClusterClient,
  type: Type,
): Promise<Extract<ClusterEvent, { type: Type }>> =>
  firstValueFrom(
    client.events$.pipe(
      filter(
        (event): event is Extract<ClusterEvent, { type: Type }> =>
          event.type === type,
      ),
    ),
  );

/** The connections of this test's client. */
async function connections(): Promise<ClientConnection[]> {
  const all = await clientConnections(cluster);
  return all.filter(({ name }) => name === 'tested');
}

const idsOf = (list: readonly ClientConnection[]): string[] =>
  list.map(({ node, id }) => `${node.address} ${id}`).toSorted();

const usersOf = (list: readonly ClientConnection[]): string[] =>
  list.map(({ user }) => user);

/** Resolves when so many connections of the client are blocked in BLPOP. */
async function blocked(count: number): Promise<void> {
  await expect
    .poll(async () => {
      const all = await connections();
      return all.filter(({ command }) => command === 'blpop').length;
    })
    .toBe(count);
}

/** Something that is waited for until it is opened. */
class Gate {
  open: () => void = () => {};
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

async function failureOf(call: Promise<unknown>): Promise<Error> {
  return call.then(
    () => new Error('It succeeded'),
    (error: unknown) => error as Error,
  );
}

describe('credentials that change', () => {
  it('are taken by every kind of connection, none of which is made anew (conformance 148)', async () => {
    const source = new BehaviorSubject(APP);
    const client = clientOf(source);
    await client.connect();
    // shared ones, one for barriers to each, those for reads, and exclusive ones: free, leased, blocked
    await Promise.all(
      KEYS.map((key) =>
        client.ensureReplication(1, 20_000, () => client.set(key, 1)),
      ),
    );
    await client.with({ readFrom: 'replica' }).mget(KEYS);
    const gate = new Gate();
    const taken = new Gate();
    const leased = client.withConnection(
      { key: KEYS[0]! },
      async (connection) => {
        await connection.get(KEYS[0]!);
        taken.open();
        await gate.opened;
        return connection.get(KEYS[0]!);
      },
    );
    await taken.opened;
    const popped = client.blpop('{a}queue', 0);
    await blocked(1);
    await client.blpop('{a}none', 0.01);
    const before = await connections();
    expect(new Set(usersOf(before))).toEqual(new Set(['app']));
    // 3 shared, 3 for barriers, 3 for reads, 1 for the topology, 3 exclusive
    expect(before.length).toBeGreaterThanOrEqual(13);

    const events = eventsOf(client);
    const rotated = eventOf(client, 'credentialsRotated');
    source.next(NEXT);
    await expect
      .poll(async () =>
        (await connections()).filter(({ user }) => user !== 'next'),
      )
      // the server answers AUTH behind what it is blocked by
      .toMatchObject([{ user: 'app', command: 'blpop' }]);
    expect(events.map(({ type }) => type)).not.toContain('credentialsRotated');
    await client.rpush('{a}queue', 'x');
    expect(await popped).toEqual({ key: '{a}queue', element: 'x' });
    expect((await rotated).connections).toBe(before.length);

    // nothing depends on the former user any more: a server closes what it has of one who is deleted
    await acl('DELUSER', 'app');
    gate.open();
    expect(await leased).toBe('1');
    expect(await client.mget(KEYS)).toEqual(['1', '1', '1']);
    const after = await connections();
    expect(new Set(usersOf(after))).toEqual(new Set(['next']));
    expect(idsOf(after)).toEqual(idsOf(before));
    // and a new one takes the newest
    await Promise.all([
      client.blpop('{b}none', 0.01),
      client.blpop('{c}none', 0.01),
    ]);
    expect(new Set(usersOf(await connections()))).toEqual(new Set(['next']));
  });

  it.each([2, 3] as const)(
    'may be another password of the same user, by protocol %d',
    async (protocol) => {
      const source = new BehaviorSubject(APP);
      const client = clientOf(source, { protocol });
      await client.connect();
      await client.mset(KEYS.map((key) => [key, 1] as const));
      const before = await connections();
      await acl('SETUSER', 'app', '>other');
      source.next({ username: 'app', password: 'other' });
      await eventOf(client, 'credentialsRotated');
      await acl('SETUSER', 'app', '<first');
      expect(await client.mget(KEYS)).toEqual(['1', '1', '1']);
      expect(idsOf(await connections())).toEqual(idsOf(before));
      expect(await errorReplies(cluster, 'WRONGPASS')).toBe(0);
    },
  );

  it('reach a node that is frozen meanwhile when it wakes, and fail no call', async () => {
    const source = new BehaviorSubject(APP);
    const client = clientOf(source);
    await client.connect();
    await client.mset(KEYS.map((key) => [key, 1] as const));
    const before = await connections();
    const frozen = await cluster.primaryOf(KEYS[0]!);
    const events = eventsOf(client);
    await cluster.freeze(frozen);
    const calls: Promise<number>[] = [];
    const rotated = eventOf(client, 'credentialsRotated');
    try {
      calls.push(client.incr(KEYS[0]!));
      source.next(NEXT);
      calls.push(client.incr(KEYS[0]!));
      expect(await client.incr(KEYS[1]!)).toBe(2);
      expect(await client.incr(KEYS[2]!)).toBe(2);
      expect(events.map(({ type }) => type)).not.toContain(
        'credentialsRotated',
      );
    } finally {
      await cluster.resume(frozen);
    }
    expect(await Promise.all(calls)).toEqual([2, 3]);
    await rotated;
    const after = await connections();
    expect(new Set(usersOf(after))).toEqual(new Set(['next']));
    const old = new Set(idsOf(before));
    // the control connection may have moved to a node that is awake
    expect(
      idsOf(after).filter((id) => !old.has(id)).length,
    ).toBeLessThanOrEqual(2);
  });

  it('come a hundred times under load without an error, a connection or a listener more (conformance 148)', async () => {
    const source = new BehaviorSubject(APP);
    const client = clientOf(source);
    await client.connect();
    const progress = { running: true, done: 0 };
    const keep = async (work: () => Promise<unknown>): Promise<void> => {
      while (progress.running) {
        await work();
        progress.done += 1;
      }
    };
    const load = [
      ...KEYS.map((key) => keep(() => client.incr(key))),
      ...KEYS.map((key) =>
        keep(() => client.with({ readFrom: 'replica' }).get(key)),
      ),
      keep(() => client.pipeline((p) => KEYS.map((key) => p.incr(key)))),
      keep(() => client.transaction((t) => [t.incr('{t}1'), t.incr('{t}2')])),
      keep(() => client.blpop('{q}none', 0.01)),
      keep(() =>
        client.watch('{w}', async (watched) => {
          const value = Number((await watched.get('{w}')) ?? 0);
          await watched.transaction((t) => [t.set('{w}', value + 1)]);
        }),
      ),
      keep(() =>
        client.ensureReplication(1, 20_000, () => client.incr('{r}1')),
      ),
    ];
    const failed = Promise.all(load);
    failed.catch(() => {
      progress.running = false;
    });
    const rotated = eventOf(client, 'credentialsRotated');
    source.next(NEXT);
    await rotated;
    const before = await connections();
    const events = eventsOf(client);
    for (let nth = 0; nth < 100 && progress.running; nth++) {
      const target = progress.done + 20;
      source.next(nth % 2 === 0 ? APP : NEXT);
      // some come before the one before has arrived everywhere
      if (nth % 3 === 0) continue;
      while (progress.done < target && progress.running) {
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      }
    }
    const last = await eventOf(client, 'credentialsRotated');
    progress.running = false;
    await failed;
    // what a transaction does is done as a whole, whoever it runs as
    const [one, two] = await client.mget(['{t}1', '{t}2']);
    expect(one).toBe(two);
    await expect
      .poll(async () => new Set(usersOf(await connections())))
      .toEqual(new Set(['next']));
    expect(source.observers).toHaveLength(1);
    // what work there is may take a few more: for barriers, and exclusive ones
    expect(last.connections).toBeLessThanOrEqual(before.length + 10);
    expect(events.map(({ type }) => type)).not.toContain('nodeDisconnected');
    expect(events.map(({ type }) => type)).not.toContain('credentialsRefused');
    expect(await errorReplies(cluster, 'WRONGPASS')).toBe(0);
  });

  it('of which only the newest counts: one that was replaced is not sent any more', async () => {
    const source = new BehaviorSubject(APP);
    const client = clientOf(source);
    await client.connect();
    await resetStatistics(cluster);
    for (let nth = 0; nth < 50; nth++) source.next(WRONG);
    source.next(NEXT);
    await eventOf(client, 'credentialsRotated');
    expect(new Set(usersOf(await connections()))).toEqual(new Set(['next']));
    expect(await errorReplies(cluster, 'WRONGPASS')).toBe(0);
    expect(await callsOf(cluster, 'auth')).toBe((await connections()).length);
  });

  it('that were replaced while a command blocked are never sent behind it', async () => {
    const source = new BehaviorSubject(APP);
    const client = clientOf(source);
    const events = eventsOf(client);
    const popped = client.blpop('{a}queue', 0);
    await blocked(1);
    source.next(WRONG);
    // by the others, which are idle
    await eventOf(client, 'credentialsRefused');
    const rotated = eventOf(client, 'credentialsRotated');
    source.next(NEXT);
    const blockedOne = (await connections()).filter(
      ({ command }) => command === 'blpop',
    );
    await client.rpush('{a}queue', 'x');
    expect(await popped).toEqual({ key: '{a}queue', element: 'x' });
    await rotated;
    expect(idsOf(await connections())).toEqual(
      expect.arrayContaining(idsOf(blockedOne)),
    );
    expect(new Set(usersOf(await connections()))).toEqual(new Set(['next']));
    expect(
      events.filter(({ type }) => type === 'credentialsFailed'),
    ).toHaveLength(0);
  });

  it('do not keep a forgotten connection from being taken back', async () => {
    const source = new BehaviorSubject(APP);
    const client = clientOf(source, { exclusiveLeaseMs: 300 });
    await client.connect();
    const never = new Gate();
    const forgotten = failureOf(
      client.withConnection({ key: KEYS[0]! }, () => never.opened),
    );
    const lease = { over: false };
    void forgotten.then(() => (lease.over = true));
    for (let nth = 0; !lease.over; nth++) {
      source.next(nth % 2 === 0 ? NEXT : APP);
      await eventOf(client, 'credentialsRotated');
      await client.incr(KEYS[0]!);
    }
    expect(await forgotten).toBeInstanceOf(LeaseExpiredError);
  });

  it('do not keep an aborted blocking command alive', async () => {
    const source = new BehaviorSubject(APP);
    const client = clientOf(source);
    await client.connect();
    const caller = new AbortController();
    const popped = failureOf(
      client.with({ signal: caller.signal }).blpop('{a}queue', 0),
    );
    await blocked(1);
    const rotated = eventOf(client, 'credentialsRotated');
    source.next(NEXT);
    caller.abort(new Error('enough'));
    expect((await popped).message).toBe('enough');
    await client.rpush('{a}queue', 'x');
    expect(await client.lrange('{a}queue', 0, -1)).toEqual(['x']);
    await rotated;
  });
});

describe('a transaction', () => {
  it('runs as the user who watched', async () => {
    const source = new BehaviorSubject(APP);
    const client = clientOf(source);
    await client.connect();
    let attempts = 0;
    const users: string[] = [];
    const watching = async (): Promise<ClientConnection[]> =>
      (await connections()).filter(
        ({ node, command }) => node === owner && command === 'get',
      );
    // the shared connection, by which somebody else changes the key
    const reached = (): Promise<void> =>
      vi.waitFor(
        async () => {
          const all = await connections();
          if (!usersOf(all).includes('next')) throw new Error('not yet');
        },
        { timeout: 60_000 },
      );
    const owner = await cluster.primaryOf('{w}');
    const rotated = eventOf(client, 'credentialsRotated');
    await client.watch('{w}', async (watched) => {
      attempts += 1;
      const before = Number((await watched.get('{w}')) ?? 0);
      if (attempts === 1) {
        source.next(NEXT);
        await reached();
        await client.set('{w}', 10);
        users.push(...usersOf(await watching()));
      }
      await watched.transaction((t) => [t.set('{w}', before + 1)]);
    });
    expect(users).toEqual(['app']);
    expect(attempts).toBe(2);
    expect(await client.get('{w}')).toBe('11');
    await rotated;
    expect(new Set(usersOf(await connections()))).toEqual(new Set(['next']));
  });

  it('does not fall apart for a user who may run no transactions', async () => {
    await acl('SETUSER', 'next', '-multi');
    const source = new BehaviorSubject(APP);
    const client = clientOf(source);
    await client.connect();
    await client.transaction((t) => [t.incr('{t}')]);
    source.next(NEXT);
    const failure = await failureOf(
      client.transaction((t) => [t.incr('{t}'), t.incr('{t}')]),
    );
    expect(failure.message).toMatch(/NOPERM/);
    expect(await client.get('{t}')).toBe('1');
  });
});

describe('credentials that a node refuses', () => {
  it('close its connections behind what was sent, and the next ones are taken (conformance 148)', async () => {
    const source = new BehaviorSubject(APP);
    const client = clientOf(source);
    await client.connect();
    await client.mset(KEYS.map((key) => [key, 0] as const));
    const events = eventsOf(client);
    const popped = client.blpop('{a}queue', 0);
    await blocked(1);
    const refused = eventOf(client, 'credentialsRefused');
    const before = KEYS.map((key) => client.incr(key));
    // they are in flight
    await new Promise((resolve) => {
      process.nextTick(resolve);
    });
    source.next(WRONG);
    // behind AUTH in the same write: the server executes them as the user of before (and from 7.2 on Redis
    // would lose its reply behind others, which is why nothing else may be in flight)
    const behind = KEYS.map((key) => client.incr(key));
    expect(await Promise.all(before)).toEqual([1, 1, 1]);
    expect(await Promise.all(behind)).toEqual([2, 2, 2]);
    expect((await refused).cause.message).toMatch(/^WRONGPASS/);
    await expect
      .poll(async () =>
        (await connections()).filter(({ command }) => command !== 'blpop'),
      )
      .toEqual([]);
    const failure = await failureOf(client.get(KEYS[0]!));
    expect(failure).toBeInstanceOf(ConnectionError);
    expect(failure.message).toMatch(/WRONGPASS/);
    // once for each primary, and for the node that is asked for the topology
    const told = events.filter(({ type }) => type === 'credentialsRefused');
    expect(told.length).toBeGreaterThanOrEqual(3);
    expect(told.length).toBeLessThanOrEqual(4);

    source.next(NEXT);
    await expect
      .poll(() => client.mget(KEYS).catch(() => undefined))
      .toEqual(['2', '2', '2']);
    await client.rpush('{a}queue', 'x');
    expect(await popped).toEqual({ key: '{a}queue', element: 'x' });
    await expect
      .poll(async () => new Set(usersOf(await connections())))
      .toEqual(new Set(['next']));
    expect(inspect(events, { depth: 10 })).not.toContain('secret');
  });

  it('of a deleted user end all its connections; new credentials bring them back', async () => {
    const source = new BehaviorSubject(APP);
    const client = clientOf(source);
    await client.connect();
    await client.mset(KEYS.map((key) => [key, 0] as const));
    await acl('DELUSER', 'app');
    await expect.poll(connections).toEqual([]);
    source.next(NEXT);
    await expect
      .poll(() => client.mget(KEYS).catch(() => undefined))
      .toEqual(['0', '0', '0']);
    expect(new Set(usersOf(await connections()))).toEqual(new Set(['next']));
  });

  it('at one node only leave the others alone', async () => {
    const source = new BehaviorSubject(APP);
    const client = clientOf(source);
    await client.connect();
    await client.mset(KEYS.map((key) => [key, 0] as const));
    const node: LocalRedisNode = await cluster.primaryOf(KEYS[0]!);
    await cluster.command(node, 'ACL', 'DELUSER', 'next');
    source.next(NEXT);
    expect(await eventOf(client, 'credentialsRefused')).toMatchObject({
      node: node.address,
    });
    expect(await client.incr(KEYS[1]!)).toBe(1);
    expect(await client.incr(KEYS[2]!)).toBe(1);
    // it learns of the user later, as access lists are no part of the cluster
    await cluster.command(
      node,
      'ACL',
      'SETUSER',
      'next',
      'on',
      '>second',
      '~*',
      '&*',
      '+@all',
    );
    await expect
      .poll(() => client.incr(KEYS[0]!).catch(() => undefined))
      .toBe(1);
  });
});

describe('a function', () => {
  it('that gives no credentials is told so, and nothing is sent', async () => {
    const client = clientOf(() => ({}) as unknown as Credentials, {
      connectTimeoutMs: 300,
    });
    const failure = await failureOf(client.connect());
    expect(failure).toMatchObject({ code: 'CLUSTER_DOWN' });
    expect(inspect(failure, { depth: 10 })).toMatch(
      /credentialsProvider: expected credentials whose password is a string/,
    );
  });
});

describe('the stream of credentials', () => {
  it('is subscribed to once by connect(), which waits for its first value', async () => {
    const source = new Subject<Credentials>();
    const client = clientOf(source);
    expect(source.observers).toHaveLength(0);
    const connected = client.connect();
    const first = client.set(KEYS[0]!, 'x');
    expect(source.observers).toHaveLength(1);
    source.next(APP);
    await connected;
    expect(await first).toBe('OK');
    expect(new Set(usersOf(await connections()))).toEqual(new Set(['app']));
    expect(await errorReplies(cluster, 'NOAUTH')).toBe(0);
    expect(source.observers).toHaveLength(1);
  });

  it('is subscribed to by the first command of a client that nobody connected', async () => {
    const client = clientOf(of(APP));
    expect(await client.set(KEYS[0]!, 'x')).toBe('OK');
  });

  it('is waited for within the budget of connect()', async () => {
    const source = new Subject<Credentials>();
    const client = clientOf(source, { connectTimeoutMs: 200 });
    const failure = await failureOf(client.connect());
    expect(failure).toMatchObject({ code: 'CLUSTER_DOWN' });
    expect(failure.message).toMatch(/credentialsProvider has given no/);
    source.next(APP);
    await client.connect();
    expect(source.observers).toHaveLength(1);
  });

  it('that fails or completes before its first value fails the attempt, and is subscribed to again', async () => {
    let subscriptions = 0;
    const ends: Observable<Credentials>[] = [
      throwError(() => new Error('the vault is sealed')),
      of(),
      of('a-misplaced-secret' as unknown as Credentials),
      new Observable(() => {
        throw new Error('the vault is away');
      }),
      of(APP),
    ];
    const client = clientOf(
      new Observable<Credentials>((subscriber) =>
        ends[subscriptions++]!.subscribe(subscriber),
      ),
    );
    const failed = await failureOf(client.connect());
    expect(failed).toMatchObject({
      code: 'CONNECTION',
      cause: { message: 'the vault is sealed' },
    });
    expect(failed.message).toContain('the vault is sealed');
    const completed = await failureOf(client.get(KEYS[0]!));
    expect(completed).toMatchObject({ code: 'CONNECTION' });
    expect(completed.message).toMatch(/completed without a value/);
    const wrong = await failureOf(client.connect());
    expect(wrong).toBeInstanceOf(ConfigurationError);
    expect(wrong.message).not.toContain('secret');
    const thrown = await failureOf(client.connect());
    expect(thrown.message).toContain('the vault is away');
    await client.connect();
    expect(subscriptions).toBe(5);
  });

  it('that fails later, or gives no credentials, is told by an event; the last ones stay in use', async () => {
    const source = new BehaviorSubject<Credentials>(APP);
    const client = clientOf(source);
    await client.connect();
    const events = eventsOf(client);
    await resetStatistics(cluster);
    source.next({ username: 'app' } as unknown as Credentials);
    source.next(null as unknown as Credentials);
    source.next({ username: 5, password: 'secret' } as unknown as Credentials);
    source.error(new Error('the token has expired'));
    const told = events.filter((event) => event.type === 'credentialsFailed');
    expect(told.map(({ cause }) => cause.constructor)).toEqual([
      ConfigurationError,
      ConfigurationError,
      ConfigurationError,
      ConnectionError,
    ]);
    expect(told.map(({ cause }) => cause.message).join()).not.toContain(
      'secret',
    );
    expect(told[3]).toMatchObject({
      cause: { cause: { message: 'the token has expired' } },
    });
    // a new connection
    expect(await client.blpop('{a}none', 0.01)).toBeNull();
    expect(await callsOf(cluster, 'auth')).toBe(0);
    expect(await errorReplies(cluster, 'WRONGPASS')).toBe(0);
  });

  it('is left when the client is closed, also while its first value is awaited', async () => {
    let subscribers = 0;
    const source = new BehaviorSubject(APP);
    const stream = new Observable<Credentials>((subscriber) => {
      subscribers += 1;
      const inner = source.subscribe(subscriber);
      return () => {
        subscribers -= 1;
        inner.unsubscribe();
      };
    });
    const clients = Array.from({ length: 3 }, () => clientOf(stream));
    await Promise.all(clients.map((client) => client.connect()));
    expect(subscribers).toBe(3);
    await clients[0]!.close();
    clients[1]!.destroy();
    expect(subscribers).toBe(1);
    // whoever is left hears of changes
    const events = eventsOf(clients[2]!);
    source.next(NEXT);
    await eventOf(clients[2]!, 'credentialsRotated');
    await clients[2]!.close();
    expect(subscribers).toBe(0);
    expect(events.at(-1)).toMatchObject({ type: 'closed' });

    const silent = new Subject<Credentials>();
    const waiting = clientOf(silent);
    const failure = failureOf(waiting.connect());
    waiting.destroy();
    expect(await failure).toMatchObject({ code: 'CLOSED' });
    expect(silent.observers).toHaveLength(0);
  });
});
