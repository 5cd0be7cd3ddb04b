import { randomUUID } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import { type INestApplication, Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  RedisClusterClient,
  RedisClusterHealthIndicator,
} from 'nest-redis-cluster';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from 'nest-redis-cluster/testing';
import { filter, firstValueFrom } from 'rxjs';
import request, { type Response } from 'supertest';
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
import { withNodeTimeout } from '../support/node-timeout.js';
import { AppModule } from '../../sample-app/src/app.module.js';

let cluster: LocalRedisCluster;
let app: INestApplication;
let url: string;
let closed = false;

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({ nodeTimeoutMs: 4_000 });
  vi.stubEnv('REDIS_CLUSTER_NODES', cluster.seeds.join(','));
  const module = await Test.createTestingModule({
    imports: [AppModule],
  }).compile();
  app = module.createNestApplication();
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});

beforeEach(() => {
  vi.spyOn(Logger.prototype, 'error').mockReturnValue();
});

afterEach(() => {
  vi.restoreAllMocks();
});

afterAll(async () => {
  if (!closed) await app.close();
  await cluster.stop();
  vi.unstubAllEnvs();
});

function reserve(
  seat: string,
  wish: { id?: string; customer?: string; event?: string } = {},
): Promise<Response> {
  const { id = randomUUID(), customer = 'ann', event = 'low-tide' } = wish;
  return request(url)
    .put(`/reservations/${id}`)
    .send({ event, seat, customer })
    .then((response) => response);
}

/** {@link reserve}, repeated as its advice says while no replica has it in time: the machine may be busy. */
async function reserved(
  seat: string,
  wish: Parameters<typeof reserve>[1] = {},
): Promise<Response> {
  const id = wish.id ?? randomUUID();
  let answer = await reserve(seat, { ...wish, id });
  while (answer.status === 503) answer = await reserve(seat, { ...wish, id });
  return answer;
}

async function seatsOf(event: string): Promise<Record<string, string>> {
  const { body } = await request(url).get(`/events/${event}`).expect(200);
  return (body as { reserved: Record<string, string> }).reserved;
}

/** The primary that holds an event's seats, and its replica. */
async function holdersOf(
  event: string,
): Promise<{ primary: LocalRedisNode; replica: LocalRedisNode }> {
  const primary = await cluster.primaryOf(`event:{${event}}:seats`);
  const [replica] = await cluster.replicasOf(primary);
  return { primary, replica: replica! };
}

describe('the ticket office', () => {
  it('lists the events with what is sold, from keys of all shards', async () => {
    await reserve('A1', { event: 'night-shift' });
    const { body } = await request(url).get('/events').expect(200);
    expect(body).toHaveLength(4);
    expect(body).toContainEqual(
      expect.objectContaining({ id: 'night-shift', seats: 40, sold: 1 }),
    );
  });

  it('reserves a seat, and answers the same request again the same way', async () => {
    const id = randomUUID();
    const first = await reserved('A2', { id, customer: 'bea' });
    const second = await reserved('A2', { id, customer: 'bea' });
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.body).toEqual(first.body);
    const list = await request(url).get('/customers/bea/reservations');
    expect(list.body).toEqual([first.body]);
  });

  it('sells a seat once to fifty who want it at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => reserved('A3')),
    );
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(49);
    expect((await seatsOf('low-tide'))['A3']).toBe(won[0]?.body.id);
  });

  it.each([
    ['another seat under a used id', 409, 'A5'],
    ['a seat that does not exist', 400, 'Z99'],
  ])('refuses %s', async (_, status, seat) => {
    const id = randomUUID();
    if (status === 409) await reserve('A4', { id });
    expect((await reserved(seat, { id })).status).toBe(status);
  });

  it('refuses events, ids and bodies that make no sense', async () => {
    expect((await reserve('A1', { event: 'none' })).status).toBe(404);
    expect((await reserve('A1', { id: 'none' })).status).toBe(400);
    expect((await reserve('A1', { customer: '' })).status).toBe(400);
    await request(url).get(`/reservations/${randomUUID()}`).expect(404);
  });

  it('answers 503 with the acknowledged count while no replica can have the seat, and 200 on repeating it after', async () => {
    const { replica } = await holdersOf('low-tide');
    const id = randomUUID();
    await cluster.freeze(replica);
    const failed = await reserve('A6', { id });
    await cluster.resume(replica);
    expect(failed.status).toBe(503);
    expect(failed.body).toMatchObject({
      code: 'REPLICATION',
      required: 1,
      acknowledged: 0,
      applied: 'yes',
    });
    expect(failed.body.advice).toContain('may stand');
    expect((await seatsOf('low-tide'))['A6']).toBe(id);
    expect((await reserved('A6', { id })).status).toBe(200);
  });

  it('serves its page', async () => {
    const { text } = await request(url)
      .get('/')
      .expect(200)
      .expect('content-type', /text\/html/);
    expect(text).toContain('<title>Ticket office</title>');
  });
});

describe('the stream of topology and health', () => {
  it('begins with both, and lets go of the checks when its reader leaves', async () => {
    const health = app.get(RedisClusterHealthIndicator);
    const stream = await openStream();
    const text = await readUntil(stream, /event: health\n/);
    expect(text).toContain('event: topology\n');
    const check = vi.spyOn(health, 'check');
    await expect.poll(() => check.mock.calls.length).toBeGreaterThan(0);
    stream.destroy();
    // more than a period passes without a check once nobody looks
    await expect
      .poll(async () => {
        const before = check.mock.calls.length;
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        return check.mock.calls.length - before;
      })
      .toBe(0);
  });
});

describe('after kill -9 of the primary that holds it', () => {
  it('a reservation is there once the replica is promoted, and the application was never restarted', async () => {
    const client = app.get(RedisClusterClient);
    const id = randomUUID();
    const sold = await reserved('C1', { id, customer: 'cleo' });
    expect(sold.status).toBe(200);
    const { primary, replica } = await holdersOf('low-tide');
    await withNodeTimeout(cluster, 1_000, async () => {
      await cluster.kill(primary);
      await firstValueFrom(
        client.topology$.pipe(
          filter(({ shards }) =>
            shards.some((shard) => shard.primary.address === replica.address),
          ),
        ),
      );
    });
    expect((await seatsOf('low-tide'))['C1']).toBe(id);
    const list = await request(url).get('/customers/cleo/reservations');
    expect(list.body).toEqual([sold.body]);
    // a primary that has not heard of the promotion yet still calls the cluster down
    await expect
      .poll(async () => (await request(url).get('/health')).body as unknown, {
        interval: 100,
      })
      .toMatchObject({
        status: 'degraded',
        info: { redis: { clusterStatus: 'degraded' } },
      });
    await cluster.restart(primary);
    await cluster.waitUntilStable();
    expect((await reserved('C2')).status).toBe(200);
  });
});

describe('closing', () => {
  it('ends open streams and the client, and does not wait for readers', async () => {
    const client = app.get(RedisClusterClient);
    const stream = await openStream();
    await readUntil(stream, /event: topology\n/);
    const ended = new Promise((resolve) => stream.once('end', resolve));
    closed = true;
    await app.close();
    await ended;
    await expect(client.get('closed')).rejects.toMatchObject({
      code: 'CLOSED',
    });
  });
});

function openStream(): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(`${url}/cluster/stream`, { agent: false }, resolve).on('error', reject);
  });
}

function readUntil(stream: IncomingMessage, wanted: RegExp): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (wanted.test(text)) resolve(text);
    });
  });
}
