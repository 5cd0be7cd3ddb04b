import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type INestApplication, Logger } from '@nestjs/common';
import {
  RedisClusterClient,
  RedisClusterHealthIndicator,
  ReplicationError,
} from 'nest-redis-cluster';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from 'nest-redis-cluster/testing';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Document, ROOT, type CodeBlock } from '../support/documents.js';

const readme = new Document('README.md');
let folder: string;
let cluster: LocalRedisCluster;

beforeAll(async () => {
  // no replica takes over from a primary that is only busy
  cluster = await LocalRedisCluster.start({ nodeTimeoutMs: 15_000 });
  // inside the repository: the imports of an excerpt resolve from its place
  folder = await mkdtemp(join(ROOT, 'test/e2e/.readme-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await cluster.stop();
});

/** Runs an excerpt as a module of its own; what it declares by these names is exported. */
async function run<T>(text: string, ...names: string[]): Promise<T> {
  const file = join(
    folder,
    `excerpt-${Math.random().toString(36).slice(2)}.ts`,
  );
  await writeFile(file, `${text}\nexport { ${names.join(', ')} };\n`);
  return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as T;
}

function blockWith(text: string): CodeBlock {
  const found = readme.blocks.filter((block) => block.text.includes(text));
  expect(found).toHaveLength(1);
  return found[0]!;
}

describe('the quick start of the README', () => {
  let app: INestApplication;

  beforeAll(async () => {
    const { text } = blockWith('@EnsureReplication(1, 200)');
    vi.stubEnv('REDIS_NODES', cluster.seeds.join(','));
    vi.stubEnv('PORT', '0');
    // a replica may take longer on a machine that is busy
    const patient = text.replace('(1, 200)', '(1, 6_000)');
    ({ app } = await run<{ app: INestApplication }>(patient, 'app'));
  });

  afterAll(async () => {
    await app.close();
    vi.unstubAllEnvs();
  });

  it('is a page long', () => {
    const block = readme.blocks.find(({ marks }) => marks.has('quick start'))!;
    expect(block.text.split('\n').length).toBeLessThan(40);
  });

  it('keeps greetings on replicas, and lists those of every shard', async () => {
    const server = app.getHttpServer() as Parameters<typeof request>[0];
    const names = Array.from({ length: 20 }, (_, index) => `guest-${index}`);
    for (const name of names) {
      await request(server).put(`/greetings/${name}/hello`).expect(200);
    }
    const { body } = await request(server).get('/greetings').expect(200);
    expect((body as string[]).sort()).toEqual(
      names.map((name) => `greeting:${name}`).sort(),
    );
    const counts = await Promise.all(
      (await cluster.primaries()).map((node) =>
        cluster.command(node, 'DBSIZE'),
      ),
    );
    expect(counts.every((count) => Number(count) > 0)).toBe(true);
  });

  it('answers no greeting that is on no replica', async () => {
    const server = app.getHttpServer() as Parameters<typeof request>[0];
    const primary = await cluster.primaryOf('greeting:ann');
    const [replica] = await cluster.replicasOf(primary);
    await cluster.freeze(replica!);
    try {
      const logged = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
      await request(server).put('/greetings/ann/hello').expect(500);
      expect(logged.mock.calls.flat()).toContainEqual(
        expect.any(ReplicationError),
      );
      logged.mockRestore();
    } finally {
      await cluster.resume(replica!);
      await cluster.waitUntilStable();
    }
  });
});

describe('the client of the README', () => {
  it('works without Nest', async () => {
    const [seed] = cluster.seeds;
    const block = blockWith("client.set('seat:12'");
    const { seat } = await run<{ seat: string | null }>(
      block.text.replace('redis://127.0.0.1:7000', seed!),
      'seat',
    );
    expect(seat).toBe('ann');
  });
});

describe('the testing example of the README', () => {
  it('survives the primary that it kills', async () => {
    const log = vi.spyOn(console, 'log').mockReturnValue();
    try {
      await run(blockWith('cluster.kill(primary)').text, 'primary');
      expect(log).toHaveBeenCalledWith('value');
    } finally {
      log.mockRestore();
    }
  });
});

describe('the migration of docs/testing.md', () => {
  it('stops half-way, where the client follows ASK', async () => {
    const { text } = new Document('docs/testing.md').blocks.find((block) =>
      block.text.includes('stopHalfway'),
    )!;
    const client = new RedisClusterClient(cluster.clientOptions);
    await client.set('key', 'on the move');
    const log = vi.spyOn(console, 'log').mockReturnValue();
    vi.stubGlobal('given', { client, cluster });
    try {
      const { source, target } = await run<Record<string, LocalRedisNode>>(
        `const { client, cluster } = given;\n${text}`,
        'source',
        'target',
      );
      expect(log).toHaveBeenCalledWith('on the move');
      expect(await cluster.primaryOf('key')).toBe(target);
      expect(source).not.toBe(target);
    } finally {
      vi.unstubAllGlobals();
      log.mockRestore();
      await client.close();
    }
  });
});

describe('what the README says of commands', () => {
  it('holds', async () => {
    const client = new RedisClusterClient(cluster.clientOptions);
    await cluster.flush();
    expect(await client.mset({ a: 1, b: 2, c: 3 })).toBe('OK');
    expect(await client.mget('a', 'none', 'c', 'a')).toEqual([
      '1',
      null,
      '3',
      '1',
    ]);
    expect(await client.exists('a', 'a', 'b', 'none')).toBe(3);
    expect((await client.keys()).sort()).toEqual(['a', 'b', 'c']);
    expect(await client.del(['a', 'b', 'none'])).toBe(2);
    expect(await client.dbsize()).toBe(1);
    expect(await client.randomkey()).toBe('c');
    expect(await client.scriptLoad('return 1')).toMatch(/^[0-9a-f]{40}$/);
    expect(await client.ping()).toBe('PONG');
    const info = (await client.call('INFO', 'server')) as object;
    expect(Object.keys(info).sort()).toEqual(
      (await cluster.primaries()).map(({ address }) => address).sort(),
    );
    for (const refused of ['MULTI', 'WATCH', 'SUBSCRIBE', 'WAIT', 'SELECT']) {
      await expect(client.call(refused, '1')).rejects.toMatchObject({
        code: 'CONFIGURATION',
      });
    }
    await expect(client.rename('a', 'b')).rejects.toMatchObject({
      code: 'CROSS_SLOT',
    });
    await expect(
      client.with({ nonAtomicCrossSlot: false }).del('a', 'b'),
    ).rejects.toMatchObject({ code: 'CROSS_SLOT', keys: ['a', 'b'] });
    await client.close();
  });

  it('holds for a replica too few: the write stays', async () => {
    const client = new RedisClusterClient(cluster.clientOptions);
    const failed = client.ensureReplication(2, 4_000, () =>
      client.set('k', 'v'),
    );
    await expect(failed).rejects.toBeInstanceOf(ReplicationError);
    await expect(failed).rejects.toMatchObject({
      required: 2,
      acknowledged: 1,
      shards: [{ applied: 'yes', proof: 'marker' }],
    });
    expect(await client.get('k')).toBe('v');
    await client.close();
  });
});

describe('the health of the README', () => {
  it('is shaped as the indicator gives it', async () => {
    const client = new RedisClusterClient(cluster.clientOptions);
    const real = await new RedisClusterHealthIndicator(client).isHealthy(
      'redis',
    );
    const shown = JSON.parse(
      blockWith('"clusterStatus": "up"').text,
    ) as unknown;
    expect(shapeOf(shown)).toEqual(shapeOf(real));
    expect(shapeOf(shown)).toMatchObject({ redis: { shards: {} } });
    await client.close();
  });
});

/** The names and types of everything inside; of an array its first element stands for all. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return { '0': shapeOf(value[0]) };
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)]),
  );
}
