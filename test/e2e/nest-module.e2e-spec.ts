import {
  type BeforeApplicationShutdown,
  Injectable,
  Module,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  ConfigurationError,
  getRedisClusterHealthToken,
  getRedisClusterToken,
  InjectRedisCluster,
  InjectRedisClusterHealth,
  RedisClusterClient,
  RedisClusterHealthIndicator,
  RedisClusterModule,
  type RedisClusterModuleOptions,
  type RedisClusterOptionsFactory,
} from 'nest-redis-cluster';
import { LocalRedisCluster } from 'nest-redis-cluster/testing';
import { boot, close, lines, logs, watchBoots } from '../support/nest-boot.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

let cluster: LocalRedisCluster;

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({ replicas: 0 });
});

afterAll(async () => {
  await cluster.stop();
});

watchBoots();

describe('RedisClusterModule', () => {
  it('is global: a feature module injects the client by its class', async () => {
    @Injectable()
    class Service {
      constructor(
        readonly redis: RedisClusterClient,
        readonly health: RedisClusterHealthIndicator,
      ) {}
    }
    @Module({ providers: [Service] })
    class Feature {}

    const app = await boot([
      RedisClusterModule.forRoot(cluster.clientOptions),
      Feature,
    ]);
    const { redis, health } = app.get(Service, { strict: false });
    await redis.set('module:global', 'yes');
    await expect(redis.get('module:global')).resolves.toBe('yes');
    expect(health).toBeInstanceOf(RedisClusterHealthIndicator);
  });

  it('stays private with isGlobal: false', async () => {
    @Injectable()
    class Service {
      constructor(readonly redis: RedisClusterClient) {}
    }
    @Module({ providers: [Service] })
    class Feature {}

    await expect(
      boot([
        RedisClusterModule.forRoot({
          ...cluster.clientOptions,
          boot: 'lazy',
          isGlobal: false,
        }),
        Feature,
      ]),
    ).rejects.toThrow(/can't resolve dependencies of the Service/);
  });

  it('keeps named clusters apart, each with its own health indicator', async () => {
    @Injectable()
    class Service {
      constructor(
        readonly redis: RedisClusterClient,
        @InjectRedisCluster('orders') readonly orders: RedisClusterClient,
        @InjectRedisClusterHealth('orders')
        readonly health: RedisClusterHealthIndicator,
      ) {}
    }
    const app = await boot(
      [
        RedisClusterModule.forRoot(cluster.clientOptions),
        RedisClusterModule.forRoot({
          ...cluster.clientOptions,
          name: 'orders',
        }),
      ],
      [Service],
    );
    const { redis, orders, health } = app.get(Service);
    expect(orders).not.toBe(redis);
    expect([redis.name, orders.name]).toEqual([undefined, 'orders']);
    expect(app.get(getRedisClusterToken('orders'))).toBe(orders);
    expect(app.get(getRedisClusterHealthToken('orders'))).toBe(health);
    await orders.set('module:named', '1');
    await expect(redis.get('module:named')).resolves.toBe('1');
    expect(logs.warn).not.toHaveBeenCalled();
  });

  it('warns when one name is registered twice', async () => {
    const options = { ...cluster.clientOptions, boot: 'lazy' } as const;
    await boot([
      RedisClusterModule.forRoot({ ...options, name: 'twice' }),
      RedisClusterModule.forRoot({ ...options, name: 'twice' }),
    ]);
    expect(lines(logs.warn)).toEqual([
      expect.stringContaining("the cluster 'twice' is registered by more"),
    ]);
  });

  it('can be replaced by its public token in tests, and then connects nothing', async () => {
    const double = { close: vi.fn<() => Promise<void>>(async () => {}) };
    const app = await Test.createTestingModule({
      imports: [RedisClusterModule.forRoot({ nodes: ['127.0.0.1:1'] })],
    })
      .overrideProvider(RedisClusterClient)
      .useValue(double)
      .compile();
    await app.init();
    expect(app.get(RedisClusterClient)).toBe(double);
    await app.close();
    expect(double.close).toHaveBeenCalledTimes(1);
  });
});

describe('RedisClusterModule.forRootAsync', () => {
  @Injectable()
  class Settings implements RedisClusterOptionsFactory {
    createRedisClusterOptions(): Promise<RedisClusterModuleOptions> {
      return Promise.resolve(cluster.clientOptions);
    }
  }
  @Module({ providers: [Settings], exports: [Settings] })
  class SettingsModule {}

  it.each([
    [
      'useFactory with imports and inject',
      {
        imports: [SettingsModule],
        inject: [Settings],
        useFactory: (settings: Settings) =>
          settings.createRedisClusterOptions(),
      },
    ],
    ['useClass', { useClass: Settings }],
    [
      'useExisting with imports',
      { imports: [SettingsModule], useExisting: Settings },
    ],
    [
      'useFactory and a name',
      { name: 'async', useFactory: () => cluster.clientOptions },
    ],
  ])('takes %s', async (_, options) => {
    const app = await boot([RedisClusterModule.forRootAsync(options)]);
    const client = app.get<RedisClusterClient>(
      getRedisClusterToken('name' in options ? options.name : undefined),
    );
    await client.set('module:async', 'yes');
    await expect(client.get('module:async')).resolves.toBe('yes');
  });

  it.each([
    ['no source', {}],
    [
      'two sources',
      { useClass: Settings, useFactory: () => cluster.clientOptions },
    ],
  ])('refuses %s at once', (_, options) => {
    const register = () => RedisClusterModule.forRootAsync(options);
    expect(register).toThrow(ConfigurationError);
    expect(register).toThrow(/exactly one of useFactory, useClass/);
  });
});

describe('the life of the client', () => {
  it('is connected in every onModuleInit, usable in every shutdown hook, and closed once (conformance 146)', async () => {
    const seen: string[] = [];
    @Injectable()
    class User
      implements
        OnModuleInit,
        OnModuleDestroy,
        BeforeApplicationShutdown,
        OnApplicationShutdown
    {
      constructor(private readonly redis: RedisClusterClient) {}
      private async use(hook: string): Promise<void> {
        await this.redis.set(`module:hook:${hook}`, hook);
        seen.push((await this.redis.get(`module:hook:${hook}`)) ?? 'lost');
      }
      onModuleInit(): Promise<void> {
        return this.use('onModuleInit');
      }
      onModuleDestroy(): Promise<void> {
        return this.use('onModuleDestroy');
      }
      beforeApplicationShutdown(): Promise<void> {
        return this.use('beforeApplicationShutdown');
      }
      onApplicationShutdown(): Promise<void> {
        return this.use('onApplicationShutdown');
      }
    }
    const app = await boot(
      [RedisClusterModule.forRoot(cluster.clientOptions)],
      [User],
    );
    const client = app.get(RedisClusterClient);
    await close(app);
    expect(seen).toEqual([
      'onModuleInit',
      'onModuleDestroy',
      'beforeApplicationShutdown',
      'onApplicationShutdown',
    ]);
    await expect(client.get('module:hook')).rejects.toMatchObject({
      code: 'CLOSED',
    });
    expect(
      lines(logs.log).filter((line) => line === 'Closed the cluster'),
    ).toHaveLength(1);
  });

  it('answers commands in flight before it closes (conformance 139, 146)', async () => {
    const app = await boot([RedisClusterModule.forRoot(cluster.clientOptions)]);
    const client = app.get(RedisClusterClient);
    const writes = Array.from({ length: 200 }, (_, index) =>
      client.set(`module:drain:${index}`, index),
    );
    await close(app);
    await expect(Promise.all(writes)).resolves.toEqual(writes.map(() => 'OK'));
  });

  it('logs a failing close and lets the shutdown go on', async () => {
    const app = await boot([RedisClusterModule.forRoot(cluster.clientOptions)]);
    const client = app.get(RedisClusterClient);
    vi.spyOn(client, 'close').mockRejectedValue(new Error('stuck'));
    await expect(close(app)).resolves.toBeUndefined();
    client.destroy();
    expect(lines(logs.error)).toEqual(['Closing the cluster failed: stuck']);
  });
});
