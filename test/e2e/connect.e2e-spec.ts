import {
  connect,
  createServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import {
  ClusterDownError,
  ConfigurationError,
  RedisClusterClient,
  type ClusterEvent,
  type RedisClusterClientOptions,
} from 'nest-redis-cluster';
import { LocalRedisCluster } from 'nest-redis-cluster/testing';
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
  callsOf,
  clientConnections,
  errorReplies,
  resetStatistics,
} from '../support/server-statistics.js';

let cluster: LocalRedisCluster;
const open: RedisClusterClient[] = [];
const servers: Server[] = [];
const sockets = new Set<Socket>();

/** Keys of three primaries. */
const KEYS = ['{a}1', '{b}2', '{c}3'];

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({
    // no replica takes over from a primary that is only busy
    nodeTimeoutMs: 15_000,
  });
});

afterAll(async () => {
  await cluster.stop();
});

afterEach(async () => {
  for (const client of open.splice(0)) client.destroy();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await Promise.all(
    servers.splice(0).map(
      (server) =>
        new Promise((resolve) => {
          server.close(resolve);
        }),
    ),
  );
});

function clientOf(
  options: Partial<RedisClusterClientOptions> = {},
  of = cluster,
): RedisClusterClient {
  const client = new RedisClusterClient({ ...of.clientOptions, ...options });
  open.push(client);
  return client;
}

/** Writes, reads and counts over all three primaries. */
async function works(client: RedisClusterClient): Promise<unknown> {
  await client.mset(KEYS.map((key) => [key, `value of ${key}`] as const));
  return Promise.all([client.mget(KEYS), client.del(KEYS)]);
}

const WORKED = [KEYS.map((key) => `value of ${key}`), 3];

/** A server on a port of its own that treats connections as told. */
async function listen(accept: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    accept(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** A port where nothing listens. */
async function deadPort(): Promise<number> {
  const port = await listen(() => {});
  const server = servers.pop()!;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

async function failureOf(call: Promise<unknown>): Promise<Error> {
  return call.then(
    () => new Error('It succeeded'),
    (error: unknown) => error as Error,
  );
}

/** Connections of one client to all nodes. */
async function connectionsOf(name: string, of = cluster): Promise<number> {
  const all = await clientConnections(of);
  return all.filter((connection) => connection.name === name).length;
}

/** A way to each node on a port that the nodes do not know of. */
async function tunnels(): Promise<Record<string, string>> {
  const map: Record<string, string> = {};
  for (const { address, host, port } of cluster.nodes) {
    const outside = await listen((socket) => {
      const through = connect(port, host);
      sockets.add(through);
      through.on('error', () => {});
      socket.pipe(through).pipe(socket);
    });
    map[address] = `127.0.0.1:${outside}`;
  }
  return map;
}

describe('seeds', () => {
  it.each<[string, () => RedisClusterClientOptions['nodes']]>([
    ['redis:// URLs', () => cluster.seeds],
    [
      'valkey:// URLs',
      () => cluster.seeds.map((url) => url.replace('redis', 'valkey')),
    ],
    ['host:port', () => cluster.nodes.map(({ address }) => address)],
    [
      '{ host, port }',
      () => cluster.nodes.map(({ host, port }) => ({ host, port })),
    ],
    ['a host name', () => [`redis://localhost:${cluster.nodes[0]!.port}`]],
    ['one primary alone', () => [cluster.nodes[0]!.url]],
    ['a replica alone (conformance 15)', () => [cluster.nodes[5]!.url]],
  ])('%s', async (_, nodes) => {
    expect(await works(clientOf({ nodes: nodes() }))).toEqual(WORKED);
  });

  it('over IPv6', async () => {
    await using six = await LocalRedisCluster.start({
      replicas: 0,
      host: '::1',
    });
    expect(six.seeds[0]).toMatch(/^redis:\/\/\[::1\]:\d+$/);
    const { port } = six.nodes[0]!;
    for (const node of [
      six.seeds[0]!,
      `[::1]:${port}`,
      { host: '::1', port },
    ]) {
      const client = clientOf({ nodes: [node] }, six);
      expect(await works(client)).toEqual(WORKED);
      const info = (await client.call('INFO', 'server')) as object;
      expect(Object.keys(info).toSorted()).toEqual(
        six.nodes.map(({ address }) => address).toSorted(),
      );
    }
  });

  it('that are dead or no server of a cluster are passed over', async () => {
    const dead = await deadPort();
    const closing = await listen((socket) => socket.destroy());
    const nonsense = await listen((socket) =>
      socket.end('HTTP/1.1 400\r\n\r\n'),
    );
    const client = clientOf({
      nodes: [
        `redis://127.0.0.1:${dead}`,
        `redis://127.0.0.1:${closing}`,
        `redis://127.0.0.1:${nonsense}`,
        'redis://no-such-host.invalid:6379',
        cluster.seeds[0]!,
      ],
    });
    await client.connect();
    expect(await works(client)).toEqual(WORKED);
  });

  it('of which one accepts and never answers cost its socket timeout (conformance 10)', async () => {
    const silent = await listen(() => {});
    const client = clientOf({
      nodes: [`redis://127.0.0.1:${silent}`, cluster.seeds[0]!],
      socketTimeoutMs: 200,
    });
    const started = performance.now();
    await client.connect();
    const took = performance.now() - started;
    expect(took).toBeGreaterThan(190);
    expect(await works(client)).toEqual(WORKED);
  });

  it('that are all dead reject within the budget, with what each one said (conformance 10)', async () => {
    const dead = await deadPort();
    const silent = await listen(() => {});
    const client = clientOf({
      nodes: [`127.0.0.1:${dead}`, `127.0.0.1:${silent}`],
      socketTimeoutMs: 100,
      connectTimeoutMs: 3_000,
    });
    const started = performance.now();
    const failure = await failureOf(client.connect());
    const took = performance.now() - started;
    expect(took).toBeGreaterThan(2_980);
    // not the 30 s that are the default
    expect(took).toBeLessThan(10_000);
    expect(failure).toBeInstanceOf(ClusterDownError);
    expect(failure.message).toContain(`127.0.0.1:${dead}`);
    expect(failure.message).toContain('ECONNREFUSED');
    expect(failure.message).toContain(`127.0.0.1:${silent}`);
    expect(failure.message).toContain('was not ready in 100 ms');
    const { errors } = failure.cause as AggregateError;
    expect(errors).toHaveLength(2);
  });

  it('of a server without cluster mode reject within the budget and say why', async () => {
    const port = await listen((socket) => {
      socket.on('data', (bytes) => {
        const commands = bytes.toString().match(/\*\d+\r\n/g) ?? [];
        socket.write(
          commands
            .map(() => '-ERR This instance has cluster support disabled\r\n')
            .join(''),
        );
      });
    });
    const client = clientOf({
      nodes: [`127.0.0.1:${port}`],
      connectTimeoutMs: 3_000,
    });
    const failure = await failureOf(client.connect());
    expect(failure).toBeInstanceOf(ClusterDownError);
    expect(failure.message).toContain('cluster support disabled');
  });

  it('may be the wrong ones at first: connect works once one lives (conformance 13)', async () => {
    const port = await deadPort();
    const events: ClusterEvent[] = [];
    const client = clientOf({
      nodes: [`127.0.0.1:${port}`],
      // the second time, it has to be enough
      connectTimeoutMs: 5_000,
    });
    client.events$.subscribe((event) => events.push(event));
    await expect(client.connect()).rejects.toBeInstanceOf(ClusterDownError);
    expect(events.some(({ type }) => type === 'topologyRefreshFailed')).toBe(
      true,
    );
    // a tunnel to the cluster opens where nothing listened
    const target = cluster.nodes[0]!;
    const server = createServer((socket) => {
      sockets.add(socket);
      const through = connect(target.port, target.host);
      sockets.add(through);
      socket.on('error', () => {});
      through.on('error', () => {});
      socket.pipe(through).pipe(socket);
    });
    servers.push(server);
    await new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
    await client.connect();
    expect(await works(client)).toEqual(WORKED);
  });
});

describe('connect', () => {
  it('twice and at the same time is one connecting', async () => {
    const client = clientOf({ clientName: 'once' });
    await Promise.all([client.connect(), client.connect(), client.connect()]);
    await client.connect();
    await works(client);
    const all = await clientConnections(cluster);
    const mine = all.filter(({ name }) => name === 'once');
    // one to each primary, and one that asks for the topology
    expect(mine.length).toBeLessThanOrEqual(4);
  });

  it('opens nothing before the first command, which connects by itself (conformance 18)', async () => {
    const client = clientOf({ clientName: 'lazy' });
    expect(await connectionsOf('lazy')).toBe(0);
    await client.get('{a}1');
    expect(await connectionsOf('lazy')).toBeGreaterThan(0);
  });

  it('lets commands made before it run in the order of the calls (conformance 17)', async () => {
    const client = clientOf();
    const calls = Array.from({ length: 100 }, (_, n) =>
      client.rpush('{order}list', n),
    );
    const keys = client.keys('{order}*');
    expect(await Promise.all(calls)).toEqual(calls.map((_, n) => n + 1));
    expect(await client.lrange('{order}list', 0, -1)).toEqual(
      calls.map((_, n) => String(n)),
    );
    expect(await keys).toBeInstanceOf(Array);
    await client.del('{order}list');
  });

  it('that fails rejects the commands made before it with its error (conformance 17)', async () => {
    const client = clientOf({
      nodes: [`127.0.0.1:${await deadPort()}`],
      connectTimeoutMs: 200,
    });
    const calls = [
      client.get('{a}1'),
      client.set('{a}1', 'x'),
      client.mget(KEYS),
      client.keys(),
      client.blpop('{a}1', 1),
    ];
    const settled = await Promise.allSettled(calls);
    for (const [n, result] of settled.entries()) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: n === 2 ? 'FAN_OUT' : 'CLUSTER_DOWN' },
      });
    }
  });

  it('does not touch the options it was given (conformance 21)', async () => {
    const options = {
      nodes: Object.freeze(
        cluster.nodes.map(({ host, port }) => Object.freeze({ host, port })),
      ),
      addressMap: Object.freeze({
        '10.0.0.1:1': Object.freeze({ host: '10.0.0.2', port: 2 }),
      }),
      reconnectDelayMs: Object.freeze({ min: 10, max: 20 }),
    };
    const before = JSON.stringify(options);
    const client = clientOf(Object.freeze(options));
    expect(await works(client)).toEqual(WORKED);
    await client.close();
    expect(JSON.stringify(options)).toBe(before);
  });
});

describe('options', () => {
  it.each([
    ['node', {}, /Unknown option 'node'; did you mean 'nodes'\?/],
    ['commandTimeout', {}, /did you mean 'commandTimeoutMs'\?/],
    ['userName', {}, /did you mean 'username'\?/],
    ['nonAtomicCrossSlots', {}, /did you mean 'nonAtomicCrossSlot'\?/],
    [
      'somethingElseAltogether',
      {},
      /Unknown option 'somethingElseAltogether'$/,
    ],
  ])('%s is unknown and refused (conformance 157)', (name, value, message) => {
    const make = (): unknown =>
      new RedisClusterClient({ ...cluster.clientOptions, [name]: value });
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(message);
  });

  it.each<[string, unknown, RegExp]>([
    ['no nodes (conformance 16)', [], /at least one node/],
    ['nodes that are a string', 'redis://127.0.0.1:1', /expected a list/],
    ['another scheme', ['http://127.0.0.1:1'], /expected 'redis:\/\//],
    ['no port', [{ host: '127.0.0.1' }], /without a host and a port/],
    ['a port that is none', ['127.0.0.1:70000'], /got '127\.0\.0\.1:70000'/],
    ['a database', ['redis://127.0.0.1:1/3'], /database 0 only/],
    ['null', [null], /without a host and a port/],
  ])('with %s are refused', (_, nodes, message) => {
    expect(() => new RedisClusterClient({ nodes: nodes as string[] })).toThrow(
      message,
    );
  });

  it('that are refused do not show the password', () => {
    let message = '';
    try {
      clientOf({ nodes: ['http://user:hunter2@127.0.0.1:1'] });
    } catch (error) {
      ({ message } = error as ConfigurationError);
    }
    expect(message).toMatch(/expected 'redis:/);
    expect(message).not.toContain('hunter2');
  });

  it('of with are checked too (conformance 157)', () => {
    const client = clientOf();
    expect(() => client.with({ timeout: 5 } as object)).toThrow(
      /unknown option 'timeout'; did you mean 'timeoutMs'\?/,
    );
  });
});

describe('addressMap', () => {
  it.each(['a map', 'a function'])(
    'as %s leads every connection there (conformance 25)',
    async (form) => {
      const map = await tunnels();
      const client = clientOf({
        nodes: [Object.values(map)[0]!],
        clientName: `mapped-${form.length}`,
        addressMap:
          form === 'a map'
            ? map
            : ({ host, port }) => {
                const [to, at] = (
                  map[`${host}:${port}`] ?? `${host}:${port}`
                ).split(':');
                return { host: to!, port: Number(at) };
              },
      });
      expect(await works(client)).toEqual(WORKED);
      const info = (await client.call('CLIENT', 'LIST')) as object;
      // replies name the nodes as they are reached
      expect(Object.keys(info).toSorted()).toEqual(
        Object.values(map).toSorted(),
      );
    },
  );

  it('also translates redirects (conformance 25)', async () => {
    const map = await tunnels();
    const client = clientOf({
      nodes: [Object.values(map)[0]!],
      addressMap: map,
    });
    await client.connect();
    await client.set('moving', 'value');
    const from = await cluster.primaryOf('moving');
    const to = (await cluster.primaries()).find((node) => node !== from)!;
    const slot = await cluster.slotOf('moving');
    await resetStatistics(cluster);
    const migration = await cluster.migrateSlots(slot, to, {
      stopHalfway: true,
    });
    await migration.moveKeys();
    // no topology tells of it: only the redirect leads there
    expect(await client.get('moving')).toBe('value');
    expect(await errorReplies(cluster, 'ASK')).toBe(1);
    await migration.finish();
    const wrong = await client
      .call('HGET', 'moving', 'f')
      .catch((error: unknown) => error);
    expect(wrong).toMatchObject({
      prefix: 'WRONGTYPE',
      node: map[to.address],
    });
    await cluster.migrateSlots(slot, from);
  });
});

describe('host names', () => {
  it('are announced, resolved by lookup, and used for every connection (conformance 24)', async () => {
    await using named = await LocalRedisCluster.start({
      replicas: 0,
      announceHostnames: '.redis.test',
      args: ['--cluster-preferred-endpoint-type', 'hostname'],
    });
    const asked: string[] = [];
    const lookup: NonNullable<RedisClusterClientOptions['lookup']> = (
      hostname,
      options,
      callback,
    ) => {
      asked.push(hostname);
      named.clientOptions.lookup!(hostname, options, callback);
    };
    const client = clientOf(
      { nodes: [`node0.redis.test:${named.nodes[0]!.port}`], lookup },
      named,
    );
    expect(await works(client)).toEqual(WORKED);
    expect(new Set(asked)).toEqual(
      new Set(named.nodes.map(({ hostname }) => hostname)),
    );
    const sizes = (await client.call('INFO', 'server')) as object;
    expect(Object.keys(sizes).toSorted()).toEqual(
      named.nodes.map(({ hostname, port }) => `${hostname}:${port}`).toSorted(),
    );
  });
});

describe('credentials', () => {
  let secured: LocalRedisCluster;

  beforeAll(async () => {
    secured = await LocalRedisCluster.start({
      replicas: 0,
      tls: true,
      users: [
        { name: 'app', password: 'p@ss:w/rd %' },
        { name: 'mute', password: 'secret', rules: '~* &* +@all -cluster' },
      ],
    });
  });

  afterAll(async () => {
    await secured.stop();
  });

  beforeEach(async () => {
    await resetStatistics(secured);
  });

  const port = (): number => secured.nodes[0]!.port;
  const withoutUser = (): RedisClusterClientOptions => ({
    nodes: secured.seeds,
    tls: secured.clientOptions.tls,
  });

  it('as options, over TLS, serve every connection', async () => {
    const client = clientOf({ clientName: 'secured' }, secured);
    expect(await works(client)).toEqual(WORKED);
    const all = await clientConnections(secured);
    const users = all
      .filter(({ name }) => name === 'secured')
      .map(({ user }) => user);
    expect(users.length).toBeGreaterThanOrEqual(3);
    expect(new Set(users)).toEqual(new Set(['app']));
  });

  it('in a rediss:// URL serve every connection', async () => {
    const password = encodeURIComponent('p@ss:w/rd %');
    const client = new RedisClusterClient({
      nodes: [`rediss://app:${password}@127.0.0.1:${port()}`],
      tls: secured.clientOptions.tls,
    });
    open.push(client);
    expect(await works(client)).toEqual(WORKED);
  });

  it('with protocol 2 serve every connection', async () => {
    const client = clientOf({ protocol: 2, clientName: 'two' }, secured);
    expect(await works(client)).toEqual(WORKED);
    expect(await connectionsOf('two', secured)).toBeGreaterThanOrEqual(3);
  });

  it('from a provider are asked for at every connection (conformance 148)', async () => {
    let asked = 0;
    const client = new RedisClusterClient({
      ...withoutUser(),
      clientName: 'provided',
      credentialsProvider: async () => {
        asked += 1;
        await Promise.resolve();
        return { username: 'app', password: 'p@ss:w/rd %' };
      },
    });
    open.push(client);
    expect(await works(client)).toEqual(WORKED);
    expect(asked).toBe(await connectionsOf('provided', secured));
    const before = asked;
    await client.blpop('{a}none', 0.01);
    expect(asked).toBe(before + 1);
  });

  it.each<[string, Partial<RedisClusterClientOptions>, RegExp]>([
    ['a wrong password', { username: 'app', password: 'wrong' }, /WRONGPASS/],
    [
      'a wrong password, protocol 2',
      { username: 'app', password: 'wrong', protocol: 2 },
      /WRONGPASS/,
    ],
    ['an unknown user', { username: 'nobody', password: 'x' }, /WRONGPASS/],
    ['no password where one is needed', {}, /NOAUTH/],
    ['no password where one is needed, protocol 2', { protocol: 2 }, /NOAUTH/],
    [
      'a user who may not ask for the topology',
      { username: 'mute', password: 'secret' },
      /NOPERM/,
    ],
  ])(
    'that are refused: %s rejects at once with the server’s words (conformance 19)',
    async (_, options, text) => {
      const client = new RedisClusterClient({ ...withoutUser(), ...options });
      open.push(client);
      const started = performance.now();
      const failure = await failureOf(client.connect());
      // not after the 30 s that connecting may take
      expect(performance.now() - started).toBeLessThan(10_000);
      expect(failure).toMatchObject({ code: 'CONNECTION' });
      expect(failure.message).toMatch(text);
      expect(failure.message).not.toContain('wrong');
      // no storm of attempts
      expect(
        (await callsOf(secured, 'auth')) + (await callsOf(secured, 'hello')),
      ).toBeLessThan(10);
      const command = await failureOf(client.get('{a}1'));
      expect(command.message).toMatch(text);
    },
  );

  it('that a provider cannot give say so', async () => {
    const client = new RedisClusterClient({
      ...withoutUser(),
      connectTimeoutMs: 3_000,
      credentialsProvider: () =>
        Promise.reject(new Error('the vault is sealed')),
    });
    open.push(client);
    const failure = await failureOf(client.connect());
    const causes: string[] = [];
    const collect = (error: unknown): void => {
      if (!(error instanceof Error)) return;
      causes.push(error.message);
      collect(error.cause);
      if (error instanceof AggregateError) error.errors.forEach(collect);
    };
    collect(failure);
    expect(causes.join('\n')).toContain('the vault is sealed');
  });

  it('are worth nothing where the certificate is not trusted', async () => {
    const client = new RedisClusterClient({
      nodes: secured.seeds,
      username: 'app',
      password: 'p@ss:w/rd %',
      connectTimeoutMs: 3_000,
    });
    open.push(client);
    const failure = await failureOf(client.connect());
    expect(failure).toBeInstanceOf(ClusterDownError);
    expect(failure.message).toMatch(/certificate/);
    expect(await callsOf(secured, 'hello')).toBe(0);
  });

  it('without TLS reach nothing, and end with the budget', async () => {
    const client = new RedisClusterClient({
      ...secured.clientOptions,
      nodes: [`redis://127.0.0.1:${port()}`],
      tls: false,
      connectTimeoutMs: 400,
    });
    open.push(client);
    const started = performance.now();
    expect(await failureOf(client.connect())).toBeInstanceOf(ClusterDownError);
    // not the 30 s that are the default
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('a server that knows no HELLO', () => {
  it('is spoken to in RESP2, with the same replies (conformance 20)', async () => {
    await using old = await LocalRedisCluster.start({
      replicas: 0,
      // an empty name would do, but servers differ in how they unquote it
      args: ['--rename-command', 'HELLO', 'NO-LONGER-HELLO'],
    });
    const client = clientOf({ clientName: 'old' }, old);
    expect(await works(client)).toEqual(WORKED);
    await client.hset('{a}hash', { field: 'value' });
    expect(await client.hgetall('{a}hash')).toEqual({ field: 'value' });
    await client.zadd('{a}z', { score: 1.5, member: 'm' });
    expect(await client.zscore('{a}z', 'm')).toBe(1.5);
    expect(await client.zrange('{a}z', 0, -1, { withscores: true })).toEqual([
      { member: 'm', score: 1.5 },
    ]);
    expect(await connectionsOf('old', old)).toBeGreaterThanOrEqual(3);
    expect(await client.blpop('{a}none', 0.01)).toBeNull();
  });
});
