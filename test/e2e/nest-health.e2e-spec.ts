import { isDeepStrictEqual } from 'node:util';
import { Controller, Get, type INestApplication, Logger } from '@nestjs/common';
import {
  HealthCheck,
  type HealthCheckResult,
  HealthCheckService,
  TerminusModule,
} from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import {
  type ClusterHealth,
  RedisClusterClient,
  RedisClusterHealthIndicator,
  RedisClusterModule,
} from 'nest-redis-cluster';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from 'nest-redis-cluster/testing';
import { filter, firstValueFrom, lastValueFrom, take, toArray } from 'rxjs';
import request from 'supertest';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  vi,
} from 'vitest';

/** Long enough for the nodes that are well, also on a slow and busy machine. */
const TIMEOUT_MS = 4_000;

@Controller()
class HealthController {
  constructor(
    private readonly terminus: HealthCheckService,
    private readonly redis: RedisClusterHealthIndicator,
  ) {}

  @Get('health')
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    return this.terminus.check([() => this.redis.isHealthy('redis')]);
  }

  @Get('health/terminus-11')
  @HealthCheck()
  asTerminus11(): Promise<HealthCheckResult> {
    return this.terminus.check([
      () => this.redis.isHealthy('redis', { degradedAs: 'up' }),
    ]);
  }
}

let cluster: LocalRedisCluster;
let app: INestApplication;
let health: RedisClusterHealthIndicator;
let primary: LocalRedisNode;
let replica: LocalRedisNode;

beforeAll(async () => {
  // the cluster must not fail over while a test freezes a node
  cluster = await LocalRedisCluster.start({ nodeTimeoutMs: 60_000 });
  const module = await Test.createTestingModule({
    imports: [
      RedisClusterModule.forRoot({
        ...cluster.clientOptions,
        topologyRefreshMs: 500,
        health: { timeoutMs: TIMEOUT_MS, intervalMs: 300, maxLagSeconds: 6 },
      }),
      TerminusModule,
    ],
    controllers: [HealthController],
  }).compile();
  app = module.createNestApplication();
  await app.init();
  health = app.get(RedisClusterHealthIndicator);
  [primary] = (await cluster.primaries()) as [LocalRedisNode];
  [replica] = (await cluster.replicasOf(primary)) as [LocalRedisNode];
});

beforeEach(() => {
  // Terminus logs what it answers 503 for
  vi.spyOn(Logger.prototype, 'error').mockReturnValue();
});

afterEach(async () => {
  vi.restoreAllMocks();
  for (const node of [primary, replica]) {
    if (node.state === 'frozen') await cluster.resume(node);
  }
  await untilStatus('up');
});

afterAll(async () => {
  await app.close();
  await cluster.stop();
});

function untilStatus(status: ClusterHealth['status']): Promise<ClusterHealth> {
  return firstValueFrom(
    health.watch().pipe(filter((seen) => seen.status === status)),
  );
}

describe('the health of a cluster', () => {
  it('is up: every shard with its primary, its replicas and their lag', async () => {
    const seen = await untilStatus('up');
    expect(seen.message).toBe('3 shards serve every slot, all replicas follow');
    expect(seen.shards).toHaveLength(3);
    const shard = seen.shards.find(
      (candidate) => candidate.primary.address === primary.address,
    );
    expect(shard).toEqual({
      status: 'up',
      message: '',
      slots: [[expect.any(Number), expect.any(Number)]],
      primary: {
        address: primary.address,
        reachable: true,
        latencyMs: expect.any(Number),
      },
      replicas: [
        {
          address: replica.address,
          reachable: true,
          linkUp: true,
          lagBytes: expect.any(Number),
          lagSeconds: expect.any(Number),
        },
      ],
    });
  });

  it('is down while a primary is frozen, and says so within the timeout; the primary is asked once, however often that is', async () => {
    await health.check();
    await cluster.freeze(primary);
    const at = vi.spyOn(app.get(RedisClusterClient), 'at');
    for (const _ of [1, 2]) {
      const start = performance.now();
      const seen = await health.check();
      // not the 30 s that a command may take
      expect(performance.now() - start).toBeLessThan(20_000);
      expect(seen.status).toBe('down');
      expect(seen.message).toContain(primary.address);
      expect(seen.shards.filter((shard) => shard.status === 'up')).toHaveLength(
        2,
      );
    }
    const asked = at.mock.calls.filter(([target]) =>
      isDeepStrictEqual(target, { node: primary.address }),
    );
    expect(asked).toHaveLength(1);
  });

  it('is shared by all who watch, and ends with the last of them', async () => {
    const check = vi.spyOn(health, 'check');
    const [first, second] = await Promise.all([
      lastValueFrom(health.watch().pipe(take(3), toArray())),
      lastValueFrom(health.watch().pipe(take(3), toArray())),
    ]);
    expect(second).toEqual(first);
    const calls = check.mock.calls.length;
    expect(calls).toBeLessThanOrEqual(4);
    // nobody watches: several periods pass without a check
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(check).toHaveBeenCalledTimes(calls);
  });

  it('never errors: a client that cannot connect is down', async () => {
    const client = new RedisClusterClient({
      nodes: ['127.0.0.1:1'],
      connectTimeoutMs: 300,
    });
    const lonely = new RedisClusterHealthIndicator(client, { timeoutMs: 200 });
    await expect(lonely.check()).resolves.toMatchObject({
      status: 'down',
      shards: [],
    });
    client.destroy();
  });

  it('completes for those who watch when the client is closed', async () => {
    const client = new RedisClusterClient(cluster.clientOptions);
    await client.connect();
    const own = new RedisClusterHealthIndicator(client);
    const watched = lastValueFrom(own.watch().pipe(toArray()));
    await firstValueFrom(own.watch());
    await client.close();
    expect((await watched).length).toBeGreaterThan(0);
  });
});

describe('GET /health with Terminus', () => {
  it('answers 200 when the cluster is up', async () => {
    const { body } = await request(app.getHttpServer())
      .get('/health')
      .expect(200);
    expect(body).toMatchObject({
      status: 'ok',
      info: { redis: { status: 'up', clusterStatus: 'up' } },
      error: {},
    });
  });

  it('answers 200 and degraded while a replica is frozen; as up for Terminus 11', async () => {
    await cluster.freeze(replica);
    const seen = await untilStatus('degraded');
    expect(seen.message).toContain(
      `replica ${replica.address} was last heard of`,
    );
    const { body } = await request(app.getHttpServer())
      .get('/health')
      .expect(200);
    expect(body).toMatchObject({
      status: 'degraded',
      info: { redis: { status: 'degraded', clusterStatus: 'degraded' } },
    });
    const older = await request(app.getHttpServer())
      .get('/health/terminus-11')
      .expect(200);
    expect(older.body).toMatchObject({
      status: 'ok',
      info: { redis: { status: 'up', clusterStatus: 'degraded' } },
    });
    expect(older.body.info.redis.message).toContain(replica.address);
  });

  it('answers 503 while a primary is frozen, within the timeout', async () => {
    await cluster.freeze(primary);
    const start = performance.now();
    const { body } = await request(app.getHttpServer())
      .get('/health')
      .expect(503);
    // not the 30 s that a command may take
    expect(performance.now() - start).toBeLessThan(20_000);
    expect(body).toMatchObject({
      status: 'error',
      error: { redis: { status: 'down', clusterStatus: 'down' } },
    });
    expect(body.error.redis.message).toContain(primary.address);
  });
});
