import {
  CrossSlotError,
  RedisClusterClient,
  TransactionAbortedError,
} from 'nest-redis-cluster';
import { LocalRedisCluster } from 'nest-redis-cluster/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keySlot } from '../../lib/routing/key-slot.js';
import { TcpProxy } from '../support/tcp-proxy.js';

let cluster: LocalRedisCluster;
let client: RedisClusterClient;

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({
    primaries: 2,
    replicas: 1,
    // a node that a busy machine holds up has not failed
    nodeTimeoutMs: 15_000,
  });
  client = new RedisClusterClient(cluster.clientOptions);
  await client.connect();
});

afterAll(async () => {
  client.destroy();
  await cluster.stop();
});

beforeEach(async () => {
  await cluster.flush();
});

/** Adds one by reading and writing, which loses updates without a watch. */
const increment = (redis: RedisClusterClient, key: string, maxAttempts = 200) =>
  redis.watch(
    key,
    async (watched) => {
      const before = Number((await watched.get(key)) ?? 0);
      const [, after] = await watched.transaction((t) => [
        t.set(key, before + 1),
        t.get(key),
      ]);
      return Number(after);
    },
    { maxAttempts },
  );

describe('watch', () => {
  it('loses no update among many callers of one client (conformance 119)', async () => {
    const all = await Promise.all(
      Array.from({ length: 60 }, () => increment(client, 'n')),
    );
    expect(all.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 60 }, (_, n) => n + 1),
    );
    expect(await client.get('n')).toBe('60');
  });

  it('ends in a typed error, or null, when the keys changed each time (conformance 120)', async () => {
    const disturbed = (onAbort: 'throw' | 'null') => {
      let calls = 0;
      return client.watch(
        ['{k}1', '{k}2'],
        async (watched) => {
          calls += 1;
          await client.incr('{k}2');
          return watched.transaction((t) => [t.set('{k}1', calls)]);
        },
        { maxAttempts: 3, onAbort } as { maxAttempts: 3; onAbort: 'null' },
      );
    };
    expect(await disturbed('null')).toBeNull();
    const error = await disturbed('throw').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TransactionAbortedError);
    expect(error).toMatchObject({ attempts: 3, keys: ['{k}1', '{k}2'] });
    expect(await client.get('{k}1')).toBeNull();
    expect(await client.get('{k}2')).toBe('6');
  });

  it('cannot be ended by what other callers do on the shared connection (conformance 119)', async () => {
    const result = await client.watch('k', async (watched) => {
      await Promise.all([
        client.transaction((t) => [t.set('{k}other', 1)]),
        client.withConnection({ key: 'k' }, (c) => c.unwatch()),
      ]);
      await client.set('k', 'changed');
      return watched.transaction((t) => [t.set('k', 'mine')]).catch(() => 'no');
    });
    expect(result).toBe('no');
    expect(await client.get('k')).toBe('changed');
  });

  it('without a transaction gives what the work returns, and leaves no watch behind', async () => {
    expect(await client.watch('k', (watched) => watched.get('k'))).toBeNull();
    await client.set('k', 1);
    // the same connection, used again
    expect(
      await client.withConnection({ key: 'k' }, (c) =>
        c.transaction((t) => [t.get('k')]),
      ),
    ).toEqual(['1']);
  });

  it('passes on what the work throws, and does not repeat it', async () => {
    let calls = 0;
    await expect(
      client.watch('k', () => {
        calls += 1;
        throw new Error('sold out');
      }),
    ).rejects.toThrow('sold out');
    expect(calls).toBe(1);
  });

  it('refuses writes outside of the transaction, a second transaction, and keys of several slots', async () => {
    await expect(
      client.watch('k', (watched) => watched.set('k', 1)),
    ).rejects.toMatchObject({ code: 'CONFIGURATION' });
    await expect(
      client.watch('k', async (watched) => {
        await watched.transaction((t) => [t.get('k')]);
        return watched.transaction((t) => [t.get('k')]);
      }),
    ).rejects.toMatchObject({ code: 'CONFIGURATION' });
    await expect(client.watch(['a', 'b'], () => null)).rejects.toBeInstanceOf(
      CrossSlotError,
    );
    await expect(
      client.watch('a', (watched) => watched.transaction((t) => [t.get('b')])),
    ).rejects.toBeInstanceOf(CrossSlotError);
  });

  it.each([
    [{ maxAttempt: 3 }, "did you mean 'maxAttempts'?"],
    [{ maxAttempts: 0 }, 'maxAttempts must be a whole number'],
    [{ onAbort: 'ignore' }, "onAbort must be 'throw' or 'null'"],
  ])('refuses options that make no sense: %j', async (options, why) => {
    await expect(client.watch('k', () => 1, options as never)).rejects.toThrow(
      why,
    );
  });

  it('works under a key prefix and with Buffers', async () => {
    const prefixed = new RedisClusterClient({
      ...cluster.clientOptions,
      keyPrefix: 'p:',
    });
    await prefixed.set('k', 'v');
    const [value] = await prefixed
      .with({ replies: 'buffers' })
      .watch('k', async (watched) => {
        const before = await watched.get('k');
        expect(before).toEqual(Buffer.from('v'));
        return watched.transaction((t) => [t.getset('k', 'w')]);
      });
    expect(value).toEqual(Buffer.from('v'));
    await prefixed.close();
    expect(await client.get('p:k')).toBe('w');
  });

  it('is done again at the new owner when its slot moves between WATCH and EXEC', async () => {
    const slot = keySlot('k');
    const owner = await cluster.primaryOf(slot);
    const target = (await cluster.primaries()).find((node) => node !== owner)!;
    let calls = 0;
    const [n] = await client.watch('k', async (watched) => {
      calls += 1;
      const before = Number((await watched.get('k')) ?? 0);
      if (calls === 1) await cluster.migrateSlots(slot, target);
      return watched.transaction((t) => [t.incrby('k', before + 1)]);
    });
    expect(n).toBe(1);
    expect(calls).toBe(2);
    expect(await client.get('k')).toBe('1');
  });

  it('works at the node that imports the slot', async () => {
    const slot = keySlot('k');
    const owner = await cluster.primaryOf(slot);
    const target = (await cluster.primaries()).find((node) => node !== owner)!;
    await client.set('{k}kept', 1);
    const migration = await cluster.migrateSlots(slot, target, {
      stopHalfway: true,
    });
    expect(await increment(client, 'k')).toBe(1);
    expect(await increment(client, 'k')).toBe(2);
    expect(await increment(client, '{k}kept')).toBe(2);
    await migration.moveKeys();
    await migration.finish();
    expect(await client.get('k')).toBe('2');
  });

  it('never runs at the new primary without its watch: a failover between WATCH and EXEC aborts', async () => {
    const slot = keySlot('k');
    const owner = await cluster.primaryOf(slot);
    const [replica] = await cluster.replicasOf(owner);
    const seen: string[] = [];
    await client.set('k', 'before');
    const result = await client.watch('k', async (watched) => {
      const value = await watched.get('k');
      seen.push(String(value));
      if (seen.length === 1) {
        await cluster.failover(replica!);
        await client.set('k', 'changed meanwhile');
      }
      return watched.transaction((t) => [t.set('k', `${value} and mine`)]);
    });
    expect(result).toEqual(['OK']);
    expect(seen).toEqual(['before', 'changed meanwhile']);
    expect(await client.get('k')).toBe('changed meanwhile and mine');
  });
});

describe('watch on a connection that is cut', () => {
  it('is done again while EXEC was not sent, and is unknown once it was', async () => {
    const single = await LocalRedisCluster.start({ primaries: 1, replicas: 0 });
    const proxy = await TcpProxy.open({
      host: '127.0.0.1',
      port: single.nodes[0]!.port,
    });
    const proxied = new RedisClusterClient({
      nodes: [proxy.address],
      addressMap: () => ({ host: '127.0.0.1', port: proxy.port }),
    });
    let calls = 0;
    const result = await proxied.watch('k', async (watched) => {
      calls += 1;
      await watched.get('k');
      if (calls === 1) proxy.cut('rst');
      // the cut has to be known, or it is sent into the void
      if (calls === 1) await watched.get('k').catch(() => null);
      return watched.transaction((t) => [t.incr('k')]);
    });
    expect(result).toEqual([1]);
    expect(calls).toBe(2);
    const unknown = proxied.watch('k', async (watched) => {
      await watched.get('k');
      proxy.freeze('toClient');
      const sent = watched.transaction((t) => [t.incr('k')]);
      await expect
        .poll(() => single.command(single.nodes[0]!, 'GET', 'k'))
        .toBe('2');
      proxy.cut('rst');
      proxy.thaw('toClient');
      return sent;
    });
    await expect(unknown).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      command: 'EXEC',
    });
    // executed once, whatever its caller was told
    expect(await single.command(single.nodes[0]!, 'GET', 'k')).toBe('2');
    proxied.destroy();
    await proxy.close();
    await single.stop();
  });
});
