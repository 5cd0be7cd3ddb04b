import { Logger } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import {
  EnsurePersistence,
  RedisClusterClient,
  RedisClusterModule,
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
  describe,
  expect,
  it,
  vi,
} from 'vitest';
import { contextsOf, Place } from '../support/nest-contexts.js';
import { Transports } from '../support/nest-transports.js';
import { FROZEN } from '../support/replicated-app.js';

/** Long enough for a disk that is synced with each write, also on a slow and busy machine. */
const TIMEOUT_MS = 10_000;

let cluster: LocalRedisCluster;
let replica: LocalRedisNode;
let transports: Transports;
/** Redis 7.0 does not know WAITAOF: there, it is the refusal that is shown. */
let supported: boolean;

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({
    args: ['--appendonly', 'yes', '--appendfsync', 'always'],
    // freezing a replica for a moment is no failure
    nodeTimeoutMs: 30_000,
  });
  const primary = await cluster.primaryOf(FROZEN);
  [replica] = (await cluster.replicasOf(primary)) as [LocalRedisNode];
  supported = !String(
    await primary.command('WAITAOF').catch((error: Error) => error.message),
  ).includes('unknown command');
  if (supported) {
    // a new append-only file is written in the background first, and acknowledged behind that
    await primary.command('SET', FROZEN, 'on disk');
    await primary.command('WAITAOF', 1, 1, 50_000);
    await primary.command('DEL', FROZEN);
  }
  // from the start: where the servers cannot do it, the interval fails at once
  vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
  vi.spyOn(Logger.prototype, 'error').mockReturnValue();
  const contexts = contextsOf(() =>
    EnsurePersistence({ replicas: 1, timeoutMs: TIMEOUT_MS }),
  );
  transports = await Transports.open({
    ...contexts,
    imports: [
      RedisClusterModule.forRoot(cluster.clientOptions),
      ...contexts.imports,
    ],
  });
});

afterEach(async () => {
  if (replica.state === 'frozen') await cluster.resume(replica);
});

afterAll(async () => {
  await transports[Symbol.asyncDispose]();
  await cluster.stop();
  vi.restoreAllMocks();
});

/** All that the caller gets, as JSON, in every transport. */
const callers: Record<string, (key: string) => Promise<string>> = {
  'an HTTP handler': async (key) =>
    (await request(transports.app.getHttpServer()).get(`/one/${key}`)).text,
  'a message handler that returns an Observable': async (key) =>
    JSON.stringify((await transports.send('many', key)).at(-1)),
  'a gateway': async (key) => JSON.stringify(await transports.ask('one', key)),
  'a command handler': (key) =>
    transports.app
      .get(CommandBus)
      .execute(new Place(key))
      .catch((error: unknown) => JSON.stringify(error)),
};

const keyOf = (caller: string): string =>
  `${FROZEN}:${caller.replaceAll(' ', '-')}`;

async function expectRefusal(answer: string, key: string): Promise<void> {
  expect(answer).toMatch(/error|CONFIGURATION/i);
  const redis = transports.app.get(RedisClusterClient);
  await expect(redis.exists(key, `${key}:1`)).resolves.toBe(0);
}

describe('@EnsurePersistence', () => {
  it.each(Object.entries(callers))(
    'holds for %s; where the servers cannot do it, the method is not called',
    async (name, call) => {
      const key = keyOf(name);
      const answer = await call(key);
      if (!supported) return expectRefusal(answer, key);
      expect(answer).toContain(key);
      expect(answer).not.toContain('PERSISTENCE');
    },
  );

  it('tells every caller that a frozen replica has it on no disk', async () => {
    if (!supported) return;
    await cluster.freeze(replica);
    // all at once: the time passes for each of them
    const answers = await Promise.all(
      Object.entries(callers).map(async ([name, call]) => [
        name,
        await call(keyOf(name)),
      ]),
    );
    const refused = expect.stringContaining('"code":"PERSISTENCE"') as string;
    expect(Object.fromEntries(answers)).toEqual(
      Object.fromEntries(Object.keys(callers).map((name) => [name, refused])),
    );
  });
});
