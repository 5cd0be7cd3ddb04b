import {
  LeaseExpiredError,
  QueueFullError,
  RedisClusterClient,
  ReplicationError,
  TimeoutError,
  type ExclusiveConnection,
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
import { clientConnections } from '../support/server-statistics.js';

let cluster: LocalRedisCluster;
let client: RedisClusterClient;

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({ primaries: 1, replicas: 0 });
});

afterAll(async () => {
  await cluster.stop();
});

beforeEach(async () => {
  await cluster.flush();
  client = new RedisClusterClient({
    ...cluster.clientOptions,
    clientName: 'tested',
  });
  await client.connect();
});

afterEach(async () => {
  await client.close({ drainMs: 0 });
});

/** What INFO says about clients that wait in a blocking command. */
async function blockedClients(): Promise<number> {
  const [node] = cluster.nodes;
  const info = String(await cluster.command(node!, 'INFO', 'clients'));
  return Number(/blocked_clients:(\d+)/.exec(info)?.[1]);
}

/** The connections of this test's client. */
async function connections(): Promise<number> {
  const all = await clientConnections(cluster);
  return all.filter(({ name }) => name === 'tested').length;
}

/** How many connections of the client with a low bound have blocked. */
async function boundedConnections(): Promise<number> {
  const all = await clientConnections(cluster);
  return all.filter(
    ({ name, command }) => name === 'bounded' && command === 'blpop',
  ).length;
}

/** What the server calls a connection. */
const id = (connection: ExclusiveConnection): Promise<number> =>
  connection.call('CLIENT', 'ID');

/** Something that is waited for until it is opened. */
class Gate {
  open: () => void = () => {};
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

const stream = ['XREAD', 'BLOCK', 20_000, 'STREAMS', '{q}s', '$'] as const;

describe('a blocking command', () => {
  it.each<[string, () => Promise<unknown>, () => Promise<unknown>, unknown]>([
    [
      'BLPOP',
      () => client.blpop('{q}', 20),
      () => client.rpush('{q}', 'x'),
      { key: '{q}', element: 'x' },
    ],
    [
      'BRPOP of several keys',
      () => client.brpop(['{q}1', '{q}2'], 20),
      () => client.rpush('{q}2', 'x'),
      { key: '{q}2', element: 'x' },
    ],
    [
      'BLMOVE',
      () => client.blmove('{q}a', '{q}b', 'left', 'right', 20),
      () => client.rpush('{q}a', 'x'),
      'x',
    ],
    [
      'BLMPOP',
      () => client.blmpop(20, '{q}', 'left', { count: 2 }),
      () => client.rpush('{q}', 'x', 'y', 'z'),
      { key: '{q}', elements: ['x', 'y'] },
    ],
    [
      'BZPOPMIN',
      () => client.bzpopmin('{q}', 20),
      () => client.zadd('{q}', { score: 1.5, member: 'm' }),
      { key: '{q}', member: 'm', score: 1.5 },
    ],
    [
      'BZMPOP',
      () => client.bzmpop(20, '{q}', 'max'),
      () => client.zadd('{q}', { score: 2, member: 'm' }),
      { key: '{q}', members: [{ member: 'm', score: 2 }] },
    ],
    [
      'XREAD BLOCK by call',
      () => client.call(...stream),
      () => client.call('XADD', '{q}s', '1-1', 'f', 'v'),
      expect.anything(),
    ],
  ])(
    '%s does not delay others on its shard (conformance 108)',
    async (_, block, unblock, reply) => {
      const blocked = block();
      await expect.poll(blockedClients).toBe(1);
      await Promise.all(
        Array.from({ length: 200 }, (_unused, n) => client.incr(`{q}n${n}`)),
      );
      // all were answered while it still waits
      expect(await blockedClients()).toBe(1);
      await unblock();
      expect(await blocked).toEqual(reply);
    },
  );

  it('resolves to null when its timeout ends', async () => {
    const started = performance.now();
    expect(await client.blpop('{q}', 0.1)).toBeNull();
    expect(await client.bzpopmin('{q}', 0.1)).toBeNull();
    expect(
      await client
        .blmove('{q}', '{r}{q}', 'left', 'left', 0.1)
        .catch(() => null),
    ).toBeNull();
    expect(
      await client.call('XREAD', 'BLOCK', 100, 'STREAMS', '{q}s', '$'),
    ).toBeNull();
    expect(performance.now() - started).toBeGreaterThan(280);
  });

  it('has its own timeout on top of the time of a call', async () => {
    const blocked = client.with({ timeoutMs: 100 }).blpop('{q}', 20);
    await expect.poll(blockedClients).toBe(1);
    // the time of the call goes by
    expect(await client.blpop('{q}other', 0.2)).toBeNull();
    await client.rpush('{q}', 'x');
    expect(await blocked).toEqual({ key: '{q}', element: 'x' });
  });

  it('that finds something at once needs no waiting', async () => {
    await client.rpush('{q}', 'x');
    expect(await client.blpop('{q}', 0)).toEqual({ key: '{q}', element: 'x' });
  });

  it('without BLOCK rides the shared connection', async () => {
    await client.call('XADD', '{q}s', '1-1', 'f', 'v');
    const before = await connections();
    await client.call('XREAD', 'COUNT', 1, 'STREAMS', '{q}s', '0');
    expect(await connections()).toBe(before);
  });

  it('of the wrong type is answered by the server, and its connection goes on', async () => {
    await client.set('{q}', 'text');
    await expect(client.blpop('{q}', 5)).rejects.toMatchObject({
      code: 'REPLY',
      prefix: 'WRONGTYPE',
    });
    const before = await connections();
    await client.del('{q}');
    expect(await client.blpop('{q}', 0.05)).toBeNull();
    expect(await connections()).toBe(before);
  });
});

describe('the exclusive connections of a node', () => {
  it('are opened as needed, used again, and counted in CLIENT LIST (conformance 144)', async () => {
    const shared = await connections();
    for (const round of [1, 2]) {
      const blocked = Array.from({ length: 5 }, (_, n) =>
        client.blpop(`{q}${n}`, 20),
      );
      await expect.poll(blockedClients).toBe(5);
      expect(await connections(), `round ${round}`).toBe(shared + 5);
      await Promise.all(
        blocked.map((_, n) => client.rpush(`{q}${n}`, `element ${n}`)),
      );
      expect(await Promise.all(blocked)).toEqual(
        blocked.map((_, n) => ({ key: `{q}${n}`, element: `element ${n}` })),
      );
    }
  });

  describe('beyond their bound', () => {
    let bounded: RedisClusterClient;

    beforeEach(() => {
      bounded = new RedisClusterClient({
        ...cluster.clientOptions,
        clientName: 'bounded',
        maxExclusiveConnections: 2,
      });
    });

    afterEach(async () => {
      await bounded.close({ drainMs: 0 });
    });

    it('commands wait in order and are all served', async () => {
      const order: number[] = [];
      const blocked = Array.from({ length: 8 }, async (_, n) => {
        const popped = await bounded.blpop(`{q}${n}`, 20);
        order.push(n);
        return popped?.element;
      });
      await expect.poll(blockedClients).toBe(2);
      for (let n = 0; n < 8; n++) await client.rpush(`{q}${n}`, `e${n}`);
      expect(await Promise.all(blocked)).toEqual(
        Array.from({ length: 8 }, (_, n) => `e${n}`),
      );
      expect(order.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(await boundedConnections()).toBe(2);
    });

    it('a command that waits ends with its time, unsent', async () => {
      const holding = [bounded.blpop('{q}1', 20), bounded.blpop('{q}2', 20)];
      await expect.poll(blockedClients).toBe(2);
      const started = performance.now();
      const failure: unknown = await bounded
        .with({ timeoutMs: 150 })
        .blpop('{q}3', 0.15)
        .catch((error: unknown) => error);
      // the connections are taken for 20 s
      expect(performance.now() - started).toBeLessThan(10_000);
      expect(failure).toBeInstanceOf(TimeoutError);
      expect(failure).toMatchObject({ phase: 'queue', command: 'BLPOP' });
      await client.rpush('{q}1', 'x');
      await client.rpush('{q}2', 'y');
      expect(await Promise.all(holding)).toHaveLength(2);
      // it is not sent behind them either
      await client.rpush('{q}3', 'kept');
      expect(await client.lrange('{q}3', 0, -1)).toEqual(['kept']);
    });

    it('a command that waits can be taken back', async () => {
      const holding = [bounded.blpop('{q}1', 20), bounded.blpop('{q}2', 20)];
      await expect.poll(blockedClients).toBe(2);
      const controller = new AbortController();
      const waiting = bounded
        .with({ signal: controller.signal })
        .blpop('{q}3', 0);
      controller.abort(new Error('no longer wanted'));
      await expect(waiting).rejects.toThrow('no longer wanted');
      await client.rpush('{q}1', 'x');
      await client.rpush('{q}2', 'y');
      await Promise.all(holding);
      await client.rpush('{q}3', 'kept');
      expect(await client.llen('{q}3')).toBe(1);
    });

    it('destroy rejects those that wait as well as those at work (conformance 141)', async () => {
      const all = Array.from({ length: 7 }, (_, n) =>
        bounded.blpop(`{q}${n}`, 0),
      );
      await expect.poll(blockedClients).toBe(2);
      bounded.destroy();
      const settled = await Promise.allSettled(all);
      expect(
        settled.map((result) =>
          result.status === 'rejected'
            ? (result.reason as { code: string }).code
            : 'fulfilled',
        ),
      ).toEqual(Array.from({ length: 7 }, () => 'CLOSED'));
      await expect.poll(boundedConnections).toBe(0);
    });

    it('close lets those at work and those that wait end (conformance 139)', async () => {
      const all = Array.from({ length: 4 }, (_, n) =>
        bounded.blpop(`{q}${n}`, 0),
      );
      await expect.poll(blockedClients).toBe(2);
      const closing = bounded.close({ drainMs: 20_000 });
      await expect(bounded.blpop('{q}4', 1)).rejects.toMatchObject({
        code: 'CLOSED',
      });
      for (let n = 0; n < 4; n++) await client.rpush(`{q}${n}`, `e${n}`);
      expect(await Promise.all(all)).toMatchObject([
        { element: 'e0' },
        { element: 'e1' },
        { element: 'e2' },
        { element: 'e3' },
      ]);
      await closing;
      expect(await boundedConnections()).toBe(0);
    });

    it('close ends those that wait when the drain ends (conformance 140)', async () => {
      const all = Array.from({ length: 4 }, (_, n) =>
        bounded.blpop(`{q}${n}`, 0),
      );
      const settled = Promise.allSettled(all);
      await expect.poll(blockedClients).toBe(2);
      // they would wait without an end
      await bounded.close({ drainMs: 100 });
      expect(await settled).toMatchObject(
        all.map(() => ({ status: 'rejected', reason: { code: 'CLOSED' } })),
      );
      await expect.poll(blockedClients).toBe(0);
    });
  });

  it('give an element to nobody who went away: an aborted BLPOP takes nothing (conformance 112)', async () => {
    const controller = new AbortController();
    const popped = client.with({ signal: controller.signal }).blpop('{q}', 0);
    await expect.poll(blockedClients).toBe(1);
    controller.abort(new Error('no longer wanted'));
    // the server said that nothing was popped: the outcome is known
    await expect(popped).rejects.toThrow(/^no longer wanted$/);
    await expect.poll(blockedClients).toBe(0);
    await client.rpush('{q}', 'kept');
    expect(await client.lrange('{q}', 0, -1)).toEqual(['kept']);
  });

  it('are not held by a node that is frozen: the call ends with its time (conformance 52)', async () => {
    const [node] = cluster.nodes;
    await client.blpop('{q}', 0.01);
    await cluster.freeze(node!);
    try {
      const started = performance.now();
      await expect(
        client.with({ timeoutMs: 200 }).blpop('{q}', 0.2),
      ).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      const took = performance.now() - started;
      expect(took).toBeGreaterThan(380);
      // not the 30 s that are the default
      expect(took).toBeLessThan(10_000);
    } finally {
      await cluster.resume(node!);
    }
    // the connection that was given up is not used again
    await client.rpush('{q}', 'x');
    await expect
      .poll(async () => (await client.lrange('{q}', 0, -1)).length)
      .toBeLessThanOrEqual(1);
    await client.del('{q}');
    expect(await client.blpop('{q}', 0.05)).toBeNull();
  });
});

describe('withConnection', () => {
  it('gives a connection of its own, to use again behind it', async () => {
    const first = await client.withConnection({ key: '{q}' }, async (c) => {
      expect(c.node).toBe(cluster.nodes[0]!.address);
      await c.set('{q}', 'v');
      expect(await c.get('{q}')).toBe('v');
      return id(c);
    });
    const ids = await Promise.all([
      client.withConnection({ slot: 0 }, id),
      client.withConnection({ node: cluster.nodes[0]!.address }, id),
    ]);
    expect(ids).toContain(first);
    expect(new Set(ids).size).toBe(2);
    expect(ids).not.toContain(
      await client.at({ slot: 0 }).call('CLIENT', 'ID'),
    );
  });

  it('runs what a shared connection refuses: WAIT, WATCH', async () => {
    await client.withConnection({ key: '{q}' }, async (c) => {
      await c.set('{q}', 1);
      expect(await c.wait(0, 10)).toBe(0);
      await c.watch('{q}');
      await client.set('{q}', 2);
      expect(await c.transaction((t) => [t.set('{q}', 3)])).toBeNull();
      expect(await c.transaction((t) => [t.get('{q}')])).toEqual(['2']);
      for (const words of [['MULTI'], ['SUBSCRIBE', 'x'], ['SELECT', '1']]) {
        await expect(c.call(...words)).rejects.toMatchObject({
          code: 'CONFIGURATION',
        });
      }
    });
  });

  it('leaves no watch for whoever has the connection next', async () => {
    const one = new RedisClusterClient({
      ...cluster.clientOptions,
      maxExclusiveConnections: 1,
    });
    await one.withConnection({ key: '{q}' }, (c) => c.watch('{q}'));
    await client.set('{q}', 'changed');
    expect(
      await one.withConnection({ key: '{q}' }, (c) =>
        c.transaction((t) => [t.get('{q}')]),
      ),
    ).toEqual(['changed']);
    const altered = await one.withConnection({ key: '{q}' }, async (c) => {
      await c.call('CLIENT', 'SETNAME', 'altered');
      return id(c);
    });
    // what nothing undoes is closed
    expect(await one.withConnection({ key: '{q}' }, id)).not.toBe(altered);
    await one.close();
  });

  it('gives the connection back when the work fails, and refuses commands behind that', async () => {
    const one = new RedisClusterClient({
      ...cluster.clientOptions,
      maxExclusiveConnections: 1,
    });
    let kept: ExclusiveConnection | undefined;
    await expect(
      one.withConnection({ key: '{q}' }, (c) => {
        kept = c;
        throw new Error('failed');
      }),
    ).rejects.toThrow('failed');
    await expect(kept!.get('{q}')).rejects.toThrow(/given back/);
    expect(await one.withConnection({ key: '{q}' }, (c) => c.get('{q}'))).toBe(
      null,
    );
    await one.close();
  });

  it('is bounded together with blocking commands; the others wait in order, within their time', async () => {
    const one = new RedisClusterClient({
      ...cluster.clientOptions,
      maxExclusiveConnections: 1,
      maxQueuedCommands: 2,
    });
    await one.connect();
    const gate = new Gate();
    const order: string[] = [];
    const holder = one.withConnection({ key: '{q}' }, async (c) => {
      await c.ping();
      await gate.opened;
      order.push('holder');
    });
    const short = one
      .with({ timeoutMs: 50 })
      .withConnection({ key: '{q}' }, () => 'never');
    await expect(short).rejects.toMatchObject({
      code: 'TIMEOUT',
      phase: 'queue',
    });
    const pop = one.blpop('{q}', 0.05).then(() => order.push('pop'));
    const next = one.withConnection({ key: '{q}' }, () => order.push('next'));
    await expect(
      one.withConnection({ key: '{q}' }, () => null),
    ).rejects.toBeInstanceOf(QueueFullError);
    gate.open();
    await Promise.all([holder, pop, next]);
    expect(order).toEqual(['holder', 'pop', 'next']);
    await one.close();
  });

  it('that is never given back is reclaimed, and the error names who took it (conformance 121)', async () => {
    const one = new RedisClusterClient({
      ...cluster.clientOptions,
      clientName: 'leased',
      maxExclusiveConnections: 1,
      exclusiveLeaseMs: 150,
    });
    let kept: ExclusiveConnection | undefined;
    async function forgetfulService(): Promise<void> {
      await one.withConnection({ key: '{q}' }, async (c) => {
        kept = c;
        // in use it may be held for longer
        await c.blpop('{q}', 0.4);
        await new Promise(() => {});
      });
    }
    const started = performance.now();
    const error = await forgetfulService().catch((reason: unknown) => reason);
    expect(performance.now() - started).toBeGreaterThan(500);
    expect(error).toBeInstanceOf(LeaseExpiredError);
    const { cause } = error as { cause: Error };
    expect(cause.stack).toContain('forgetfulService');
    await expect(kept!.get('{q}')).rejects.toThrow(/taken back/);
    // its place in the pool is free again
    expect(await one.withConnection({ key: '{q}' }, () => 'free')).toBe('free');
    await one.close();
  });

  it('takes a blocking command back without losing an element', async () => {
    await client.withConnection({ key: '{q}' }, async (c) => {
      const controller = new AbortController();
      const view = client.with({ signal: controller.signal });
      const pop = view.withConnection({ key: '{q}' }, (own) =>
        own.blpop('{q}', 0),
      );
      await expect.poll(blockedClients).toBe(1);
      controller.abort(new Error('no longer wanted'));
      await expect(pop).rejects.toThrow('no longer wanted');
      await c.rpush('{q}', 'kept');
    });
    expect(await client.lrange('{q}', 0, -1)).toEqual(['kept']);
  });

  it('counts in a replication scope', async () => {
    const error: unknown = await client
      .ensureReplication(1, 50, () =>
        client.withConnection({ key: '{q}' }, (c) => c.set('{q}', 1)),
      )
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ReplicationError);
    expect((error as ReplicationError).shards).toMatchObject([
      { applied: 'yes', slots: [expect.any(Number)] },
    ]);
  });

  it('may finish its work while the client closes (conformance 139)', async () => {
    const closing = new RedisClusterClient(cluster.clientOptions);
    const gate = new Gate();
    const work = closing.withConnection({ key: '{q}' }, async (c) => {
      await c.set('{q}', 1);
      await gate.opened;
      return c.incr('{q}');
    });
    await expect.poll(() => client.get('{q}')).toBe('1');
    const closed = closing.close({ drainMs: 20_000 });
    await expect(
      closing.withConnection({ key: '{q}' }, () => null),
    ).rejects.toMatchObject({ code: 'CLOSED' });
    gate.open();
    expect(await work).toBe(2);
    await closed;
  });

  it.each(['close', 'destroy'] as const)(
    'does not hang when %s ends it (conformance 140)',
    async (how) => {
      const ended = new RedisClusterClient(cluster.clientOptions);
      let started = false;
      const work = ended.withConnection({ key: '{q}' }, async (c) => {
        await c.ping();
        started = true;
        await new Promise(() => {});
      });
      const settled = work.catch((reason: unknown) => reason);
      await expect.poll(() => started).toBe(true);
      if (how === 'destroy') ended.destroy();
      else await ended.close({ drainMs: 50 });
      expect(await settled).toMatchObject({ code: 'CLOSED' });
    },
  );
});
