import {
  ConfigurationError,
  FanOutError,
  RedisClusterClient,
  type ClusterEvent,
  type RedisClusterClientOptions,
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
import { filter, firstValueFrom } from 'rxjs';
import { LineConnection } from '../support/line-connection.js';
import { withNodeTimeout } from '../support/node-timeout.js';
import {
  callsAt,
  callsOf,
  resetStatistics,
} from '../support/server-statistics.js';

let cluster: LocalRedisCluster;
let client: RedisClusterClient;
const open: RedisClusterClient[] = [];

/** Keys of three primaries. */
const A = '{a}1';
const B = '{b}2';
const C = '{c}3';

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({
    // a node that runs a script answers no other node either, and is not replaced
    nodeTimeoutMs: 30_000,
    users: [{ name: 'app', password: 'secret' }],
    args: ['--busy-reply-threshold', '50'],
  });
  client = clientOf();
  open.length = 0;
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
  of = cluster,
): RedisClusterClient {
  const made = new RedisClusterClient({ ...of.clientOptions, ...options });
  open.push(made);
  return made;
}

async function failureOf(call: Promise<unknown>): Promise<FanOutError> {
  return call.then(
    (reply) => {
      throw new Error(`It succeeded: ${String(reply)}`);
    },
    (error: unknown) => error as FanOutError,
  );
}

/** Every node's answer to a command, by the administrator. */
function everywhere(
  name: string,
  ...args: (string | number)[]
): Promise<unknown[]> {
  return Promise.all(
    cluster.nodes.map((node) => cluster.command(node, name, ...args)),
  );
}

const addresses = (nodes: readonly LocalRedisNode[]): string[] =>
  nodes.map(({ address }) => address).toSorted();

describe('scriptLoad', () => {
  it('loads on all six nodes and gives the one SHA1', async () => {
    const script = 'return redis.call("incr", KEYS[1])';
    const sha = await client.scriptLoad(script);
    expect(sha).toMatch(/^[0-9a-f]{40}$/);
    expect(await everywhere('SCRIPT', 'EXISTS', sha)).toEqual(
      cluster.nodes.map(() => [1]),
    );
    expect(await callsOf(cluster, 'script|load')).toBe(6);
  });

  it('once lets EVALSHA work on every primary', async () => {
    const sha = await client.scriptLoad('return {KEYS[1], ARGV[1]}');
    for (const key of [A, B, C]) {
      expect(await client.evalsha(sha, [key], ['x'])).toEqual([key, 'x']);
      expect(await client.evalshaRo(sha, [key], ['y'])).toEqual([key, 'y']);
    }
    expect(
      new Set(await Promise.all([A, B, C].map((key) => cluster.primaryOf(key))))
        .size,
    ).toBe(3);
  });

  it('of a script that is wrong shows what every node said', async () => {
    const failure = await failureOf(client.scriptLoad('this is no Lua'));
    expect(failure).toBeInstanceOf(FanOutError);
    expect(Object.keys(failure.errorsByNode).toSorted()).toEqual(
      addresses(cluster.nodes),
    );
    expect(failure.message).toMatch(
      /SCRIPT LOAD failed on 6 of 6 nodes: .*compil/i,
    );
  });

  it('that one node refuses shows its answer and the others’ (conformance 156)', async () => {
    const refusing = cluster.nodes[4]!;
    await cluster.command(refusing, 'ACL', 'SETUSER', 'app', '-script|load');
    try {
      const failure = await failureOf(client.scriptLoad('return "refused"'));
      expect(failure).toBeInstanceOf(FanOutError);
      expect(failure).toMatchObject({
        code: 'FAN_OUT',
        command: 'SCRIPT LOAD',
        errorsByNode: {
          [refusing.address]: { code: 'REPLY', prefix: 'NOPERM' },
        },
      });
      expect(Object.keys(failure.errorsByNode)).toHaveLength(1);
      const { replies } = failure;
      expect(Object.keys(replies)).toHaveLength(5);
      const [sha] = new Set(Object.values(replies)) as Set<string>;
      expect(await everywhere('SCRIPT', 'EXISTS', sha!)).toEqual(
        cluster.nodes.map((node) => [node === refusing ? 0 : 1]),
      );
      expect(failure.message).toContain(refusing.address);
      expect(failure.message).toContain('NOPERM');
    } finally {
      await cluster.command(refusing, 'ACL', 'SETUSER', 'app', '+@all');
    }
  });
});

describe('scripts', () => {
  afterEach(async () => {
    // a test that failed must not take the others with it
    await Promise.all(
      cluster.nodes.map((node) =>
        cluster.command(node, 'SCRIPT', 'KILL').catch(() => {}),
      ),
    );
  });

  it('SCRIPT EXISTS is 0 when one primary lacks it (conformance 79)', async () => {
    const [one, two] = [
      await client.scriptLoad('return 1'),
      await client.scriptLoad('return 2'),
    ];
    expect(await client.scriptExists(one, two, 'f'.repeat(40))).toEqual([
      1, 1, 0,
    ]);
    await cluster.command(await cluster.primaryOf(B), 'SCRIPT', 'FLUSH');
    expect(await client.scriptExists(one, two)).toEqual([0, 0]);
  });

  it('SCRIPT FLUSH reaches all nodes', async () => {
    const sha = await client.scriptLoad('return 3');
    expect(await client.call('SCRIPT', 'FLUSH', 'SYNC')).toBe('OK');
    expect(await everywhere('SCRIPT', 'EXISTS', sha)).toEqual(
      cluster.nodes.map(() => [0]),
    );
  });

  it('SCRIPT KILL is NOTBUSY when no node runs one (conformance 80)', async () => {
    await expect(client.scriptKill()).rejects.toMatchObject({
      code: 'REPLY',
      prefix: 'NOTBUSY',
    });
  });

  it.each(['another client', 'the same client'])(
    'SCRIPT KILL by %s ends the one that one node runs (conformance 80)',
    async (who) => {
      const node = await cluster.primaryOf(B);
      const runner = who === 'the same client' ? client : clientOf();
      await runner.get(B);
      const running = failureOf(runner.eval('while true do end', ['{b}loop']));
      await becomesBusy(node);
      expect(await client.with({ timeoutMs: 20_000 }).scriptKill()).toBe('OK');
      expect((await running).message).toMatch(/killed by user/i);
      expect(await client.get(B)).toBeNull();
    },
  );

  it('a command that meets a busy script is tried again until it is over', async () => {
    const node = await cluster.primaryOf(B);
    const runner = clientOf();
    await runner.get(B);
    const running = failureOf(runner.eval('while true do end', ['{b}loop']));
    await becomesBusy(node);
    const write = client.set(B, 'value');
    const size = client.dbsize();
    await client.scriptKill();
    expect(await write).toBe('OK');
    expect(await size).toBeGreaterThanOrEqual(0);
    await running;
  });
});

/** Waits until a node runs a script for long enough to say BUSY; the administrator's own connection sees it. */
async function becomesBusy(node: LocalRedisNode): Promise<void> {
  await expect
    .poll(() =>
      cluster.command(node, 'GET', B).then(
        () => '',
        (error: Error) => error.message,
      ),
    )
    .toMatch(/^BUSY/);
}

describe('keyspace', () => {
  beforeEach(async () => {
    await client.mset(
      Array.from({ length: 300 }, (_, n) => [`key:${n}`, n] as const),
    );
    await resetStatistics(cluster);
  });

  it('DBSIZE adds up all primaries (conformance 75)', async () => {
    expect(await client.dbsize()).toBe(300);
    expect(await callsOf(cluster, 'dbsize')).toBe(3);
  });

  it.each(['flushall', 'flushdb'] as const)(
    '%s empties all primaries',
    async (name) => {
      expect(await client[name]()).toBe('OK');
      expect(await client.dbsize()).toBe(0);
      expect(await client[name]({ async: true })).toBe('OK');
      const sizes = await Promise.all(
        (await cluster.primaries()).map((node) =>
          cluster.command(node, 'DBSIZE'),
        ),
      );
      expect(sizes).toEqual([0, 0, 0]);
    },
  );

  it('RANDOMKEY gives a key where only one shard has some, else null (conformance 82)', async () => {
    expect(await client.randomkey()).toMatch(/^key:\d+$/);
    await client.flushall();
    await client.set(C, 'alone');
    for (let n = 0; n < 10; n++) expect(await client.randomkey()).toBe(C);
    await client.del(C);
    expect(await client.randomkey()).toBeNull();
  });

  it('RANDOMKEY gives keys of every shard', async () => {
    const owners = new Set<LocalRedisNode>();
    for (let n = 0; n < 60; n++) {
      owners.add(await cluster.primaryOf((await client.randomkey())!));
    }
    expect(owners.size).toBe(3);
  });
});

describe('nodes', () => {
  it('PING asks all primaries and gives one answer (conformance 83)', async () => {
    expect(await client.ping()).toBe('PONG');
    expect(await client.ping('hello')).toBe('hello');
    expect(
      await callsOf(cluster, 'ping', await cluster.primaries()),
    ).toBeGreaterThanOrEqual(6);
  });

  it('CONFIG SET is read back from all six nodes', async () => {
    expect(await client.call('CONFIG', 'SET', 'slowlog-max-len', 77)).toBe(
      'OK',
    );
    expect(await everywhere('CONFIG', 'GET', 'slowlog-max-len')).toEqual(
      cluster.nodes.map(() => ['slowlog-max-len', '77']),
    );
  });

  it('CONFIG SET that every node refuses says so', async () => {
    const failure = await failureOf(client.call('CONFIG', 'SET', 'no-such', 1));
    expect(Object.keys(failure.errorsByNode)).toHaveLength(6);
  });

  it('INFO gives each node’s own (conformance 83)', async () => {
    const info = (await client.call('INFO', 'server')) as Record<
      string,
      string
    >;
    expect(Object.getPrototypeOf(info)).toBeNull();
    const primaries = await cluster.primaries();
    expect(Object.keys(info).toSorted()).toEqual(addresses(primaries));
    for (const { address, port } of primaries) {
      expect(info[address]).toContain(`tcp_port:${port}`);
    }
  });

  it('one node alone answers through at (conformance 83)', async () => {
    for (const node of cluster.nodes) {
      const on = client.at({ node: node.address });
      expect(await on.call('INFO', 'server')).toContain(
        `tcp_port:${node.port}`,
      );
      expect(await on.role()).toMatchObject({
        role: node.roleAtStart === 'primary' ? 'master' : 'slave',
      });
    }
    await expect(
      client.at({ node: '127.0.0.1:1' }).call('INFO'),
    ).rejects.toBeInstanceOf(ConfigurationError);
  });

  it('CLIENT LIST and ROLE are answered by all six', async () => {
    for (const words of [['CLIENT', 'LIST'], ['ROLE']]) {
      const lists = (await client.call(...words)) as object;
      expect(Object.keys(lists).toSorted()).toEqual(addresses(cluster.nodes));
    }
  });

  it('PUBSUB NUMSUB and CHANNELS add up the subscribers of all nodes', async () => {
    const subscribers = await Promise.all(
      [0, 1, 5].map(async (n) => {
        const { host, port } = cluster.nodes[n]!;
        const raw = await LineConnection.open({ host, port });
        await raw.ask('AUTH app secret');
        await raw.ask('SUBSCRIBE news');
        return raw;
      }),
    );
    try {
      expect(await client.pubsubNumsub('news', 'silence')).toEqual([
        { channel: 'news', subscribers: 3 },
        { channel: 'silence', subscribers: 0 },
      ]);
      expect(await client.call('PUBSUB', 'CHANNELS')).toEqual(['news']);
      expect(await client.call('PUBSUB', 'NUMPAT')).toBe(0);
    } finally {
      for (const raw of subscribers) raw[Symbol.dispose]();
    }
  });
});

describe('functions', () => {
  const library =
    '#!lua name=mylib\nredis.register_function("twice", function(keys, args) return args[1] * 2 end)';

  it('are loaded, called and deleted on all primaries (conformance 81)', async () => {
    expect(await client.call('FUNCTION', 'LOAD', library)).toBe('mylib');
    for (const key of [A, B, C]) {
      expect(await client.fcall('twice', [key], [21])).toBe(42);
    }
    const again = await failureOf(client.call('FUNCTION', 'LOAD', library));
    expect(again).toBeInstanceOf(FanOutError);
    expect(addresses(await cluster.primaries())).toEqual(
      Object.keys(again.errorsByNode).toSorted(),
    );
    expect(await client.call('FUNCTION', 'DELETE', 'mylib')).toBe('OK');
    await expect(client.fcall('twice', [A], [1])).rejects.toMatchObject({
      code: 'REPLY',
      prefix: 'ERR',
    });
  });
});

describe('a command that makes no sense on shared connections (conformance 84, 87)', () => {
  it.each<[string, string, (string | number)[], RegExp]>([
    ['wait', 'WAIT', [1, 100], /ensureReplication/],
    ['waitaof', 'WAITAOF', [0, 1, 100], /ensurePersistence/],
    ['select', 'SELECT', [0], /database 0/],
    ['multi', 'MULTI', [], /transaction/],
    ['exec', 'exec', [], /transaction/],
    ['watch', 'WATCH', [A], /withConnection/],
    ['subscribe', 'SUBSCRIBE', ['news'], /subscriber/],
    ['psubscribe', 'psubscribe', ['n*'], /subscriber/],
    ['ssubscribe', 'SSUBSCRIBE', ['news'], /subscriber/],
    ['monitor', 'Monitor', [], /stream of all commands/],
    ['auth', 'AUTH', ['secret'], /client's options/],
    ['hello', 'HELLO', [2], /protocol/],
    ['reset', 'RESET', [], /RESP2/],
    ['quit', 'QUIT', [], /close\(\)/],
    ['readonly', 'READONLY', [], /by itself/],
    ['asking', 'ASKING', [], /by itself/],
    ['client|reply', 'CLIENT', ['REPLY', 'OFF'], /wrong caller/],
    ['client|setname', 'CLIENT', ['SETNAME', 'x'], /clientName/],
  ])(
    '%s is refused with guidance, and not sent',
    async (stat, name, args, guidance) => {
      // what the client and the administrator send by themselves is done by now
      await client.ping();
      await resetStatistics(cluster);
      const refusal = await failureOf(client.call(name, ...args));
      expect(refusal).toBeInstanceOf(ConfigurationError);
      expect(refusal.message).toMatch(guidance);
      await expect(
        client.at({ node: cluster.nodes[0]!.address }).call(name, ...args),
      ).rejects.toBeInstanceOf(ConfigurationError);
      await expect(
        client.with({ timeoutMs: 100 }).call(name, ...args),
      ).rejects.toBeInstanceOf(ConfigurationError);
      expect(await callsOf(cluster, stat)).toBe(0);
      expect(await client.get(A)).toBeNull();
    },
  );
});

describe('a command of one node', () => {
  it.each<[string, string, (string | number)[]]>([
    ['shutdown', 'SHUTDOWN', ['NOSAVE']],
    ['cluster|reset', 'CLUSTER', ['RESET']],
    ['scan', 'SCAN', [0]],
  ])('%s is refused where no node is named', async (stat, name, args) => {
    await resetStatistics(cluster);
    const refusal = await failureOf(client.call(name, ...args));
    expect(refusal).toBeInstanceOf(ConfigurationError);
    expect(refusal.message).toMatch(/client\.at/);
    expect(await callsOf(cluster, stat)).toBe(0);
  });

  it('runs on the node that is named, and on no other', async () => {
    const [node] = await cluster.primaries();
    await resetStatistics(cluster);
    const there = client.at({ node: node!.address });
    expect(await there.call('CLUSTER', 'SAVECONFIG')).toBe('OK');
    expect(await callsOf(cluster, 'cluster|saveconfig')).toBe(1);
    expect(await there.scan(0)).toMatchObject({ cursor: '0' });
  });
});

describe('with nodes that are away', () => {
  let faulty: LocalRedisCluster;

  beforeEach(async () => {
    // no promotion: what is dead stays so
    faulty = await LocalRedisCluster.start({
      nodeTimeoutMs: 30_000,
      requireFullCoverage: false,
      args: [
        '--busy-reply-threshold',
        '50',
        '--cluster-replica-no-failover',
        'yes',
      ],
    });
  });

  afterEach(async () => {
    await faulty.stop();
  });

  it('a dead replica does not make it impossible; an event names it', async () => {
    const events: ClusterEvent[] = [];
    const other = clientOf({}, faulty);
    await other.scriptLoad('return 1');
    other.events$.subscribe((event) => events.push(event));
    const dead = faulty.nodes[3]!;
    await faulty.kill(dead);
    const sha = await other.with({ timeoutMs: 20_000 }).scriptLoad('return 2');
    const alive = faulty.nodes.filter((node) => node !== dead);
    for (const node of alive) {
      expect(await faulty.command(node, 'SCRIPT', 'EXISTS', sha)).toEqual([1]);
    }
    expect(events.filter(({ type }) => type === 'nodeSkipped')).toMatchObject([
      { node: dead.address, command: 'SCRIPT LOAD' },
    ]);
    // where one success is enough, a node that was left out is none
    await expect(other.scriptKill()).rejects.toMatchObject({
      prefix: 'NOTBUSY',
    });
    // nor does it appear among the answers
    const failure = await failureOf(other.scriptLoad('no Lua'));
    expect(failure.parts.map(({ node }) => node)).toHaveLength(5);
    expect(failure.replies).toEqual({});
  });

  it('a dead primary makes it fail within the budget, with what the others did (conformance 86)', async () => {
    const other = clientOf({}, faulty);
    await other.scriptLoad('return 1');
    const dead = await faulty.primaryOf(B);
    await faulty.kill(dead);
    const started = performance.now();
    const failure = await failureOf(
      other.with({ timeoutMs: 4_000 }).scriptLoad('return 2'),
    );
    const took = performance.now() - started;
    expect(took).toBeGreaterThan(3_980);
    // far from the 30 s of the client's own budget
    expect(took).toBeLessThan(20_000);
    expect(failure).toBeInstanceOf(FanOutError);
    expect(Object.keys(failure.errorsByNode)).toEqual([dead.address]);
    expect(failure.errorsByNode[dead.address]!.message).not.toBe('');
    expect(Object.keys(failure.replies).toSorted()).toEqual(
      addresses(faulty.nodes.filter((node) => node !== dead)),
    );
    expect(
      failure.parts.find(({ node }) => node === dead.address),
    ).toMatchObject({
      outcome: 'failed',
    });
  });

  it('a frozen primary makes a write fan-out unknown there (conformance 86)', async () => {
    const other = clientOf({}, faulty);
    await other.mset({ [A]: 1, [B]: 2, [C]: 3 });
    const frozen = await faulty.primaryOf(B);
    await faulty.freeze(frozen);
    const failure = await failureOf(
      other.with({ timeoutMs: 4_000 }).flushall(),
    );
    const outcomes = Object.fromEntries(
      failure.parts.map(({ node, outcome }) => [node, outcome]),
    );
    expect(outcomes).toEqual({
      [(await faulty.primaryOf(A)).address]: 'applied',
      [frozen.address]: 'unknown',
      [(await faulty.primaryOf(C)).address]: 'applied',
    });
    await faulty.resume(frozen);
    expect(await other.exists(A, C)).toBe(0);
  });

  it('SCRIPT KILL of a script that has written shows the node that cannot (conformance 80)', async () => {
    const other = clientOf({}, faulty);
    const runner = clientOf({}, faulty);
    const node = await faulty.primaryOf(B);
    await Promise.all([runner.get(B), other.get(B)]);
    const running = runner
      .eval('redis.call("set", KEYS[1], 1) while true do end', [B])
      .catch((error: unknown) => error);
    await expect
      .poll(() =>
        faulty
          .command(node, 'GET', B)
          .then(String, (error: Error) => error.message),
      )
      .toMatch(/^BUSY/);
    const failure = await failureOf(
      other.with({ timeoutMs: 10_000 }).scriptKill(),
    );
    expect(failure.message).toContain('UNKILLABLE');
    await faulty.kill(node);
    runner.destroy();
    await running;
  });
});

describe('a replica that the cluster knows to be dead', () => {
  it('is left out at once, and named by an event', async () => {
    await using short = await LocalRedisCluster.start({
      // a node that is only slow is not taken for dead
      nodeTimeoutMs: 10_000,
      requireFullCoverage: false,
      args: ['--cluster-replica-no-failover', 'yes'],
    });
    const other = clientOf({ topologyRefreshMs: 100 }, short);
    await other.connect();
    const dead = short.nodes[3]!;
    await withNodeTimeout(short, 1_000, async () => {
      await short.kill(dead);
      await short.waitUntilStable();
    });
    await firstValueFrom(
      other.topology$.pipe(
        filter(
          ({ shards }) =>
            shards
              .flatMap(({ replicas }) => replicas)
              .filter(({ healthy }) => !healthy).length === 1,
        ),
      ),
    );
    const skipped: ClusterEvent[] = [];
    other.events$.subscribe((event) => {
      if (event.type === 'nodeSkipped') skipped.push(event);
    });
    const call = other.scriptLoad('return 1');
    // at once: nothing was awaited yet
    expect(skipped).toMatchObject([
      { node: dead.address, command: 'SCRIPT LOAD' },
    ]);
    await call;
    expect(skipped).toHaveLength(1);
    expect(await callsAt(short, short.nodes[4]!, 'script|load')).toBe(1);
  });
});
