import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  getRedisClusterToken,
  RedisClusterClient,
  RedisClusterModule,
  ReplicationError,
} from 'nest-redis-cluster';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from 'nest-redis-cluster/testing';
import { firstValueFrom, lastValueFrom, take, tap } from 'rxjs';
import request from 'supertest';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  AppController,
  Derived,
  FROZEN,
  HEALTHY,
  NEVER_WAITED_MS,
  PerRequest,
  seen,
  Store,
  TIMEOUT_MS,
  TwoClusters,
} from '../support/replicated-app.js';
import { LineConnection } from '../support/line-connection.js';

let cluster: LocalRedisCluster;
let app: INestApplication;
let store: Store;
let replica: LocalRedisNode;

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({
    // freezing a replica for a moment is no failure
    nodeTimeoutMs: 15_000,
  });
  const module = await Test.createTestingModule({
    imports: [
      RedisClusterModule.forRoot(cluster.clientOptions),
      RedisClusterModule.forRoot({ ...cluster.clientOptions, name: 'other' }),
    ],
    controllers: [AppController],
    providers: [Store, Derived, PerRequest, TwoClusters],
  }).compile();
  app = module.createNestApplication();
  await app.init();
  store = app.get(Store);
  const primary = await cluster.primaryOf(FROZEN);
  [replica] = (await cluster.replicasOf(primary)) as [LocalRedisNode];
});

afterEach(async () => {
  seen.length = 0;
  if (replica.state === 'frozen') await cluster.resume(replica);
});

afterAll(async () => {
  await app.close();
  await cluster.stop();
});

/** What a call ended with, and how long it took. */
async function timed<T>(
  call: () => Promise<T>,
): Promise<{ value?: T; error?: unknown; elapsed: number }> {
  const start = performance.now();
  try {
    return { value: await call(), elapsed: performance.now() - start };
  } catch (error) {
    return { error, elapsed: performance.now() - start };
  }
}

describe('@EnsureReplication on HTTP handlers', () => {
  it('is tried on keys of two shards', async () => {
    const [frozen, healthy] = await Promise.all([
      cluster.primaryOf(FROZEN),
      cluster.primaryOf(HEALTHY),
    ]);
    expect(frozen).not.toBe(healthy);
  });

  it.each(['above', 'below', 'stream', 'request'])(
    'answers when the write is on the replica (%s)',
    async (path) => {
      const key = `${FROZEN}:${path}`;
      const response = await request(app.getHttpServer())
        .get(`/${path}/${key}`)
        .set('x-role', 'seller')
        .expect(200);
      expect(response.body).toEqual({
        data: path === 'stream' ? 'streamed' : 'written',
      });
      await replica.command('READONLY');
      await expect(replica.command('GET', key)).resolves.toBe(
        response.body.data,
      );
    },
  );

  it.each(['above', 'below', 'stream', 'request'])(
    'answers 503 with the acknowledged count when its replica is frozen (%s)',
    async (path) => {
      await cluster.freeze(replica);
      const { value: response, elapsed } = await timed(() =>
        request(app.getHttpServer())
          .get(`/${path}/${FROZEN}:frozen:${path}`)
          .set('x-role', 'seller')
          .expect(503),
      );
      expect(response?.body).toMatchObject({
        statusCode: 503,
        code: 'REPLICATION',
        required: 1,
        acknowledged: 0,
        timeoutMs: TIMEOUT_MS,
        applied: 'yes',
        shards: [{ acknowledged: 0, applied: 'yes' }],
      });
      expect(response?.body.message).toContain('may stand');
      expect(elapsed).toBeGreaterThanOrEqual(TIMEOUT_MS);
    },
  );

  it('tells the truth where WAIT on another connection says that the frozen replica has the write', async () => {
    await cluster.freeze(replica);
    const { error, elapsed } = await timed(() =>
      store.writeSafely(`${FROZEN}:truth`),
    );
    expect(error).toMatchObject({ acknowledged: 0, required: 1 });
    expect(elapsed).toBeGreaterThanOrEqual(TIMEOUT_MS);
    using other = await LineConnection.open(await cluster.primaryOf(FROZEN));
    await expect(other.ask('WAIT 1 100')).resolves.toBe(':1');
  });

  it('serves other shards as ever while one replica is frozen', async () => {
    await cluster.freeze(replica);
    const order: string[] = [];
    const [slow, fast] = await Promise.all([
      timed(() => store.writeSafely(`${FROZEN}:slow`)).finally(() =>
        order.push('slow'),
      ),
      timed(() => store.writeSafely(`${HEALTHY}:fast`)).finally(() =>
        order.push('fast'),
      ),
    ]);
    expect(slow.error).toBeInstanceOf(ReplicationError);
    expect(slow.elapsed).toBeGreaterThanOrEqual(TIMEOUT_MS);
    expect(fast.value).toBe('written');
    expect(order).toEqual(['fast', 'slow']);
  });

  it('leaves pipes, bodies and headers as they are', async () => {
    const response = await request(app.getHttpServer())
      .post('/body/3')
      .set('x-role', 'seller')
      .send({ key: `${HEALTHY}:body`, count: 14 })
      .expect(201);
    expect(response.body).toEqual({ data: 'seller 42' });
    await request(app.getHttpServer())
      .post('/body/three')
      .send({ key: `${HEALTHY}:body`, count: 14 })
      .expect(400);
  });

  it('keeps the roles declared below it, and runs behind guard and interceptor', async () => {
    const path = `/below/${HEALTHY}:roles`;
    await request(app.getHttpServer()).get(path).expect(403);
    expect(seen).toEqual(['guard']);
    seen.length = 0;
    await request(app.getHttpServer())
      .get(path)
      .set('x-role', 'seller')
      .expect(200);
    expect(seen).toEqual(['guard', 'interceptor', 'handler']);
  });
});

describe('@EnsureReplication on services', () => {
  it('covers promises', async () => {
    await expect(store.writeSafely(`${FROZEN}:service`)).resolves.toBe(
      'written',
    );
    await cluster.freeze(replica);
    const { error, elapsed } = await timed(() =>
      store.writeSafely(`${FROZEN}:service`),
    );
    expect(error).toMatchObject({ acknowledged: 0, required: 1 });
    expect(elapsed).toBeGreaterThanOrEqual(TIMEOUT_MS);
  });

  it('leaves a method its own error, at once', async () => {
    await cluster.freeze(replica);
    const { error, elapsed } = await timed(() => store.fail(`${FROZEN}:own`));
    expect(error).toBeInstanceOf(RangeError);
    expect(elapsed).toBeLessThan(NEVER_WAITED_MS);
  });

  it('waits for nothing after a method that only read', async () => {
    await cluster.freeze(replica);
    const { elapsed } = await timed(() => store.read(`${FROZEN}:read`));
    expect(elapsed).toBeLessThan(NEVER_WAITED_MS);
  });

  it('passes the values of an Observable at once, and completes behind the barrier', async () => {
    const keys = [`${FROZEN}:s1`, `${HEALTHY}:s2`];
    await expect(lastValueFrom(store.stream(...keys))).resolves.toBe(keys[1]);
    await cluster.freeze(replica);
    const values: string[] = [];
    const { error, elapsed } = await timed(() =>
      lastValueFrom(
        store.stream(...keys).pipe(tap((value) => values.push(value))),
      ),
    );
    expect(values).toEqual(keys);
    expect(error).toBeInstanceOf(ReplicationError);
    expect(elapsed).toBeGreaterThanOrEqual(TIMEOUT_MS);
  });

  it('leaves an Observable its own error, at once and behind its values', async () => {
    await cluster.freeze(replica);
    const values: string[] = [];
    const { error, elapsed } = await timed(() =>
      lastValueFrom(
        store
          .failingStream(`${FROZEN}:own`)
          .pipe(tap((value) => values.push(value))),
      ),
    );
    expect(values).toEqual([`${FROZEN}:own`]);
    expect(error).toBeInstanceOf(RangeError);
    expect(elapsed).toBeLessThan(NEVER_WAITED_MS);
  });

  it('promises nothing to who unsubscribes before the completion, and writes no more', async () => {
    const redis = app.get(RedisClusterClient);
    await cluster.freeze(replica);
    const keys = [`${FROZEN}:early:1`, `${FROZEN}:early:2`];
    const first = await timed(() =>
      firstValueFrom(store.patientStream(...keys)),
    );
    expect(first.value).toBe(keys[0]);
    expect(first.elapsed).toBeLessThan(NEVER_WAITED_MS);
    await expect(redis.mget(...keys)).resolves.toEqual([keys[0], null]);
    // also where the value taken is the last one
    const last = await timed(() =>
      lastValueFrom(store.patientStream(...keys).pipe(take(keys.length))),
    );
    expect(last.value).toBe(keys[1]);
    expect(last.elapsed).toBeLessThan(NEVER_WAITED_MS);
  });

  it('lets a subscriber leave in the middle of the barrier', async () => {
    await cluster.freeze(replica);
    const heard: unknown[] = [];
    const left = await timed(
      () =>
        new Promise<void>((resolve) => {
          const subscription = store.patientStream(`${FROZEN}:left`).subscribe({
            next: () =>
              setImmediate(() => {
                subscription.unsubscribe();
                resolve();
              }),
            error: (error: unknown) => heard.push(error),
            complete: () => heard.push('complete'),
          });
        }),
    );
    expect(left.elapsed).toBeLessThan(NEVER_WAITED_MS);
    // the barrier it left is in nobody's way
    const after = await timed(() => store.writeSafely(`${FROZEN}:left`));
    expect(after.error).toMatchObject({ acknowledged: 0 });
    await cluster.resume(replica);
    await expect(store.writeSafely(`${FROZEN}:left`)).resolves.toBe('written');
    expect(heard).toEqual([]);
  });

  it('covers every subscription of one Observable', async () => {
    const stream = store.stream(`${FROZEN}:again`);
    await lastValueFrom(stream);
    await cluster.freeze(replica);
    await expect(lastValueFrom(stream)).rejects.toBeInstanceOf(
      ReplicationError,
    );
  });

  it('covers what was written before the Observable was returned', async () => {
    await cluster.freeze(replica);
    const stream = await store.later(`${FROZEN}:later`);
    await expect(lastValueFrom(stream)).rejects.toBeInstanceOf(
      ReplicationError,
    );
  });

  it('is inherited, kept by an override that calls super, and dropped by one that does not', async () => {
    const derived = app.get(Derived);
    await cluster.freeze(replica);
    await expect(derived.inherited(`${FROZEN}:i`)).rejects.toBeInstanceOf(
      ReplicationError,
    );
    await expect(derived.overridden(`${FROZEN}:o`)).rejects.toBeInstanceOf(
      ReplicationError,
    );
    await expect(derived.dropped(`${FROZEN}:d`)).resolves.toBe('written');
  });

  it('needs no injected client and no container', async () => {
    const redis = app.get<RedisClusterClient>(getRedisClusterToken());
    const own = new Store(redis);
    await cluster.freeze(replica);
    await expect(own.writeSafely(`${FROZEN}:new`)).rejects.toBeInstanceOf(
      ReplicationError,
    );
  });

  it('covers only the named client where one is named', async () => {
    const two = app.get(TwoClusters);
    await cluster.freeze(replica);
    const frozen = `${FROZEN}:two`;
    const healthy = `${HEALTHY}:two`;
    await expect(two.onlyOther(frozen, healthy)).resolves.toBeUndefined();
    await expect(two.onlyOther(healthy, frozen)).rejects.toBeInstanceOf(
      ReplicationError,
    );
    await expect(two.onlyDefault(healthy, frozen)).resolves.toBeUndefined();
    await expect(two.onlyDefault(frozen, healthy)).rejects.toBeInstanceOf(
      ReplicationError,
    );
  });
});
