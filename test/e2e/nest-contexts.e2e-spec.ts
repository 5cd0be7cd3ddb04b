import { Logger } from '@nestjs/common';
import { CommandBus, EventBus, UnhandledExceptionBus } from '@nestjs/cqrs';
import {
  FastifyAdapter,
  type NestFastifyApplication,
} from '@nestjs/platform-fastify';
import { WsAdapter } from '@nestjs/platform-ws';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import {
  EnsureReplication,
  RedisClusterClient,
  RedisClusterModule,
  ReplicationError,
} from 'nest-redis-cluster';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from 'nest-redis-cluster/testing';
import { firstValueFrom } from 'rxjs';
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
import {
  contextsOf,
  CRON_JOB,
  JobKeys,
  Place,
  PlaceAndTell,
  Placed,
} from '../support/nest-contexts.js';
import { Transports } from '../support/nest-transports.js';
import { FROZEN, HEALTHY } from '../support/replicated-app.js';

/** What is waited for in vain: a replica is frozen. */
const IN_VAIN_MS = 200;
const inVain = () => EnsureReplication(1, IN_VAIN_MS);
/** What comes for certain is waited for as long as a busy machine may take. */
const PATIENT_MS = 20_000;

/** The same methods over Express, with all transports, and over Fastify. */
interface Applications {
  readonly transports: Transports;
  readonly fastify: NestFastifyApplication;
}

let cluster: LocalRedisCluster;
let replica: LocalRedisNode;
/** Their writes are to be replicated within {@link PATIENT_MS}, in handlers of CQRS events within {@link IN_VAIN_MS}. */
let patient: Applications;
/** Their writes are to be replicated within {@link IN_VAIN_MS}: for those that are not. */
let hasty: Applications;
let error: MockInstance<Logger['error']>;

/** What says in every transport that the one replica did not acknowledge. */
const failure = {
  statusCode: 503,
  error: 'Service Unavailable',
  code: 'REPLICATION',
  required: 1,
  acknowledged: 0,
  timeoutMs: IN_VAIN_MS,
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

  patient = await openAll(
    contextsOf(() => EnsureReplication(1, PATIENT_MS), inVain),
  );
  hasty = await openAll(contextsOf(inVain));
});

async function openAll(
  contexts: ReturnType<typeof contextsOf>,
): Promise<Applications> {
  const metadata = {
    ...contexts,
    imports: [
      RedisClusterModule.forRoot(cluster.clientOptions),
      ...contexts.imports,
    ],
  };
  const transports = await Transports.open(metadata);
  const module = await Test.createTestingModule(metadata).compile();
  const fastify = module.createNestApplication<NestFastifyApplication>(
    new FastifyAdapter(),
  );
  fastify.useWebSocketAdapter(new WsAdapter(fastify));
  await fastify.init();
  await fastify.getHttpAdapter().getInstance().ready();
  return { transports, fastify };
}

beforeEach(() => {
  error = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
});

afterEach(async () => {
  vi.restoreAllMocks();
  if (replica.state === 'frozen') await cluster.resume(replica);
});

afterAll(async () => {
  await Promise.all(
    [patient, hasty].flatMap(({ transports, fastify }) => [
      transports[Symbol.asyncDispose](),
      fastify.close(),
    ]),
  );
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
  const server = ({ transports, fastify }: Applications) =>
    (platform === 'express' ? transports.app : fastify).getHttpServer();
  const key = `${FROZEN}:${platform}`;

  it('answers when the writes are on the replica', async () => {
    const one = await request(server(patient)).get(`/one/${key}`).expect(200);
    expect(one.text).toBe(key);
    await expect(replicated(key)).resolves.toBe(key);
    // HTTP answers with the last value, behind the completion
    const many = await request(server(patient)).get(`/many/${key}`).expect(200);
    expect(many.text).toBe(`${key}:2`);
    await expect(replicated(`${key}:2`)).resolves.toBe(`${key}:2`);
  });

  it.each(['one', 'many'])(
    'answers 503 for programs to read when its replica is frozen (%s)',
    async (path) => {
      await cluster.freeze(replica);
      const { body } = await request(server(hasty))
        .get(`/${path}/${key}`)
        .expect(503)
        .expect('content-type', /json/);
      expect(body).toMatchObject(failure);
    },
  );

  it.each(['composed', 'composed-below'])(
    'is one of several decorators in applyDecorators() (%s)',
    async (path) => {
      const put = (to: Applications) =>
        request(server(to)).put(`/${path}/${key}`);
      const { status, headers } = await put(patient);
      expect(status).toBe(202);
      expect(headers['x-composed']).toBe('yes');
      await cluster.freeze(replica);
      expect((await put(hasty)).status).toBe(503);
    },
  );

  it('can only log what it learns after the handler has answered by itself', async () => {
    await cluster.freeze(replica);
    await request(server(hasty))
      .get(`/answered/${key}`)
      .expect(200, 'too early');
    await expect.poll(loggedFailures).toHaveLength(1);
    await cluster.resume(replica);
    await request(server(patient)).get(`/one/${key}`).expect(200);
  });

  it('ends a stream of events by an error event', async () => {
    const { text } = await request(server(patient))
      .get(`/events/${key}`)
      .expect(200);
    expect(text).toContain(`data: ${key}:1\n`);
    expect(text).toContain(`data: ${key}:2\n`);
    expect(text).not.toContain('error');
    await cluster.freeze(replica);
    const failed = await request(server(hasty))
      .get(`/events/${key}`)
      .expect(200);
    expect(failed.text).toContain(`data: ${key}:2\n`);
    expect(failed.text).toMatch(/\nevent: error\n[^]*\n\n$/);
    expect(loggedFailures()).toHaveLength(1);
  });
});

describe('microservices', () => {
  const key = `${FROZEN}:rpc`;

  it('answers a message when its writes are on the replica', async () => {
    const { transports } = patient;
    await expect(transports.send('one', key)).resolves.toEqual([key]);
    await expect(replicated(key)).resolves.toBe(key);
  });

  it('answers a message by an error for programs to read when its replica is frozen', async () => {
    await cluster.freeze(replica);
    await expect(hasty.transports.send('one', key)).resolves.toMatchObject([
      { failed: { status: 'error', ...failure } },
    ]);
  });

  it('streams many values at once, and completes behind the barrier', async () => {
    const values = [`${key}:1`, `${key}:2`];
    await expect(patient.transports.send('many', key)).resolves.toEqual(values);
    await cluster.freeze(replica);
    await expect(hasty.transports.send('many', key)).resolves.toMatchObject([
      ...values,
      { failed: { status: 'error', ...failure } },
    ]);
  });

  it('logs what an event handler failed with, since it has nobody to answer', async () => {
    await cluster.freeze(replica);
    const { transports } = hasty;
    await transports.emit('happened', `${key}:event`);
    await expect.poll(loggedFailures).toHaveLength(1);
    await expect(
      transports.app.get(RedisClusterClient).get(`${key}:event`),
    ).resolves.toBe(`${key}:event`);
  });
});

describe('a WebSocket gateway', () => {
  const key = `${FROZEN}:ws`;

  it('answers when the writes are on the replica', async () => {
    await expect(patient.transports.ask('one', key)).resolves.toEqual([
      { event: 'one', data: key },
    ]);
    await expect(replicated(key)).resolves.toBe(key);
  });

  it('sends an exception for programs to read when its replica is frozen', async () => {
    await cluster.freeze(replica);
    await expect(hasty.transports.ask('one', key)).resolves.toMatchObject([
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
    await expect(hasty.transports.ask('many', key, 3)).resolves.toMatchObject([
      ...values,
      { event: 'exception', data: failure },
    ]);
  });
});

describe('CQRS', () => {
  const key = `${FROZEN}:cqrs`;

  it('runs a command until its writes are on the replica', async () => {
    const [commands, hastyOnes] = [patient, hasty].map(({ transports }) =>
      transports.app.get(CommandBus),
    );
    await expect(commands!.execute(new Place(key))).resolves.toBe(key);
    await expect(replicated(key)).resolves.toBe(key);
    await cluster.freeze(replica);
    await expect(hastyOnes!.execute(new Place(key))).rejects.toBeInstanceOf(
      ReplicationError,
    );
  });

  it('reports a failed event handler on the bus of unhandled exceptions', async () => {
    await cluster.freeze(replica);
    const { app } = hasty.transports;
    const failed = firstValueFrom(
      app.get<UnhandledExceptionBus>(UnhandledExceptionBus),
    );
    app.get(EventBus).publish(new Placed(key));
    const { exception } = await failed;
    expect(exception).toBeInstanceOf(ReplicationError);
  });

  it('lets a command and the events it publishes answer for themselves', async () => {
    await cluster.freeze(replica);
    // its commands are patient, its event handlers are not
    const { app } = patient.transports;
    const failed = firstValueFrom(
      app.get<UnhandledExceptionBus>(UnhandledExceptionBus),
    );
    const healthy = `${HEALTHY}:cqrs`;
    await expect(
      app.get(CommandBus).execute(new PlaceAndTell(healthy, key)),
    ).resolves.toBe(healthy);
    const { exception, cause } = await failed;
    expect(exception).toBeInstanceOf(ReplicationError);
    expect(cause).toBeInstanceOf(Placed);
  });
});

describe('schedules', () => {
  it('covers a cron job, whose failure Nest logs', async () => {
    const key = `${FROZEN}:cron`;
    const run = async ({ transports: { app } }: Applications) => {
      app.get(JobKeys).nightly = key;
      await app.get(SchedulerRegistry).getCronJob(CRON_JOB).fireOnTick();
    };
    await run(patient);
    await expect(replicated(key)).resolves.toBe(key);
    expect(loggedFailures()).toEqual([]);
    await cluster.freeze(replica);
    await run(hasty);
    expect(loggedFailures()).toHaveLength(1);
  });

  it('covers an interval, whose failure Nest logs', async () => {
    await cluster.freeze(replica);
    hasty.transports.app.get(JobKeys).often = `${FROZEN}:interval`;
    await expect.poll(loggedFailures).toHaveLength(1);
  });
});
