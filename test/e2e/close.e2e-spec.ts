import { setTimeout as delay } from 'node:timers/promises';
import {
  ClosedError,
  OutcomeUnknownError,
  RedisClusterClient,
  TimeoutError,
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
import {
  callsOf,
  clientConnections,
  resetStatistics,
} from '../support/server-statistics.js';

let cluster: LocalRedisCluster;
let frozen: LocalRedisNode | undefined;
const open: RedisClusterClient[] = [];

/** Keys of three primaries. */
const A = '{a}1';
const B = '{b}2';
const C = '{c}3';

beforeAll(async () => {
  // a long node timeout: a frozen node keeps its slots
  cluster = await LocalRedisCluster.start({
    replicas: 1,
    nodeTimeoutMs: 30_000,
    requireFullCoverage: false,
  });
});

afterAll(async () => {
  await cluster.stop();
});

beforeEach(async () => {
  await cluster.flush();
  await resetStatistics(cluster);
});

afterEach(async () => {
  for (const client of open.splice(0)) client.destroy();
  await resume();
});

async function connected(
  options: Partial<RedisClusterClientOptions> = {},
): Promise<RedisClusterClient> {
  const client = new RedisClusterClient({
    ...cluster.clientOptions,
    ...options,
  });
  open.push(client);
  await client.connect();
  return client;
}

async function freezeOwnerOf(key: string): Promise<LocalRedisNode> {
  frozen = await cluster.primaryOf(key);
  await cluster.freeze(frozen);
  return frozen;
}

async function resume(): Promise<void> {
  if (frozen !== undefined) await cluster.resume(frozen);
  frozen = undefined;
}

/** How a call ended, for comparison. */
async function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: { code?: string }) => error.code ?? error);
}

/** A client that is about to wait for a blocking pop, when it closes. */
async function aboutToPop(): Promise<RedisClusterClient> {
  const client = await connected();
  // of the tests before
  await expect.poll(callsBlocked).toBe(0);
  void outcome(client.blpop('{b}none', 0));
  await expect.poll(callsBlocked).toBe(1);
  return client;
}

/** Whether a client has closed before another one has, that was told to before. */
async function closesFirst(
  close: () => Promise<void>,
  waiting: RedisClusterClient,
  waitingMs: number,
): Promise<boolean> {
  const last = waiting.close({ drainMs: waitingMs }).then(() => false);
  return Promise.race([last, close().then(() => true)]);
}

/** Connections of one client to all nodes. */
async function connectionsOf(name: string): Promise<number> {
  const all = await clientConnections(cluster);
  return all.filter((connection) => connection.name === name).length;
}

describe('close', () => {
  it('lets calls under way finish, refuses new ones, and leaves no connection (conformance 139)', async () => {
    const client = await connected({ clientName: 'closing' });
    await client.scriptLoad('return 1');
    const writes = Array.from({ length: 3_000 }, (_, n) =>
      client.set(`key:${n}`, n),
    );
    const fanOut = client.dbsize();
    const closing = client.close({ drainMs: 60_000 });
    for (const late of [
      client.get(A),
      client.keys(),
      client.del(A, B),
      client.scriptLoad('return 2'),
      client.blpop(A, 1),
      client.call('PING'),
      client.with({ timeoutMs: 100 }).get(A),
      client.connect(),
    ]) {
      await expect(late).rejects.toBeInstanceOf(ClosedError);
    }
    expect(new Set(await Promise.all(writes))).toEqual(new Set(['OK']));
    expect(await fanOut).toBeTypeOf('number');
    await closing;
    await expect.poll(() => connectionsOf('closing')).toBe(0);
    const primaries = await cluster.primaries();
    const sizes = await Promise.all(
      primaries.map((node) => cluster.command(node, 'DBSIZE')),
    );
    expect(sizes.reduce<number>((sum, size) => sum + Number(size), 0)).toBe(
      3_000,
    );
  });

  it('lets calls finish that were made before the client was connected', async () => {
    const client = new RedisClusterClient(cluster.clientOptions);
    const writes = [client.set(A, 1), client.set(B, 2), client.dbsize()];
    await client.close({ drainMs: 60_000 });
    expect(await Promise.all(writes.slice(0, 2))).toEqual(['OK', 'OK']);
    expect(await writes[2]).toBeTypeOf('number');
  });

  it('lets a call finish that is redirected meanwhile (conformance 139)', async () => {
    const client = await connected();
    const from = await cluster.primaryOf('moving');
    const to = (await cluster.primaries()).find((node) => node !== from)!;
    const slot = await cluster.slotOf('moving');
    const migration = await cluster.migrateSlots(slot, to, {
      stopHalfway: true,
    });
    try {
      // absent at the source: ASK leads to a node that has nothing to do
      const reads = Array.from({ length: 10 }, () => client.get('moving'));
      await client.close({ drainMs: 60_000 });
      expect(await Promise.all(reads.map(outcome))).toEqual(
        reads.map(() => null),
      );
    } finally {
      await migration.finish();
    }
  });

  it('lets the barrier of a replication scope finish', async () => {
    const client = await connected();
    const proven = client.ensureReplicationWithReport(1, 60_000, () =>
      client.set(A, 'value'),
    );
    await client.close({ drainMs: 60_000 });
    expect((await proven).report.shards).toMatchObject([{ acknowledged: 1 }]);
  });

  it('twice, at the same time and before connect settles alike, without error (conformance 142)', async () => {
    const client = await connected();
    expect(await Promise.all([client.close(), client.close()])).toEqual([
      undefined,
      undefined,
    ]);
    await client.close();
    client.destroy();
    const never = new RedisClusterClient(cluster.clientOptions);
    await Promise.all([never.close(), never.close()]);
    await expect(never.connect()).rejects.toBeInstanceOf(ClosedError);
    await expect(never.get(A)).rejects.toBeInstanceOf(ClosedError);
    await expect(never.keys()).rejects.toBeInstanceOf(ClosedError);
  });

  it('while connecting ends the connecting', async () => {
    const client = new RedisClusterClient({
      ...cluster.clientOptions,
      clientName: 'connecting',
    });
    const connecting = client.connect();
    const result = outcome(connecting);
    client.destroy();
    expect(await result).toBe('CLOSED');
    await expect.poll(() => connectionsOf('connecting')).toBe(0);
  });

  it('ends at drainMs with a blocking pop (conformance 140)', async () => {
    const waiting = await aboutToPop();
    const client = await connected();
    const pop = outcome(client.blpop(A, 0));
    await expect.poll(callsBlocked).toBe(2);
    const started = performance.now();
    expect(
      await closesFirst(() => client.close({ drainMs: 150 }), waiting, 60_000),
    ).toBe(true);
    expect(performance.now() - started).toBeGreaterThan(140);
    expect(await pop).toBe('CLOSED');
    await expect.poll(callsBlocked).toBeLessThan(2);
  });

  it('ends at drainMs with a frozen node, after the others have answered (conformance 140)', async () => {
    const waiting = await aboutToPop();
    const client = await connected();
    await Promise.all([client.get(A), client.get(B)]);
    await freezeOwnerOf(A);
    const stuck = client.set(A, 1).catch((error: unknown) => error);
    const healthy = client.set(B, 2);
    // more than the healthy one needs, on any machine
    expect(
      await closesFirst(
        () => client.close({ drainMs: 4_000 }),
        waiting,
        60_000,
      ),
    ).toBe(true);
    expect(await healthy).toBe('OK');
    const error = await stuck;
    expect(error).toBeInstanceOf(ClosedError);
    expect((error as Error).message).toContain('may have been executed');
  });

  it('ends at once when nothing is under way', async () => {
    const waiting = await aboutToPop();
    const client = await connected();
    await client.set(A, 1);
    // not after the time that calls would have to finish
    expect(
      await closesFirst(
        () => client.close({ drainMs: 20_000 }),
        waiting,
        20_000,
      ),
    ).toBe(true);
  });

  it('is what `await using` does (conformance 146)', async () => {
    let pending: Promise<unknown>;
    {
      await using client = new RedisClusterClient({
        ...cluster.clientOptions,
        clientName: 'scoped',
      });
      await client.connect();
      pending = client.set(A, 1);
    }
    expect(await pending).toBe('OK');
    await expect.poll(() => connectionsOf('scoped')).toBe(0);
  });

  it('completes both streams', async () => {
    const client = await connected();
    const completed: string[] = [];
    const types: string[] = [];
    client.topology$.subscribe({ complete: () => completed.push('topology') });
    client.events$.subscribe({
      next: ({ type }) => types.push(type),
      complete: () => completed.push('events'),
    });
    await client.close();
    expect(completed.toSorted()).toEqual(['events', 'topology']);
    expect(types.at(-1)).toBe('closed');
    expect(types.filter((type) => type === 'nodeDisconnected')).toEqual([]);
  });

  it('of one client leaves the others alone (conformance 147)', async () => {
    const options = { ...cluster.clientOptions };
    const [one, two] = [
      new RedisClusterClient(options),
      new RedisClusterClient(options),
    ];
    open.push(one, two);
    await Promise.all([one.set(A, 1), two.set(B, 2)]);
    const pending = Array.from({ length: 500 }, () => two.get(A));
    await one.close();
    expect(new Set(await Promise.all(pending))).toEqual(new Set(['1']));
    expect(await two.exists(A, B)).toBe(2);
  });

  it('50 times leaves no connection on the servers and no resource here (conformance 143)', async () => {
    await cycle();
    await expect.poll(() => connectionsOf('cycle')).toBe(0);
    const before = resources();
    for (let n = 0; n < 50; n++) await cycle();
    await expect.poll(() => connectionsOf('cycle')).toBe(0);
    await expect.poll(resources).toBeLessThanOrEqual(before + 2);
  });
});

describe('destroy', () => {
  it('rejects everything at once (conformance 141)', async () => {
    const client = await connected({ clientName: 'destroyed' });
    await Promise.all([client.get(A), client.get(B)]);
    await freezeOwnerOf(A);
    const calls = [
      client.get(A),
      client.set(A, 1),
      client.del(A, B, C),
      client.blpop('{a}list', 0),
      client.keys(),
      client.scriptLoad('return 1'),
    ];
    const settled = Promise.allSettled(calls);
    await client.set(B, 'the others answer');
    client.destroy();
    // at once: within this turn of the event loop, whatever the nodes do
    const results = await Promise.race([
      settled,
      new Promise<never>((_resolve, reject) => {
        setImmediate(() => reject(new Error('not settled at once')));
      }),
    ]);
    expect(
      results.map((result) =>
        result.status === 'rejected'
          ? (result.reason as { code: string }).code
          : result.value,
      ),
    ).toEqual(['CLOSED', 'CLOSED', 'FAN_OUT', 'CLOSED', 'FAN_OUT', 'FAN_OUT']);
    await resume();
    await expect.poll(() => connectionsOf('destroyed')).toBe(0);
  });

  it('rejects calls that wait for the first connection', async () => {
    const client = new RedisClusterClient(cluster.clientOptions);
    const calls = [client.get(A), client.keys(), client.blpop(A, 0)];
    const settled = Promise.all(calls.map(outcome));
    client.destroy();
    expect(await settled).toEqual(['CLOSED', 'CLOSED', 'CLOSED']);
  });
});

describe('an AbortSignal', () => {
  it('that is aborted already: nothing is sent (conformance 112)', async () => {
    const client = await connected();
    const reason = new Error('left');
    const aborted = client.with({ signal: AbortSignal.abort(reason) });
    await expect(aborted.set(A, 1)).rejects.toBe(reason);
    await expect(aborted.del(A, B)).rejects.toBe(reason);
    await expect(aborted.keys()).rejects.toBe(reason);
    expect(await callsOf(cluster, 'set')).toBe(0);
    expect(await callsOf(cluster, 'del')).toBe(0);
    expect(await callsOf(cluster, 'keys')).toBe(0);
  });

  it('takes a queued call back before it is sent (conformance 112)', async () => {
    const client = await connected();
    await client.get(A);
    await resetStatistics(cluster);
    const controller = new AbortController();
    const reason = new Error('left');
    const queued = client.with({ signal: controller.signal }).set(A, 1);
    controller.abort(reason);
    await expect(queued).rejects.toBe(reason);
    expect(await client.get(A)).toBeNull();
    expect(await callsOf(cluster, 'set')).toBe(0);
  });

  it('takes a call back that waits for the first connection', async () => {
    const client = new RedisClusterClient(cluster.clientOptions);
    open.push(client);
    const controller = new AbortController();
    const reason = new Error('left');
    const view = client.with({ signal: controller.signal });
    const calls = [view.set(A, 1), view.keys(), view.del(A, B)];
    const settled = Promise.allSettled(calls);
    const connecting = client.connect().then(() => 'connected');
    controller.abort(reason);
    expect(
      await Promise.race([settled.then(() => 'settled'), connecting]),
    ).toBe('settled');
    const results = await settled;
    expect(results[0]).toMatchObject({ reason });
    expect(results[1]).toMatchObject({ reason });
    expect(results[2]).toMatchObject({ status: 'rejected' });
    await client.connect();
    expect(await client.exists(A)).toBe(0);
    expect(await callsOf(cluster, 'set')).toBe(0);
    expect(await callsOf(cluster, 'keys')).toBe(0);
  });

  it('rejects a read in flight with its reason, and late replies meet nobody else (conformance 112)', async () => {
    const client = await connected();
    await client.mset({ '{a}1': 'one', '{a}2': 'two', '{a}3': 'three' });
    await freezeOwnerOf(A);
    const controller = new AbortController();
    const reason = new Error('left');
    const first = client.get('{a}1');
    const taken = client.with({ signal: controller.signal }).get('{a}2');
    const third = client.get('{a}3');
    // written by now
    await client.set(B, 1);
    controller.abort(reason);
    await expect(taken).rejects.toBe(reason);
    await resume();
    expect(await Promise.all([first, third])).toEqual(['one', 'three']);
    expect(await client.get('{a}2')).toBe('two');
  });

  it('makes the outcome of a write in flight unknown (conformance 53)', async () => {
    const client = await connected();
    await client.set(A, 0);
    await freezeOwnerOf(A);
    const controller = new AbortController();
    const reason = new Error('left');
    const write = client.with({ signal: controller.signal }).incr(A);
    await client.set(B, 1);
    controller.abort(reason);
    await expect(write).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      command: 'INCR',
      cause: reason,
    });
    await resume();
    // this one had been executed: unknown is the truth
    expect(await client.get(A)).toBe('1');
  });

  it('that never fires leaves no listener behind', async () => {
    const client = await connected();
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    const view = client.with({ signal });
    await view.set(A, 1);
    await view.mget(A, B, C);
    await view.keys();
    await view.call('NOSUCHCOMMAND', { keys: [] }).catch(() => {});
    expect(listeners).toBe(0);
  });
});

describe('the time of one call', () => {
  it('ends a read on a frozen node, in flight (conformance 52)', async () => {
    const client = await connected();
    await client.get(A);
    const node = await freezeOwnerOf(A);
    const started = performance.now();
    const error: unknown = await client
      .with({ timeoutMs: 150 })
      .get(A)
      .catch((reason: unknown) => reason);
    const took = performance.now() - started;
    expect(took).toBeGreaterThan(145);
    // not the 30 s that are the default
    expect(took).toBeLessThan(10_000);
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({
      code: 'TIMEOUT',
      phase: 'flight',
      command: 'GET',
      node: node.address,
      slot: await cluster.slotOf(A),
      attempts: 1,
    });
    expect((error as TimeoutError).elapsedMs).toBeGreaterThanOrEqual(145);
  });

  it('ends a write on a frozen node as unknown (conformance 52, 53)', async () => {
    const client = await connected({ commandTimeoutMs: 150 });
    const patient = client.with({ timeoutMs: 30_000 });
    await patient.set(A, 0);
    await freezeOwnerOf(A);
    const error: unknown = await client
      .incr(A)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(error).toMatchObject({ command: 'INCR', attempts: 1 });
    expect((error as Error).cause).toBeInstanceOf(TimeoutError);
    await resume();
    // once, not repeated
    await expect.poll(() => patient.get(A)).toBe('1');
  });

  it('passes without a late reply meeting another call (conformance 112)', async () => {
    const client = await connected();
    await client.mset({ '{a}1': 'one', '{a}2': 'two' });
    await freezeOwnerOf(A);
    const expired = Array.from({ length: 20 }, () =>
      outcome(client.with({ timeoutMs: 100 }).get('{a}1')),
    );
    expect(new Set(await Promise.all(expired))).toEqual(new Set(['TIMEOUT']));
    const after = Array.from({ length: 20 }, () => client.get('{a}2'));
    await resume();
    expect(new Set(await Promise.all(after))).toEqual(new Set(['two']));
  });

  it('ends a call that waits for a connection (conformance 52)', async () => {
    const node = await freezeOwnerOf(A);
    const client = new RedisClusterClient({
      ...cluster.clientOptions,
      nodes: [node.url],
    });
    open.push(client);
    const view = client.with({ timeoutMs: 150 });
    const started = performance.now();
    const codes = await Promise.all([
      outcome(view.get(A)),
      outcome(view.set(A, 1)),
      outcome(view.blpop(A, 0.05)),
      outcome(view.mget(A, B)),
      outcome(view.keys()),
      outcome(view.dbsize()),
    ]);
    // not the 30 s that are the default
    expect(performance.now() - started).toBeLessThan(10_000);
    for (const code of codes) {
      expect([
        'TIMEOUT',
        'SLOT_NOT_SERVED',
        'FAN_OUT',
        'CLUSTER_DOWN',
      ]).toContain(code);
    }
  });

  it('ends a fan-out on a frozen node, with what the others said (conformance 86)', async () => {
    const client = await connected();
    await client.mset({ [A]: 1, [B]: 2, [C]: 3 });
    const node = await freezeOwnerOf(A);
    const started = performance.now();
    const error: unknown = await client
      .with({ timeoutMs: 4_000 })
      .keys()
      .catch((reason: unknown) => reason);
    // not the 30 s that are the default
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(error).toMatchObject({
      code: 'FAN_OUT',
      command: 'KEYS',
      errorsByNode: { [node.address]: { code: 'TIMEOUT', phase: 'flight' } },
      replies: {
        [(await cluster.primaryOf(B)).address]: [B],
        [(await cluster.primaryOf(C)).address]: [C],
      },
    });
  });

  it('is not held against calls that a stalled event loop kept waiting, nor against connections (conformance 149)', async () => {
    const client = await connected({ clientName: 'stalled' });
    await client.mset({ [A]: 1, [B]: 2, [C]: 3 });
    await client.blpop('{a}none', 0.01);
    const ids = async (): Promise<string[]> =>
      (await clientConnections(cluster))
        .filter(({ name }) => name === 'stalled')
        .map(({ id }) => id)
        .sort();
    const before = await ids();
    const lost: string[] = [];
    client.events$.subscribe(({ type }) => {
      if (type === 'nodeDisconnected') lost.push(type);
    });
    // less time than the stall takes, and more than the servers do
    const quick = client.with({ timeoutMs: 3_000 });
    const written = Array.from({ length: 100 }, () => quick.mget(A, B, C));
    const popping = client.blpop('{a}list', 5);
    // one that is being opened, with as little
    const opening = new RedisClusterClient({
      ...cluster.clientOptions,
      socketTimeoutMs: 3_000,
      connectTimeoutMs: 30_000,
    });
    open.push(opening);
    const failures: string[] = [];
    opening.events$.subscribe(({ type }) => {
      if (/Disconnected|Failed/.test(type)) failures.push(type);
    });
    await delay(1);
    const queued = Array.from({ length: 100 }, () => quick.mget(A, B, C));
    const connecting = opening.connect();
    stall(4_000);
    expect(await Promise.all(written)).toEqual(
      written.map(() => ['1', '2', '3']),
    );
    expect(await Promise.all(queued)).toEqual(
      queued.map(() => ['1', '2', '3']),
    );
    await client.rpush('{a}list', 'x');
    expect(await popping).toEqual({ key: '{a}list', element: 'x' });
    await connecting;
    expect(failures).toEqual([]);
    expect(lost).toEqual([]);
    expect(await ids()).toEqual(before);
  });

  it.each([0, -1, NaN, 2 ** 31])('%s is refused', async (timeoutMs) => {
    const client = new RedisClusterClient(cluster.clientOptions);
    expect(() => client.with({ timeoutMs })).toThrow(/timeoutMs: expected/);
    expect(
      () =>
        new RedisClusterClient({
          ...cluster.clientOptions,
          commandTimeoutMs: timeoutMs,
        }),
    ).toThrow(/commandTimeoutMs: expected/);
  });
});

/** Computes for so long. */
function stall(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** What INFO says about clients in a blocking command, over all nodes. */
async function callsBlocked(): Promise<number> {
  const infos = await Promise.all(
    cluster.nodes.map((node) => cluster.command(node, 'INFO', 'clients')),
  );
  return infos
    .map((info) => Number(/blocked_clients:(\d+)/.exec(String(info))?.[1]))
    .reduce((sum, count) => sum + count, 0);
}

/** A client's whole life, with every kind of connection. */
async function cycle(): Promise<void> {
  const client = new RedisClusterClient({
    ...cluster.clientOptions,
    clientName: 'cycle',
  });
  await client.connect();
  await client.mset({ [A]: 1, [B]: 2, [C]: 3 });
  await client.scriptLoad('return 1');
  await client.blpop('{a}none', 0.01);
  await client.ensureReplication(() => client.set(A, 1)).catch(() => {});
  await client.close();
}

/** Sockets and timers of this process. */
function resources(): number {
  return process
    .getActiveResourcesInfo()
    .filter((kind) => /TCP|TLS|Socket|Timeout/.test(kind)).length;
}
