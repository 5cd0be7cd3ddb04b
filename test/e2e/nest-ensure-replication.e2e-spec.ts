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
import {
  firstValueFrom,
  lastValueFrom,
  type Observable,
  take,
  tap,
} from 'rxjs';
import request from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
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
  await app.listen(0, '127.0.0.1');
  store = app.get(Store);
  const primary = await cluster.primaryOf(FROZEN);
  [replica] = (await cluster.replicasOf(primary)) as [LocalRedisNode];
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

const PATHS = ['above', 'below', 'stream', 'request'];

describe('@EnsureReplication while the replicas follow', () => {
  beforeEach(() => {
    seen.length = 0;
  });

  it('is tried on keys of two shards', async () => {
    const [frozen, healthy] = await Promise.all([
      cluster.primaryOf(FROZEN),
      cluster.primaryOf(HEALTHY),
    ]);
    expect(frozen).not.toBe(healthy);
  });

  it.each(PATHS)(
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

  it('resolves promises and completes Observables of services', async () => {
    await expect(store.writeSafely(`${FROZEN}:service`)).resolves.toBe(
      'written',
    );
    const keys = [`${FROZEN}:s1`, `${HEALTHY}:s2`];
    await expect(lastValueFrom(store.stream(...keys))).resolves.toBe(keys[1]);
  });
});

/** What a subscriber heard who has left. */
const heard: unknown[] = [];

// at the same time: what they wait for, they wait for together
describe.concurrent('@EnsureReplication while a replica is frozen', () => {
  /** Completed before. */
  let again: Observable<string>;
  beforeAll(async () => {
    again = store.stream(`${FROZEN}:again`);
    await lastValueFrom(again);
    await cluster.freeze(replica);
  });

  afterAll(async () => {
    await cluster.resume(replica);
  });

  it.each(PATHS)(
    'answers 503 with the acknowledged count (%s)',
    async (path) => {
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
    const { error, elapsed } = await timed(() =>
      store.writeSafely(`${FROZEN}:truth`),
    );
    expect(error).toMatchObject({ acknowledged: 0, required: 1 });
    expect(elapsed).toBeGreaterThanOrEqual(TIMEOUT_MS);
    using other = await LineConnection.open(await cluster.primaryOf(FROZEN));
    await expect(other.ask('WAIT 1 100')).resolves.toBe(':1');
  });

  it('serves other shards as ever', async () => {
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

  it('covers promises', async () => {
    const { error, elapsed } = await timed(() =>
      store.writeSafely(`${FROZEN}:service`),
    );
    expect(error).toMatchObject({ acknowledged: 0, required: 1 });
    expect(elapsed).toBeGreaterThanOrEqual(TIMEOUT_MS);
  });

  it('leaves a method its own error, at once', async () => {
    const { error, elapsed } = await timed(() => store.fail(`${FROZEN}:own`));
    expect(error).toBeInstanceOf(RangeError);
    expect(elapsed).toBeLessThan(NEVER_WAITED_MS);
  });

  it('waits for nothing after a method that only read', async () => {
    const { elapsed } = await timed(() => store.read(`${FROZEN}:read`));
    expect(elapsed).toBeLessThan(NEVER_WAITED_MS);
  });

  it('passes the values of an Observable at once, and completes behind the barrier', async () => {
    const keys = [`${FROZEN}:s1`, `${HEALTHY}:s2`];
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
    const after = await timed(() => store.writeSafely(`${FROZEN}:left`));
    expect(after.error).toMatchObject({ acknowledged: 0 });
  });

  it('covers every subscription of one Observable', async () => {
    await expect(lastValueFrom(again)).rejects.toBeInstanceOf(ReplicationError);
  });

  it('covers what was written before the Observable was returned', async () => {
    const stream = await store.later(`${FROZEN}:later`);
    await expect(lastValueFrom(stream)).rejects.toBeInstanceOf(
      ReplicationError,
    );
  });

  it('is inherited, kept by an override that calls super, and dropped by one that does not', async () => {
    const derived = app.get(Derived);
    await Promise.all([
      expect(derived.inherited(`${FROZEN}:i`)).rejects.toBeInstanceOf(
        ReplicationError,
      ),
      expect(derived.overridden(`${FROZEN}:o`)).rejects.toBeInstanceOf(
        ReplicationError,
      ),
      expect(derived.dropped(`${FROZEN}:d`)).resolves.toBe('written'),
    ]);
  });

  it('needs no injected client and no container', async () => {
    const redis = app.get<RedisClusterClient>(getRedisClusterToken());
    const own = new Store(redis);
    await expect(own.writeSafely(`${FROZEN}:new`)).rejects.toBeInstanceOf(
      ReplicationError,
    );
  });

  it('covers only the named client where one is named', async () => {
    const two = app.get(TwoClusters);
    const frozen = `${FROZEN}:two`;
    const healthy = `${HEALTHY}:two`;
    await Promise.all([
      expect(two.onlyOther(frozen, healthy)).resolves.toBeUndefined(),
      expect(two.onlyOther(healthy, frozen)).rejects.toBeInstanceOf(
        ReplicationError,
      ),
      expect(two.onlyDefault(healthy, frozen)).resolves.toBeUndefined(),
      expect(two.onlyDefault(frozen, healthy)).rejects.toBeInstanceOf(
        ReplicationError,
      ),
    ]);
  });
});

describe('@EnsureReplication once the replica goes on', () => {
  it('is in nobody’s way with barriers that failed or were left', async () => {
    await expect(store.writeSafely(`${FROZEN}:left`)).resolves.toBe('written');
    expect(heard).toEqual([]);
  });
});
