import {
  Body,
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Headers,
  Injectable,
  type INestApplication,
  type NestInterceptor,
  Param,
  ParseIntPipe,
  Post,
  Scope,
  SetMetadata,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  EnsureReplication,
  getRedisClusterToken,
  InjectRedisCluster,
  RedisClusterClient,
  RedisClusterModule,
  ReplicationError,
  ReplicationExceptionFilter,
} from 'nest-redis-cluster';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from 'nest-redis-cluster/testing';
import {
  concat,
  defer,
  from,
  lastValueFrom,
  map,
  type Observable,
  tap,
} from 'rxjs';
import request from 'supertest';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

/** Keys of two different shards: the replica of the first one is frozen in the tests. */
const FROZEN = '{a}';
const HEALTHY = '{b}';
const TIMEOUT_MS = 200;

let seen: string[] = [];

@Injectable()
class RolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}
  canActivate(context: ExecutionContext): boolean {
    const role = this.reflector.get<string>('role', context.getHandler());
    const asked = context
      .switchToHttp()
      .getRequest<{ headers: Record<string, string> }>().headers['x-role'];
    seen.push('guard');
    return role === undefined || role === asked;
  }
}

@Injectable()
class Envelope implements NestInterceptor {
  intercept(
    _: ExecutionContext,
    next: CallHandler<unknown>,
  ): Observable<unknown> {
    seen.push('interceptor');
    return next.handle().pipe(map((data) => ({ data })));
  }
}

@Injectable()
class Store {
  constructor(private readonly redis: RedisClusterClient) {}

  async write(key: string, value = 'written'): Promise<string> {
    await this.redis.set(key, value);
    return value;
  }

  @EnsureReplication(1, TIMEOUT_MS)
  async writeSafely(key: string): Promise<string> {
    return this.write(key);
  }

  @EnsureReplication(1, TIMEOUT_MS)
  async fail(key: string): Promise<never> {
    await this.write(key);
    throw new RangeError('its own');
  }

  @EnsureReplication(1, TIMEOUT_MS)
  async read(key: string): Promise<string | null> {
    return this.redis.get(key);
  }

  @EnsureReplication(1, TIMEOUT_MS)
  stream(...keys: string[]): Observable<string> {
    return concat(...keys.map((key) => defer(() => this.write(key, key))));
  }

  /** Writes while it is called, and brings the Observable later. */
  @EnsureReplication(1, TIMEOUT_MS)
  async later(key: string): Promise<Observable<string>> {
    await this.write(key);
    return from(['later']);
  }
}

@Injectable()
class Base {
  constructor(protected readonly store: Store) {}

  @EnsureReplication(1, TIMEOUT_MS)
  async inherited(key: string): Promise<string> {
    return this.store.write(key);
  }

  @EnsureReplication(1, TIMEOUT_MS)
  async overridden(key: string): Promise<string> {
    return this.store.write(key);
  }

  @EnsureReplication(1, TIMEOUT_MS)
  async dropped(key: string): Promise<string> {
    return this.store.write(key);
  }
}

@Injectable()
class Derived extends Base {
  override async overridden(key: string): Promise<string> {
    return super.overridden(key);
  }
  override async dropped(key: string): Promise<string> {
    return this.store.write(key);
  }
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  constructor(private readonly store: Store) {}

  @EnsureReplication(1, TIMEOUT_MS)
  async write(key: string): Promise<string> {
    return this.store.write(key);
  }
}

@Injectable()
class TwoClusters {
  constructor(
    private readonly redis: RedisClusterClient,
    @InjectRedisCluster('other') private readonly other: RedisClusterClient,
  ) {}

  @EnsureReplication(1, TIMEOUT_MS, { client: 'other' })
  async onlyOther(mine: string, others: string): Promise<void> {
    await Promise.all([this.redis.set(mine, 1), this.other.set(others, 1)]);
  }

  @EnsureReplication(1, TIMEOUT_MS, { client: 'default' })
  async onlyDefault(mine: string, others: string): Promise<void> {
    await Promise.all([this.redis.set(mine, 1), this.other.set(others, 1)]);
  }
}

interface Wish {
  key: string;
  count: number;
}

@Controller()
@UseGuards(RolesGuard)
@UseInterceptors(Envelope)
@UseFilters(ReplicationExceptionFilter)
class AppController {
  constructor(
    private readonly store: Store,
    private readonly perRequest: PerRequest,
  ) {}

  @Get('above/:key')
  @EnsureReplication(1, TIMEOUT_MS)
  above(@Param('key') key: string): Promise<string> {
    seen.push('handler');
    return this.store.write(key);
  }

  @EnsureReplication(1, TIMEOUT_MS)
  @Get('below/:key')
  @SetMetadata('role', 'seller')
  below(@Param('key') key: string): Promise<string> {
    seen.push('handler');
    return this.store.write(key);
  }

  @EnsureReplication(1, TIMEOUT_MS)
  @Post('body/:factor')
  body(
    @Param('factor', ParseIntPipe) factor: number,
    @Body() wish: Wish,
    @Headers('x-role') role: string,
  ): Promise<string> {
    return this.store.write(wish.key, `${role} ${wish.count * factor}`);
  }

  @EnsureReplication(1, TIMEOUT_MS)
  @Get('stream/:key')
  stream(@Param('key') key: string): Observable<string> {
    return defer(() => this.store.write(key, 'streamed'));
  }

  @Get('request/:key')
  scoped(@Param('key') key: string): Promise<string> {
    return this.perRequest.write(key);
  }
}

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
  seen = [];
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

  it('serves other shards as ever while one replica is frozen', async () => {
    await cluster.freeze(replica);
    const [slow, fast] = await Promise.all([
      timed(() => store.writeSafely(`${FROZEN}:slow`)),
      timed(() => store.writeSafely(`${HEALTHY}:fast`)),
    ]);
    expect(slow.error).toBeInstanceOf(ReplicationError);
    expect(slow.elapsed).toBeGreaterThanOrEqual(TIMEOUT_MS);
    expect(fast.value).toBe('written');
    expect(fast.elapsed).toBeLessThan(TIMEOUT_MS);
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
    seen = [];
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
    expect(elapsed).toBeLessThan(TIMEOUT_MS);
  });

  it('waits for nothing after a method that only read', async () => {
    await cluster.freeze(replica);
    const { elapsed } = await timed(() => store.read(`${FROZEN}:read`));
    expect(elapsed).toBeLessThan(TIMEOUT_MS);
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
