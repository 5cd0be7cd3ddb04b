import { RedisClusterClient, ReplicationError } from 'nest-redis-cluster';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from 'nest-redis-cluster/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const push = {
  lua: "return redis.call('RPUSH', KEYS[1], ARGV[1])",
  numberOfKeys: 1,
} as const;

const library = {
  code: `#!lua name=scoped
redis.register_function('put', function(keys, args)
  return redis.call('RPUSH', keys[1], args[1])
end)`,
  functions: { put: { numberOfKeys: 1 } },
} as const;

let cluster: LocalRedisCluster;
let client: RedisClusterClient;
let replica: LocalRedisNode;

beforeAll(async () => {
  // a long node timeout: the frozen replica stays in the topology
  cluster = await LocalRedisCluster.start({ nodeTimeoutMs: 30_000 });
  client = new RedisClusterClient(cluster.clientOptions);
  await client.connect();
  await client.functionLibrary(library).load();
  [replica] = (await cluster.replicasOf(await cluster.primaryOf('a'))) as [
    LocalRedisNode,
  ];
});

afterAll(async () => {
  client.destroy();
  await cluster.stop();
});

/** A write to the slot of `a`, by every means. */
const WRITES: Record<string, () => Promise<unknown>> = {
  'a pipeline': () => client.pipeline((p) => [p.rpush('a', 'x'), p.get('b')]),
  'a split in a pipeline': () =>
    client.pipeline((p) => [p.mset({ '{a}1': 1, c: 1 })]),
  'a transaction': () => client.transaction((t) => [t.rpush('a', 'x')]),
  'a transaction on watched keys': () =>
    client.watch('a', (watched) =>
      watched.transaction((t) => [t.rpush('a', 'x')]),
    ),
  'an exclusive connection': () =>
    client.withConnection({ key: 'a' }, (own) => own.rpush('a', 'x')),
  'a transaction on an exclusive connection': () =>
    client.withConnection({ key: 'a' }, (own) =>
      own.transaction((t) => [t.rpush('a', 'x')]),
    ),
  'a script': () => client.script(push).run('a', 'x'),
  'a script in a pipeline': () =>
    client.pipeline((p) => [client.script(push).on(p).run('a', 'x')]),
  'a script that has to be loaded': async () => {
    await client.at({ key: 'a' }).scriptFlush();
    return client.script(push).run('a', 'x');
  },
  'a script in a transaction': () =>
    client.transaction((t) => [client.script(push).on(t).run('a', 'x')]),
  'a function': () => client.functionLibrary(library).call('put', 'a', 'x'),
  'a function in a pipeline': () =>
    client.pipeline((p) => [
      client.functionLibrary(library).on(p).call('put', 'a', 'x'),
    ]),
  'a blocking pop that blocks': async () => {
    const pop = client.blpop('{a}queue', 20);
    await client.rpush('{a}queue', 'x');
    return pop;
  },
};

const scoped = (write: () => Promise<unknown>, timeoutMs: number) =>
  client.ensureReplicationWithReport(1, timeoutMs, write);

describe.each(Object.entries(WRITES))(
  '%s in a replication scope',
  (_, write) => {
    it('is proven by its replica', async () => {
      const { report } = await scoped(write, 60_000);
      const acknowledged = report.shards.map((shard) => shard.acknowledged);
      expect(acknowledged.length).toBeGreaterThan(0);
      expect(new Set(acknowledged)).toEqual(new Set([1]));
    });

    it('is an error while its replica is frozen', async () => {
      await cluster.freeze(replica);
      try {
        await expect(scoped(write, 50)).rejects.toBeInstanceOf(
          ReplicationError,
        );
      } finally {
        await cluster.resume(replica);
      }
    });
  },
);

describe('reads in a replication scope cost nothing while the replica is frozen', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['a pipeline', () => client.pipeline((p) => [p.get('{a}none')])],
    ['a transaction', () => client.transaction((t) => [t.get('{a}none')])],
    [
      'watched keys',
      () => client.watch('a', (watched) => watched.get('{a}none')),
    ],
    [
      'an exclusive connection',
      () => client.withConnection({ key: 'a' }, (own) => own.get('{a}none')),
    ],
  ])('%s', async (_, read) => {
    await cluster.freeze(replica);
    try {
      const { report } = await scoped(read, 150);
      expect(report.shards).toEqual([]);
    } finally {
      await cluster.resume(replica);
    }
  });
});
