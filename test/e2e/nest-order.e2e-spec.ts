import { Logger } from '@nestjs/common';
import {
  RedisClusterClient,
  RedisClusterModule,
  ReplicationError,
} from 'nest-redis-cluster';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from 'nest-redis-cluster/testing';
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
import { Writer } from '../support/nest-contexts.js';
import {
  Around,
  Layers,
  OrderedGateway,
  OrderedHandlers,
  steps,
} from '../support/nest-order.js';
import { Transports } from '../support/nest-transports.js';
import { FROZEN, HEALTHY } from '../support/replicated-app.js';

let cluster: LocalRedisCluster;
let replica: LocalRedisNode;
let transports: Transports;

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({
    // freezing a replica for a moment is no failure
    nodeTimeoutMs: 15_000,
  });
  const primary = await cluster.primaryOf(FROZEN);
  [replica] = (await cluster.replicasOf(primary)) as [LocalRedisNode];
  transports = await Transports.open({
    imports: [RedisClusterModule.forRoot(cluster.clientOptions)],
    controllers: [OrderedHandlers],
    providers: [Writer, Around, OrderedGateway, Layers],
  });
});

beforeEach(() => {
  vi.spyOn(Logger.prototype, 'error').mockReturnValue();
});

afterEach(async () => {
  vi.restoreAllMocks();
  steps.length = 0;
  if (replica.state === 'frozen') await cluster.resume(replica);
});

afterAll(async () => {
  await transports[Symbol.asyncDispose]();
  await cluster.stop();
});

describe('guards, interceptors and pipes', () => {
  /** What the caller of a handler gets, whatever the transport. */
  const callers = {
    HTTP: async (key: string): Promise<string> =>
      (await request(transports.app.getHttpServer()).get(`/ordered/${key}`))
        .text,
    microservice: async (key: string): Promise<string> =>
      JSON.stringify(await transports.send('ordered', key)),
    gateway: async (key: string): Promise<string> =>
      JSON.stringify(await transports.ask('ordered', key)),
  };
  const before = ['guard', 'interceptor', 'pipe', 'handler'];

  it.each(Object.entries(callers))(
    'run before a covered handler, and interceptors see the value behind its barrier (%s)',
    async (_, call) => {
      await expect(call(`${FROZEN}:ordered`)).resolves.toContain(
        `${FROZEN}:ordered`,
      );
      expect(steps).toEqual([...before, 'interceptor again']);
      steps.length = 0;
      await cluster.freeze(replica);
      await expect(call(`${FROZEN}:ordered`)).resolves.toContain('REPLICATION');
      expect(steps).toEqual([...before, 'ReplicationError']);
    },
  );

  it.each(Object.entries(callers))(
    'are not covered with it (%s)',
    async (_, call) => {
      await cluster.freeze(replica);
      await expect(call(`${HEALTHY}:ordered`)).resolves.toContain(
        `${HEALTHY}:ordered`,
      );
      expect(steps).toEqual([...before, 'interceptor again']);
    },
  );
});

describe('decorators that wrap the method', () => {
  it('are covered below, and not above', async () => {
    const layers = transports.app.get(Layers);
    const key = `${HEALTHY}:layers`;
    await cluster.freeze(replica);
    await Promise.all([
      expect(layers.aboveCommit(key)).rejects.toBeInstanceOf(ReplicationError),
      expect(layers.belowCommit(key)).resolves.toBe(`${FROZEN}:committed`),
    ]);
  });

  it('repeat the writes when only the proof failed, if they retry from above', async () => {
    const layers = transports.app.get(Layers);
    const redis = transports.app.get(RedisClusterClient);
    await cluster.freeze(replica);
    const below = `${FROZEN}:below`;
    const above = `${FROZEN}:above`;
    await Promise.all([
      expect(layers.belowRetry(below)).rejects.toBeInstanceOf(ReplicationError),
      expect(layers.aboveRetry(above)).rejects.toBeInstanceOf(ReplicationError),
    ]);
    await expect(redis.get(below)).resolves.toBe('2');
    await expect(redis.get(above)).resolves.toBe('1');
  });
});
