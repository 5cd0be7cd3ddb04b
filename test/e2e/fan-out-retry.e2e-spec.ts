import {
  ClosedError,
  FanOutError,
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
import { ScriptedCluster } from '../support/scripted-cluster.js';
import { error as errorReply } from '../support/scripted-server.js';
import { callsAt, resetStatistics } from '../support/server-statistics.js';

/** Keys of three primaries. */
const A = '{a}1';
const B = '{b}2';
const C = '{c}3';

let cluster: LocalRedisCluster;
const open: RedisClusterClient[] = [];

beforeAll(async () => {
  // no promotion: what is frozen or dead stays so
  cluster = await LocalRedisCluster.start({
    nodeTimeoutMs: 30_000,
    requireFullCoverage: false,
    users: [{ name: 'app', password: 'secret' }],
    args: ['--cluster-replica-no-failover', 'yes'],
  });
});

afterAll(async () => {
  await cluster.stop();
});

beforeEach(async () => {
  await cluster.flush();
  await resetStatistics(cluster);
});

afterEach(() => {
  for (const client of open.splice(0)) client.destroy();
});

function clientOf(
  options: Partial<RedisClusterClientOptions> = {},
): RedisClusterClient {
  const client = new RedisClusterClient({
    ...cluster.clientOptions,
    ...options,
  });
  open.push(client);
  return client;
}

async function failureOf(call: Promise<unknown>): Promise<FanOutError> {
  const failure = await call.then(
    (reply) => new Error(`It succeeded: ${String(reply)}`),
    (error: unknown) => error,
  );
  if (failure instanceof FanOutError) return failure;
  throw failure as Error;
}

/** Refuses commands of the user at the primary of a key while `work` runs. */
async function refusing<T>(
  key: string,
  command: string,
  work: () => Promise<T>,
): Promise<T> {
  const node = await cluster.primaryOf(key);
  await cluster.command(node, 'ACL', 'SETUSER', 'app', `-${command}`);
  try {
    return await work();
  } finally {
    await cluster.command(node, 'ACL', 'SETUSER', 'app', `+${command}`);
  }
}

describe('a split that failed on one primary', () => {
  it('MGET has the values that came at their places, and retry reads the rest', async () => {
    const client = clientOf();
    await client.mset({ [A]: 'a', [B]: 'b' });
    const failure = await refusing(B, 'mget', () =>
      failureOf(client.mget(A, B, C, B)),
    );
    expect(failure.partialReply).toStrictEqual([
      'a',
      undefined,
      null,
      undefined,
    ]);
    expect(failure.keys).toMatchObject({ failed: [B, B], unknown: [] });
    expect(failure.slots.failed).toEqual([await cluster.slotOf(B)]);
    expect(failure.slots.applied).toHaveLength(2);
    await resetStatistics(cluster);
    expect(await failure.retry()).toEqual(['a', 'b', null, 'b']);
    expect(await callsAt(cluster, await cluster.primaryOf(A), 'mget')).toBe(0);
    expect(await callsAt(cluster, await cluster.primaryOf(B), 'mget')).toBe(1);
    expect(await callsAt(cluster, await cluster.primaryOf(C), 'mget')).toBe(0);
  });

  it('DEL counts what was deleted before and by the retry', async () => {
    const client = clientOf();
    await client.mset({ [A]: 1, [B]: 2, [C]: 3 });
    const failure = await refusing(B, 'del', () =>
      failureOf(client.del(A, B, C)),
    );
    expect(failure.partialReply).toBe(2);
    await client.set(A, 'written since');
    expect(await failure.retry()).toBe(3);
    expect(await client.get(A)).toBe('written since');
  });

  it('rejects with a new error as long as the node refuses', async () => {
    const client = clientOf();
    const again = await refusing(B, 'mset', async () => {
      const first = await failureOf(client.mset({ [A]: 1, [B]: 2 }));
      const second = await failureOf(first.retry());
      expect(second).not.toBe(first);
      return second;
    });
    expect(again.keys).toEqual({ applied: [A], failed: [B], unknown: [] });
    expect(again.partialReply).toBe('OK');
    expect(await client.mget(A, B)).toEqual(['1', null]);
    expect(await again.retry()).toBe('OK');
    expect(await client.mget(A, B)).toEqual(['1', '2']);
  });

  it('is not retried once the client is closed, nor with an aborted signal', async () => {
    const client = clientOf();
    const failure = await refusing(B, 'del', () => failureOf(client.del(A, B)));
    const reason = new Error('not now');
    await expect(
      failure.retry({ signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
    await expect(failure.retry({ timeoutMs: 0 })).rejects.toMatchObject({
      code: 'CONFIGURATION',
    });
    await client.close();
    await expect(failure.retry()).rejects.toBeInstanceOf(ClosedError);
  });
});

describe('a part whose outcome is unknown', () => {
  it('is sent again only where the caller says so', async () => {
    const client = clientOf();
    await client.mset({ [A]: 1, [B]: 2 });
    const frozen = await cluster.primaryOf(B);
    await cluster.freeze(frozen);
    const failure = await failureOf(
      client.with({ timeoutMs: 4_000 }).del(A, B),
    ).finally(() => cluster.resume(frozen));
    expect(failure.keys).toEqual({ applied: [A], failed: [], unknown: [B] });
    await resetStatistics(cluster);
    const still = await failureOf(failure.retry());
    expect(still.keys).toEqual(failure.keys);
    expect(await callsAt(cluster, frozen, 'del')).toBe(0);
    // the frozen node deleted it when it woke up: the second time there is none
    expect(await still.retry({ unknown: true, timeoutMs: 20_000 })).toBe(1);
    expect(await client.exists(A, B)).toBe(0);
  });

  it('of a command that only reads is sent again in any case', async () => {
    const client = clientOf();
    await client.mset({ [A]: 1, [B]: 2 });
    const frozen = await cluster.primaryOf(B);
    await cluster.freeze(frozen);
    const failure = await failureOf(
      client.with({ timeoutMs: 4_000 }).mget(A, B),
    ).finally(() => cluster.resume(frozen));
    expect(failure.keys).toMatchObject({ failed: [B], unknown: [] });
    expect(await failure.retry({ timeoutMs: 20_000 })).toEqual(['1', '2']);
  });

  it('is what the end of the client leaves of a write in flight', async () => {
    const client = clientOf();
    await client.mset({ [A]: 1, [B]: 2 });
    const frozen = await cluster.primaryOf(B);
    await cluster.freeze(frozen);
    const running = failureOf(client.mset({ [A]: 3, [B]: 4 }));
    await expect
      .poll(async () =>
        String(await cluster.command(await cluster.primaryOf(A), 'GET', A)),
      )
      .toBe('3');
    client.destroy();
    const failure = await running.finally(() => cluster.resume(frozen));
    expect(failure.keys).toEqual({ applied: [A], failed: [], unknown: [B] });
    expect(failure.parts.find(({ error }) => error)).toMatchObject({
      error: { code: 'CLOSED' },
    });
  });
});

describe('a call that was aborted', () => {
  it('rejects with what each part had come to', async () => {
    const client = clientOf();
    await client.mset({ [A]: 1, [B]: 2 });
    const frozen = await cluster.primaryOf(B);
    await cluster.freeze(frozen);
    const abort = new AbortController();
    const running = failureOf(
      client.with({ signal: abort.signal }).mset({ [A]: 3, [B]: 4 }),
    );
    await expect
      .poll(async () =>
        String(await cluster.command(await cluster.primaryOf(A), 'GET', A)),
      )
      .toBe('3');
    abort.abort();
    const failure = await running.finally(() => cluster.resume(frozen));
    expect(failure.keys).toEqual({ applied: [A], failed: [], unknown: [B] });
    expect(failure.cause).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      cause: { name: 'AbortError' },
    });
    // the signal that ended the call does not end its retry
    expect(await failure.retry({ unknown: true })).toBe('OK');
    expect(await client.mget(A, B)).toEqual(['3', '4']);
  });
});

describe('a fan-out that failed on some nodes', () => {
  it('is retried on those alone', async () => {
    const client = clientOf();
    const failure = await refusing(B, 'config|set', () =>
      failureOf(client.call('CONFIG', 'SET', 'slowlog-max-len', 77)),
    );
    expect(failure.partialReply).toBe('OK');
    expect(failure.parts).toHaveLength(6);
    await resetStatistics(cluster);
    expect(await failure.retry()).toBe('OK');
    for (const node of cluster.nodes) {
      expect(
        await cluster.command(node, 'CONFIG', 'GET', 'slowlog-max-len'),
      ).toMatchObject(['slowlog-max-len', '77']);
    }
    expect(
      await callsAt(cluster, await cluster.primaryOf(A), 'config|set'),
    ).toBe(0);
  });

  it('KEYS has the keys of the nodes that answered', async () => {
    const client = clientOf();
    await client.mset({ [A]: 1, [B]: 2, [C]: 3 });
    const failure = await refusing(B, 'keys', () =>
      failureOf(client.keys('*')),
    );
    expect((failure.partialReply as string[]).toSorted()).toEqual([A, C]);
    expect((await failure.retry<string[]>()).toSorted()).toEqual([A, B, C]);
  });
});

describe('a frozen replica that the cluster has not flagged', () => {
  it('holds a fan-out to all nodes for two seconds, and is left out then', async () => {
    const client = clientOf();
    await client.scriptLoad('return 1');
    const events: ClusterEvent[] = [];
    client.events$.subscribe((event) => {
      if (event.type === 'nodeSkipped') events.push(event);
    });
    const frozen = (await cluster.replicasOf(await cluster.primaryOf(A)))[0]!;
    await cluster.freeze(frozen);
    const started = performance.now();
    const sha = await client
      .scriptLoad('return 2')
      .finally(() => cluster.resume(frozen));
    const took = performance.now() - started;
    expect(sha).toMatch(/^[0-9a-f]{40}$/);
    expect(took).toBeGreaterThan(1_900);
    expect(took).toBeLessThan(20_000);
    expect(events).toMatchObject([
      { node: frozen.address, command: 'SCRIPT LOAD' },
    ]);
  });

  it('ends with the call where that has less time, and does not fail it', async () => {
    const client = clientOf();
    await client.scriptLoad('return 1');
    const frozen = (await cluster.replicasOf(await cluster.primaryOf(A)))[0]!;
    await cluster.freeze(frozen);
    const sha = await client
      .with({ timeoutMs: 1_700 })
      .scriptLoad('return 3')
      .finally(() => cluster.resume(frozen));
    expect(sha).toMatch(/^[0-9a-f]{40}$/);
  });
});

describe('a replica that still loads its data', () => {
  it('holds a fan-out to all nodes for two seconds, and is left out then', async () => {
    await using scripted = await ScriptedCluster.open(1, 1);
    scripted.shards = [
      { ...scripted.shards[0]!, replicas: [scripted.nodes[1]!] },
    ];
    const client = await scripted.connected();
    scripted.answer.set(0, () => 'sha');
    scripted.answer.set(1, () =>
      errorReply('LOADING Redis is loading the dataset in memory'),
    );
    const events: ClusterEvent[] = [];
    client.events$.subscribe((event) => {
      if (event.type === 'nodeSkipped') events.push(event);
    });
    const started = performance.now();
    expect(await client.scriptLoad('return 1')).toBe('sha');
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(events).toMatchObject([
      {
        node: scripted.servers[1]!.address,
        cause: { code: 'TIMEOUT', cause: { prefix: 'LOADING' } },
      },
    ]);
  });
});

describe('a MIGRATE that fails with IOERR', () => {
  it('may have moved keys: a scope waits for its shard', async () => {
    const client = clientOf();
    await client.set(A, 1);
    const target = await cluster.primaryOf(B);
    await cluster.freeze(target);
    let failure: unknown;
    const { report } = await client
      .ensureReplicationWithReport(1, 20_000, () =>
        client
          .call('MIGRATE', target.host, target.port, A, 0, 100)
          .catch((reason: unknown) => {
            failure = reason;
          }),
      )
      .finally(() => cluster.resume(target));
    expect(failure).toMatchObject({ prefix: 'IOERR' });
    expect(report.shards).toMatchObject([
      { node: (await cluster.primaryOf(A)).address },
    ]);
  });
});
