import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type INestApplication, Logger } from '@nestjs/common';
import {
  CommandBus,
  EventBus,
  type UnhandledExceptionInfo,
  UnhandledExceptionBus,
} from '@nestjs/cqrs';
import {
  type ClientProxy,
  ClientProxyFactory,
  Transport,
} from '@nestjs/microservices';
import {
  FastifyAdapter,
  type NestFastifyApplication,
} from '@nestjs/platform-fastify';
import { WsAdapter } from '@nestjs/platform-ws';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import {
  EnsureReplication,
  RedisClusterModule,
  ReplicationError,
} from 'nest-redis-cluster';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from 'nest-redis-cluster/testing';
import {
  catchError,
  firstValueFrom,
  fromEvent,
  lastValueFrom,
  map,
  of,
  take,
  toArray,
} from 'rxjs';
import request from 'supertest';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  type MockInstance,
  vi,
} from 'vitest';
import { WebSocket } from 'ws';
import {
  contextsOf,
  CRON_JOB,
  JobKeys,
  Place,
  PlaceAndTell,
  Placed,
} from '../support/nest-contexts.js';
import { FROZEN, HEALTHY, TIMEOUT_MS } from '../support/replicated-app.js';

let cluster: LocalRedisCluster;
let replica: LocalRedisNode;
let express: INestApplication;
let fastify: NestFastifyApplication;
let proxy: ClientProxy;
let socket: WebSocket;
let error: MockInstance<Logger['error']>;

/** What says in every transport that the one replica did not acknowledge. */
const failure = {
  statusCode: 503,
  error: 'Service Unavailable',
  code: 'REPLICATION',
  required: 1,
  acknowledged: 0,
  timeoutMs: TIMEOUT_MS,
  applied: 'yes',
  shards: [{ acknowledged: 0, applied: 'yes' }],
};

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({
    // freezing a replica for a moment is no failure
    nodeTimeoutMs: 15_000,
  });
  const primary = await cluster.primaryOf(FROZEN);
  [replica] = (await cluster.replicasOf(primary)) as [LocalRedisNode];

  const module = () =>
    Test.createTestingModule({
      ...contextsOf(() => EnsureReplication(1, TIMEOUT_MS)),
      imports: [
        RedisClusterModule.forRoot(cluster.clientOptions),
        ...(contextsOf(() => EnsureReplication(1, TIMEOUT_MS)).imports ?? []),
      ],
    }).compile();

  express = (await module()).createNestApplication();
  express.useWebSocketAdapter(new WsAdapter(express));
  const microservice = express.connectMicroservice({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: 0 },
  });
  await express.startAllMicroservices();
  await express.listen(0, '127.0.0.1');

  const { port } = microservice.unwrap<{ address(): AddressInfo }>().address();
  proxy = ClientProxyFactory.create({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port },
  });
  await proxy.connect();
  const server = express.getHttpServer() as { address(): AddressInfo };
  socket = new WebSocket(`ws://127.0.0.1:${server.address().port}`);
  await once(socket, 'open');

  fastify = (await module()).createNestApplication<NestFastifyApplication>(
    new FastifyAdapter(),
  );
  fastify.useWebSocketAdapter(new WsAdapter(fastify));
  await fastify.init();
  await fastify.getHttpAdapter().getInstance().ready();
});

beforeEach(() => {
  error = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
});

afterEach(async () => {
  vi.restoreAllMocks();
  if (replica.state === 'frozen') await cluster.resume(replica);
});

afterAll(async () => {
  socket.close();
  await proxy.close();
  await Promise.all([express.close(), fastify.close()]);
  await cluster.stop();
});

/** What the replica itself has. */
async function replicated(key: string): Promise<unknown> {
  await replica.command('READONLY');
  return replica.command('GET', key);
}

/** Every error in the log whose text or class says that it is about replication. */
function loggedFailures(): unknown[] {
  return error.mock.calls
    .map(([message]: unknown[]) => message)
    .filter((message) => /ReplicationError|replica/.test(String(message)));
}

describe.each(['express', 'fastify'] as const)('HTTP over %s', (platform) => {
  const server = () =>
    (platform === 'express' ? express : fastify).getHttpServer();
  const key = `${FROZEN}:${platform}`;

  it('answers when the writes are on the replica', async () => {
    const one = await request(server()).get(`/one/${key}`).expect(200);
    expect(one.text).toBe(key);
    await expect(replicated(key)).resolves.toBe(key);
    // HTTP answers with the last value, behind the completion
    const many = await request(server()).get(`/many/${key}`).expect(200);
    expect(many.text).toBe(`${key}:2`);
    await expect(replicated(`${key}:2`)).resolves.toBe(`${key}:2`);
  });

  it.each(['one', 'many'])(
    'answers 503 for programs to read when its replica is frozen (%s)',
    async (path) => {
      await cluster.freeze(replica);
      const { body } = await request(server())
        .get(`/${path}/${key}`)
        .expect(503)
        .expect('content-type', /json/);
      expect(body).toMatchObject(failure);
    },
  );

  it.each(['composed', 'composed-below'])(
    'is one of several decorators in applyDecorators() (%s)',
    async (path) => {
      await request(server())
        .put(`/${path}/${key}`)
        .expect(202)
        .expect('x-composed', 'yes');
      await cluster.freeze(replica);
      await request(server()).put(`/${path}/${key}`).expect(503);
    },
  );

  it('can only log what it learns after the handler has answered by itself', async () => {
    await cluster.freeze(replica);
    await request(server()).get(`/answered/${key}`).expect(200, 'too early');
    await expect.poll(loggedFailures).toHaveLength(1);
    await cluster.resume(replica);
    await request(server()).get(`/one/${key}`).expect(200);
  });

  it('ends a stream of events by an error event', async () => {
    const { text } = await request(server()).get(`/events/${key}`).expect(200);
    expect(text).toContain(`data: ${key}:1\n`);
    expect(text).toContain(`data: ${key}:2\n`);
    expect(text).not.toContain('error');
    await cluster.freeze(replica);
    const failed = await request(server()).get(`/events/${key}`).expect(200);
    expect(failed.text).toContain(`data: ${key}:2\n`);
    expect(failed.text).toMatch(/\nevent: error\n[^]*\n\n$/);
    expect(loggedFailures()).toHaveLength(1);
  });
});

describe('microservices', () => {
  const send = <T>(pattern: string, key: string) =>
    proxy.send<T>(pattern, key).pipe(
      catchError((reason: unknown) => of({ failed: reason })),
      toArray(),
    );
  const key = `${FROZEN}:rpc`;

  it('answers a message when its writes are on the replica', async () => {
    await expect(lastValueFrom(send('one', key))).resolves.toEqual([key]);
    await expect(replicated(key)).resolves.toBe(key);
  });

  it('answers a message by an error for programs to read when its replica is frozen', async () => {
    await cluster.freeze(replica);
    await expect(lastValueFrom(send('one', key))).resolves.toMatchObject([
      { failed: { status: 'error', ...failure } },
    ]);
  });

  it('streams many values at once, and completes behind the barrier', async () => {
    const values = [`${key}:1`, `${key}:2`];
    await expect(lastValueFrom(send('many', key))).resolves.toEqual(values);
    await cluster.freeze(replica);
    await expect(lastValueFrom(send('many', key))).resolves.toMatchObject([
      ...values,
      { failed: { status: 'error', ...failure } },
    ]);
  });

  it('logs what an event handler failed with, since it has nobody to answer', async () => {
    await cluster.freeze(replica);
    await lastValueFrom(proxy.emit('happened', `${key}:event`), {
      defaultValue: undefined,
    });
    await expect.poll(loggedFailures).toHaveLength(1);
  });
});

describe('a WebSocket gateway', () => {
  const key = `${FROZEN}:ws`;

  async function ask(
    event: string,
    data: string,
    answers: number,
  ): Promise<unknown[]> {
    const received = firstValueFrom(
      fromEvent<{ data: string }>(socket, 'message').pipe(
        map((message) => JSON.parse(message.data) as unknown),
        take(answers),
        toArray(),
      ),
    );
    socket.send(JSON.stringify({ event, data }));
    return received;
  }

  it('answers when the writes are on the replica', async () => {
    await expect(ask('one', key, 1)).resolves.toEqual([
      { event: 'one', data: key },
    ]);
    await expect(replicated(key)).resolves.toBe(key);
  });

  it('sends an exception for programs to read when its replica is frozen', async () => {
    await cluster.freeze(replica);
    await expect(ask('one', key, 1)).resolves.toMatchObject([
      {
        event: 'exception',
        data: {
          status: 'error',
          ...failure,
          cause: { pattern: 'one', data: key },
        },
      },
    ]);
  });

  it('sends many values at once, and the exception behind them', async () => {
    const values = [
      { event: 'many', data: `${key}:1` },
      { event: 'many', data: `${key}:2` },
    ];
    await cluster.freeze(replica);
    await expect(ask('many', key, 3)).resolves.toMatchObject([
      ...values,
      { event: 'exception', data: failure },
    ]);
  });
});

describe('CQRS', () => {
  const key = `${FROZEN}:cqrs`;

  it('runs a command until its writes are on the replica', async () => {
    const commands = express.get(CommandBus);
    await expect(commands.execute(new Place(key))).resolves.toBe(key);
    await expect(replicated(key)).resolves.toBe(key);
    await cluster.freeze(replica);
    await expect(commands.execute(new Place(key))).rejects.toBeInstanceOf(
      ReplicationError,
    );
  });

  it('reports a failed event handler on the bus of unhandled exceptions', async () => {
    await cluster.freeze(replica);
    const failed = firstValueFrom(
      express.get<UnhandledExceptionBus>(UnhandledExceptionBus),
    ) as Promise<UnhandledExceptionInfo>;
    express.get(EventBus).publish(new Placed(key));
    const { exception } = await failed;
    expect(exception).toBeInstanceOf(ReplicationError);
  });

  it('lets a command and the events it publishes answer for themselves', async () => {
    await cluster.freeze(replica);
    const failed = firstValueFrom(
      express.get<UnhandledExceptionBus>(UnhandledExceptionBus),
    ) as Promise<UnhandledExceptionInfo>;
    const healthy = `${HEALTHY}:cqrs`;
    await expect(
      express.get(CommandBus).execute(new PlaceAndTell(healthy, key)),
    ).resolves.toBe(healthy);
    const { exception, cause } = await failed;
    expect(exception).toBeInstanceOf(ReplicationError);
    expect(cause).toBeInstanceOf(Placed);
  });
});

describe('schedules', () => {
  it('covers a cron job, whose failure Nest logs', async () => {
    const key = `${FROZEN}:cron`;
    express.get(JobKeys).nightly = key;
    const job = express.get(SchedulerRegistry).getCronJob(CRON_JOB);
    await job.fireOnTick();
    await expect(replicated(key)).resolves.toBe(key);
    expect(loggedFailures()).toEqual([]);
    await cluster.freeze(replica);
    await job.fireOnTick();
    expect(loggedFailures()).toHaveLength(1);
  });

  it('covers an interval, whose failure Nest logs', async () => {
    await cluster.freeze(replica);
    express.get(JobKeys).often = `${FROZEN}:interval`;
    await expect.poll(loggedFailures).toHaveLength(1);
  });
});
