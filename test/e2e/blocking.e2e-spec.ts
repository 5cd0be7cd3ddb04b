import { ClosedError, RedisClusterClient } from 'nest-redis-cluster';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from 'nest-redis-cluster/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TcpProxy } from '../support/tcp-proxy.js';

const reason = new Error('no longer wanted');

/** How many clients wait in a blocking command, on all nodes or some. */
async function blocked(
  cluster: LocalRedisCluster,
  nodes: readonly LocalRedisNode[] = cluster.nodes,
): Promise<number> {
  const infos = await Promise.all(
    nodes.map((node) => cluster.command(node, 'INFO', 'clients')),
  );
  return infos
    .map((info) => Number(/blocked_clients:(\d+)/.exec(String(info))?.[1]))
    .reduce((sum, count) => sum + count, 0);
}

/** Servers that keep the words of every command; see {@link told}. */
const REMEMBERING = [
  '--slowlog-log-slower-than',
  '0',
  '--slowlog-max-len',
  '10000',
];

/** The words of all commands of a name that a node has finished, as it was told them. */
async function told(node: LocalRedisNode, name: string): Promise<string[][]> {
  const log = (await node.command('SLOWLOG', 'GET', -1)) as unknown[][];
  return log
    .map((entry) => entry[3] as string[])
    .filter(([word = '']) => word.toUpperCase() === name);
}

/** Lets so much of a budget pass that what is left differs from it. */
async function someTime(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 300));
}

/** Less than someTime() by what the client's clock may lag. */
const SOME_MS = 250;

describe('a blocking command that is taken back', () => {
  let cluster: LocalRedisCluster;
  let client: RedisClusterClient;

  beforeAll(async () => {
    cluster = await LocalRedisCluster.start({ primaries: 1, replicas: 0 });
  });

  afterAll(async () => {
    await cluster.stop();
  });

  afterEach(async () => {
    await client.close({ drainMs: 0 });
    await cluster.flush();
  });

  it.each([2, 3] as const)(
    'loses no element, whichever comes first, abort or push (RESP%d)',
    async (protocol) => {
      client = new RedisClusterClient({ ...cluster.clientOptions, protocol });
      const rounds = 400;
      const received: string[] = [];
      let aborted = 0;
      const others: Promise<unknown>[] = [];
      for (let round = 0; round < rounds; round++) {
        const controller = new AbortController();
        const pop = client
          .with({ signal: controller.signal })
          .blpop(`q${round % 3}`, 0);
        // half of them while it blocks, the others while it is on its way
        if (round % 2 === 0) await client.llen('other');
        const push = client.rpush(`q${round % 3}`, `e${round}`);
        if (round % 4 < 2) await Promise.resolve();
        else await new Promise((resolve) => setImmediate(resolve));
        controller.abort(reason);
        others.push(push);
        await pop.then(
          (popped) => received.push(popped!.element),
          (error: unknown) => {
            // nothing was popped: no doubt is left
            expect(error).toBe(reason);
            aborted += 1;
          },
        );
      }
      await Promise.all(others);
      const left = (
        await Promise.all([0, 1, 2].map((n) => client.lrange(`q${n}`, 0, -1)))
      ).flat();
      expect([...received, ...left].toSorted()).toEqual(
        Array.from({ length: rounds }, (_, n) => `e${n}`).toSorted(),
      );
      // the race went both ways, or it was none
      expect(aborted).toBeGreaterThan(0);
      expect(received.length).toBeGreaterThan(0);
      expect(await blocked(cluster)).toBe(0);
    },
  );

  it.each([2, 3] as const)(
    'by the end of the client loses no element, whichever comes first, end or push (conformance 140) (RESP%d)',
    async (protocol) => {
      client = new RedisClusterClient(cluster.clientOptions);
      const rounds = 60;
      const received: string[] = [];
      const errors: Error[] = [];
      for (let round = 0; round < rounds; round++) {
        const key = (n: number): string => `q${round}:${n}`;
        const closing = new RedisClusterClient({
          ...cluster.clientOptions,
          protocol,
        });
        const pops = Promise.allSettled([
          closing.blpop(key(0), 0),
          closing.with({ timeoutMs: 20_000 }).blpop(key(1), 0),
          closing.withConnection({ key: 'q' }, (own) => own.blpop(key(2), 0)),
        ]);
        await expect.poll(() => blocked(cluster), { interval: 5 }).toBe(3);
        const push = Promise.all(
          [0, 1, 2].map((n) => client.rpush(key(n), key(n))),
        );
        if (round % 3 === 0) await new Promise((done) => setImmediate(done));
        else if (round % 3 === 1) await push;
        await closing.close({ drainMs: 0 });
        await push;
        for (const pop of await pops) {
          if (pop.status === 'fulfilled') received.push(pop.value!.element);
          else errors.push(pop.reason as Error);
        }
        expect(await blocked(cluster)).toBe(0);
      }
      const left = await client.keys();
      expect([...received, ...left].toSorted()).toEqual(
        Array.from(
          { length: rounds * 3 },
          (_, n) => `q${Math.floor(n / 3)}:${n % 3}`,
        ).toSorted(),
      );
      expect(left).toHaveLength(errors.length);
      for (const error of errors) {
        // it was not popped: no doubt is left
        expect(error).toBeInstanceOf(ClosedError);
        expect(error.message).not.toContain('may have been executed');
      }
      expect(received.length).toBeGreaterThan(0);
    },
  );

  it('by the end of the client ends half a second later where its node is frozen (conformance 140)', async () => {
    client = new RedisClusterClient(cluster.clientOptions);
    const [node] = cluster.nodes;
    const pop = client.blpop('q', 0).catch((error: unknown) => error);
    await expect.poll(() => blocked(cluster)).toBe(1);
    await cluster.freeze(node!);
    try {
      const started = performance.now();
      await client.close({ drainMs: 100 });
      expect(performance.now() - started).toBeGreaterThanOrEqual(500);
      const error = await pop;
      expect(error).toBeInstanceOf(ClosedError);
      expect((error as Error).message).toContain('may have been executed');
    } finally {
      await cluster.resume(node!);
    }
  });

  it('does not end the command that has its connection next', async () => {
    client = new RedisClusterClient({
      ...cluster.clientOptions,
      maxExclusiveConnections: 1,
    });
    for (let round = 0; round < 100; round++) {
      const controller = new AbortController();
      const pop = client
        .with({ signal: controller.signal })
        .blpop('q', 0)
        .catch(() => null);
      const next = client.blpop('next', 10);
      await client.llen('other');
      const push = client.rpush('q', 'x');
      controller.abort(reason);
      await pop;
      await client.rpush('next', `n${round}`);
      expect(await next).toEqual({ key: 'next', element: `n${round}` });
      await push;
      await client.del('q');
    }
  });

  it('has an unknown outcome where the server cannot be asked, after a second', async () => {
    client = new RedisClusterClient(cluster.clientOptions);
    const [node] = cluster.nodes;
    const controller = new AbortController();
    const pop = client.with({ signal: controller.signal }).blpop('q', 0);
    await expect.poll(() => blocked(cluster)).toBe(1);
    await cluster.freeze(node!);
    try {
      controller.abort(reason);
      await expect(pop).rejects.toMatchObject({
        code: 'OUTCOME_UNKNOWN',
        cause: reason,
      });
    } finally {
      await cluster.resume(node!);
    }
  });

  it('takes no element later where a pause of writes held it back', async () => {
    client = new RedisClusterClient(cluster.clientOptions);
    const node = await cluster.primaryOf('q');
    const controller = new AbortController();
    await node.command('CLIENT', 'PAUSE', 60_000, 'WRITE');
    let pop: Promise<unknown>;
    try {
      pop = client.with({ signal: controller.signal }).blpop('q', 0);
      await expect.poll(() => blocked(cluster)).toBe(1);
      controller.abort(reason);
      // Redis 7.0 says at once that it was ended, newer servers end nothing
      await expect(pop).rejects.toSatisfy(
        (error: Error) => error === reason || error.cause === reason,
      );
      await expect.poll(() => blocked(cluster)).toBe(0);
    } finally {
      await node.command('CLIENT', 'UNPAUSE');
    }
    await client.rpush('q', 'x');
    expect(await client.lrange('q', 0, -1)).toEqual(['x']);
  });

  it('that only reads rejects with the reason', async () => {
    client = new RedisClusterClient(cluster.clientOptions);
    const controller = new AbortController();
    const read = client
      .with({ signal: controller.signal })
      .call('XREAD', 'BLOCK', 0, 'STREAMS', 's', '$');
    await expect.poll(() => blocked(cluster)).toBe(1);
    controller.abort(reason);
    await expect(read).rejects.toBe(reason);
  });
});

describe('a blocking command whose connection is cut', () => {
  let cluster: LocalRedisCluster;
  let proxy: TcpProxy;
  let client: RedisClusterClient;

  beforeAll(async () => {
    cluster = await LocalRedisCluster.start({
      primaries: 1,
      replicas: 0,
      args: REMEMBERING,
    });
    const [node] = cluster.nodes;
    proxy = await TcpProxy.open({ host: '127.0.0.1', port: node!.port });
    client = new RedisClusterClient({
      nodes: [proxy.address],
      addressMap: () => ({ host: '127.0.0.1', port: proxy.port }),
    });
    await client.connect();
  });

  afterAll(async () => {
    client.destroy();
    await proxy.close();
    await cluster.stop();
  });

  it('is not repeated when it pops: its outcome is unknown', async () => {
    const pop = client.blpop('q', 0);
    await expect.poll(() => blocked(cluster)).toBe(1);
    proxy.cut('rst');
    await expect(pop).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await client.rpush('q', 'kept');
    expect(await client.lrange('q', 0, -1)).toEqual(['kept']);
  });

  it('is repeated when it reads, for the time that is left', async () => {
    const read = client.call('XREAD', 'BLOCK', 60_000, 'STREAMS', 's', '5-0');
    await expect.poll(() => blocked(cluster)).toBe(1);
    await someTime();
    proxy.cut('rst');
    const [node] = cluster.nodes;
    // not by the client, whose connections were cut
    await node!.command('XADD', 's', '6-0', 'field', 'value');
    expect(await read).not.toBeNull();
    const repeated = (await told(node!, 'XREAD'))
      .map((words) => Number(words[2]))
      .filter((time) => time !== 60_000);
    expect(repeated).toHaveLength(1);
    expect(repeated[0]).toBeGreaterThan(0);
    expect(repeated[0]).toBeLessThanOrEqual(60_000 - SOME_MS);
  });
});

describe('a blocking command during a failover', () => {
  let cluster: LocalRedisCluster;
  let client: RedisClusterClient;

  beforeAll(async () => {
    cluster = await LocalRedisCluster.start({
      primaries: 1,
      replicas: 1,
      // what fails over does so by hand, and what is frozen is replaced by hand
      nodeTimeoutMs: 4_000,
      args: REMEMBERING,
    });
    client = new RedisClusterClient(cluster.clientOptions);
    await client.connect();
  });

  afterAll(async () => {
    client.destroy();
    await cluster.stop();
  });

  it('goes on at the new primary, for the time that is left (conformance 41)', async () => {
    // longer than a failover whose first election comes to nothing
    const found = client.blpop('q', 100);
    await expect.poll(() => blocked(cluster)).toBe(1);
    await someTime();
    const [primary] = await cluster.primaries();
    const [replica] = await cluster.replicasOf(primary!);
    await cluster.failover(replica!);
    await expect.poll(() => blocked(cluster, [replica!])).toBe(1);
    await client.rpush('q', 'x');
    expect(await found).toEqual({ key: 'q', element: 'x' });
    const [pop] = await told(replica!, 'BLPOP');
    expect(Number(pop![2])).toBeGreaterThan(0);
    expect(Number(pop![2])).toBeLessThanOrEqual(100 - SOME_MS / 1_000);
  });

  it('ends without an element when its time is over, begun at the former primary or not', async () => {
    const started = performance.now();
    const nothing = client.blpop('empty', 1);
    const [primary] = await cluster.primaries();
    const [replica] = await cluster.replicasOf(primary!);
    await cluster.failover(replica!);
    expect(await nothing).toBeNull();
    expect(performance.now() - started).toBeGreaterThan(950);
  });

  it('without end is given up when the cluster has replaced its node, which is frozen: a pop is unknown, a read goes on (conformance 51)', async () => {
    await using watching = new RedisClusterClient({
      ...cluster.clientOptions,
      // nothing else tells this client: it only blocks
      topologyRefreshMs: 500,
    });
    await watching.connect();
    const [primary] = await cluster.primaries();
    const [replica] = await cluster.replicasOf(primary!);
    const pop = watching.blpop('nothing', 0);
    const read = watching.call('XREAD', 'BLOCK', 0, 'STREAMS', 'news', '0-0');
    await expect.poll(() => blocked(cluster)).toBe(2);
    await cluster.freeze(primary!);
    try {
      await cluster.command(replica!, 'CLUSTER', 'FAILOVER', 'TAKEOVER');
      await expect(pop).rejects.toMatchObject({
        code: 'OUTCOME_UNKNOWN',
        cause: {
          message: expect.stringContaining('the cluster says') as unknown,
        },
      });
      await watching.call('XADD', 'news', '1-0', 'field', 'value');
      expect(await read).not.toBeNull();
    } finally {
      await cluster.resume(primary!);
    }
  });
});

describe('a blocking command whose slot moves', () => {
  let cluster: LocalRedisCluster;
  let client: RedisClusterClient;

  beforeAll(async () => {
    cluster = await LocalRedisCluster.start({
      primaries: 2,
      replicas: 0,
      args: REMEMBERING,
    });
    client = new RedisClusterClient(cluster.clientOptions);
    await client.connect();
  });

  afterAll(async () => {
    client.destroy();
    await cluster.stop();
  });

  it('goes on at the new owner, for the time that is left', async () => {
    const found = client.blpop('q', 60);
    const move = client.blmove('q:{q}', 'to:{q}', 'LEFT', 'RIGHT', 60);
    const read = client.call(
      'XREAD',
      'BLOCK',
      60_000,
      'STREAMS',
      '{q}s',
      '0-0',
    );
    await expect.poll(() => blocked(cluster)).toBe(3);
    await someTime();
    const owner = await cluster.primaryOf('q');
    const other = (await cluster.primaries()).find((node) => node !== owner)!;
    await cluster.migrateSlots(await cluster.slotOf('q'), other);
    await expect.poll(() => blocked(cluster, [other])).toBe(3);
    await client.rpush('q', 'x');
    await client.rpush('q:{q}', 'y');
    await client.xadd('{q}s', { field: 'value' });
    expect(await found).toEqual({ key: 'q', element: 'x' });
    expect(await move).toBe('y');
    expect(await read).toMatchObject([
      { key: '{q}s', entries: [{ fields: [['field', 'value']] }] },
    ]);
    for (const [name, at, unit] of [
      ['BLPOP', 2, 1_000],
      ['BLMOVE', 5, 1_000],
      ['XREAD', 2, 1],
    ] as const) {
      const [words] = await told(other, name);
      const left = Number(words![at]) * unit;
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(60_000 - SOME_MS);
    }
  });
});
