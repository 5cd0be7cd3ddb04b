import { type AddressInfo, createServer } from 'node:net';
import type { TestingModule } from '@nestjs/testing';
import {
  ClusterDownError,
  EnsureReplication,
  getRedisClusterToken,
  RedisClusterClient,
  RedisClusterModule,
  type RedisClusterModuleOptions,
} from 'nest-redis-cluster';
import { LocalRedisCluster } from 'nest-redis-cluster/testing';
import {
  boot as bootModules,
  close,
  lines,
  logs,
  watchBoots,
} from '../support/nest-boot.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let cluster: LocalRedisCluster;

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({
    replicas: 0,
    users: [{ name: 'app', password: 'right' }],
  });
});

afterAll(async () => {
  await cluster.stop();
});

watchBoots();

function boot(
  options: RedisClusterModuleOptions & { name?: string },
): Promise<TestingModule> {
  return bootModules([RedisClusterModule.forRoot(options)]);
}

/** What a boot with these options fails with. */
async function failedBoot(options: RedisClusterModuleOptions): Promise<Error> {
  const booted = boot(options);
  const error: unknown = await booted.then(
    () => new Error('The boot succeeded'),
    (reason: unknown) => reason,
  );
  return error as Error;
}

/** A port of the loopback interface on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('the boot', () => {
  it("'lazy' does not connect, and the first command does", async () => {
    const app = await boot({ ...cluster.clientOptions, boot: 'lazy' });
    expect(lines(logs.log)).not.toContainEqual(
      expect.stringContaining('Connected'),
    );
    await expect(
      app.get(RedisClusterClient).get('module:lazy'),
    ).resolves.toBeNull();
  });

  it("'lazy' boots and closes without any server", async () => {
    const app = await boot({
      nodes: [`127.0.0.1:${await closedPort()}`],
      boot: 'lazy',
    });
    await expect(close(app)).resolves.toBeUndefined();
  });

  it("'fail' fails with the first attempt", async () => {
    const node = `127.0.0.1:${await closedPort()}`;
    const start = performance.now();
    const error = await failedBoot({ nodes: [node], boot: 'fail' });
    // not after the 30 s that connecting may take
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(error).toBeInstanceOf(ClusterDownError);
    expect(error.message).toContain(node);
    expect(error.cause).toBeInstanceOf(AggregateError);
    expect(lines(logs.warn)).toEqual([]);
  });

  it("'wait' says that it waits, and fails when connectTimeoutMs have passed", async () => {
    const node = `127.0.0.1:${await closedPort()}`;
    const start = performance.now();
    const error = await failedBoot({ nodes: [node], connectTimeoutMs: 3_000 });
    const elapsed = performance.now() - start;
    expect(error).toBeInstanceOf(ClusterDownError);
    expect(error.message).toContain(node);
    expect(elapsed).toBeGreaterThan(2_900);
    // not the 30 s that are the default
    expect(elapsed).toBeLessThan(10_000);
    expect(lines(logs.warn)).toEqual([
      expect.stringMatching(
        /Not connected to the cluster yet .* for [1-3] s more/,
      ),
    ]);
    expect(lines(logs.error)).toEqual([
      expect.stringContaining('Could not connect to the cluster: '),
    ]);
  });

  it("'wait' does not wait for refused credentials to become right", async () => {
    const start = performance.now();
    const error = await failedBoot({
      ...cluster.clientOptions,
      password: 'wrong',
    });
    // not after the 30 s that connecting may take
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(error).toMatchObject({ code: 'CONNECTION' });
  });

  it("'wait' goes on when the cluster comes up meanwhile", async () => {
    await using late = await LocalRedisCluster.start({ replicas: 0 });
    await Promise.all(late.nodes.map((node) => late.kill(node)));
    const booting = boot({
      ...late.clientOptions,
      name: 'late',
      connectTimeoutMs: 100_000,
    });
    await Promise.all(late.nodes.map((node) => late.restart(node)));
    const app = await booting;
    const client = app.get<RedisClusterClient>(getRedisClusterToken('late'));
    await expect(client.set('module:late', '1')).resolves.toBe('OK');
  });

  it('warns of methods that require more replicas than any shard has', async () => {
    class Orders {
      @EnsureReplication(2, 100, { client: 'thin' })
      async place(): Promise<void> {}

      @EnsureReplication('all', 100, { client: 'thin' })
      async placeOnAll(): Promise<void> {}

      @EnsureReplication(2, 100, { client: 'another' })
      async elsewhere(): Promise<void> {}
    }
    await boot({ ...cluster.clientOptions, name: 'thin' });
    const warnings = lines(logs.warn).filter((line) =>
      line.startsWith(Orders.name),
    );
    expect(warnings).toEqual([
      expect.stringMatching(
        /^Orders\.place: @EnsureReplication requires 2 replicas, but no shard of the cluster 'thin' has more than 0: .* Add replicas, or require fewer/,
      ),
    ]);
  });

  it.each([
    ['a boot policy', { boot: 'never' }, /boot must be/],
    ['a drain time', { drainMs: -1 }, /drainMs must be/],
    ['an option', { node: [] }, /Unknown option 'node'/],
  ])('refuses %s it does not know', async (_, option: object, message) => {
    await expect(boot({ ...cluster.clientOptions, ...option })).rejects.toThrow(
      message,
    );
  });
});
