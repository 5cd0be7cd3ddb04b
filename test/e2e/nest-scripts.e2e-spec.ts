import { Injectable, Module } from '@nestjs/common';
import {
  ConfigurationError,
  RedisClusterClient,
  RedisClusterModule,
  RedisFunctionLibrary,
  RedisScript,
  Script,
  TypedFunctionLibrary,
} from 'nest-redis-cluster';
import { LocalRedisCluster } from 'nest-redis-cluster/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, watchBoots } from '../support/nest-boot.js';

class TakeStock extends RedisScript({
  lua: "return redis.call('DECRBY', KEYS[1], ARGV[1])",
  numberOfKeys: 1,
  reply: Number,
}) {}

class TakeOrders extends RedisScript({
  lua: "return redis.call('DECRBY', KEYS[1], ARGV[1])",
  numberOfKeys: 1,
  reply: Number,
  client: 'orders',
}) {}

const CODE = `#!lua name=shelf
redis.register_function('put', function(keys, args)
  return redis.call('INCRBY', keys[1], args[1])
end)`;

class Shelf extends RedisFunctionLibrary({
  code: CODE,
  functions: { put: { numberOfKeys: 1, reply: Number } },
}) {}

@Injectable()
class Shop {
  constructor(
    readonly takeStock: TakeStock,
    readonly shelf: Shelf,
  ) {}

  sell(product: string, count: number): Promise<number> {
    return this.takeStock.run(product, count);
  }
}

@Module({ providers: [TakeStock, Shelf, Shop] })
class ShopModule {}

let cluster: LocalRedisCluster;

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({ replicas: 0 });
});

afterAll(async () => {
  await cluster.stop();
});

watchBoots();

describe('RedisScript', () => {
  it('makes a provider that is injected by its class, with the types of the script', async () => {
    const app = await boot([
      RedisClusterModule.forRoot(cluster.clientOptions),
      ShopModule,
    ]);
    const shop = app.get(Shop, { strict: false });
    expect(shop.takeStock).toBeInstanceOf(TakeStock);
    expect(shop.takeStock).toBeInstanceOf(Script);
    const client = app.get(RedisClusterClient);
    await client.set('apples', 5);
    expect(await shop.sell('apples', 2)).toBe(3);
    const view = client.with({ timeoutMs: 20_000 });
    expect(await shop.takeStock.on(view).run('apples', 1)).toBe(2);
  });

  it('runs on the cluster it names', async () => {
    const app = await boot(
      [
        RedisClusterModule.forRoot({
          ...cluster.clientOptions,
          keyPrefix: 'main:',
        }),
        RedisClusterModule.forRoot({
          ...cluster.clientOptions,
          keyPrefix: 'orders:',
          name: 'orders',
        }),
      ],
      [TakeStock, TakeOrders],
    );
    expect(await app.get(TakeStock).run('pears', 1)).toBe(-1);
    expect(await app.get(TakeOrders).run('pears', 10)).toBe(-10);
  });

  it('refuses options that make no sense when the application boots', async () => {
    class Broken extends RedisScript({ lua: '' }) {}
    await expect(
      boot([RedisClusterModule.forRoot(cluster.clientOptions)], [Broken]),
    ).rejects.toBeInstanceOf(ConfigurationError);
  });
});

describe('RedisFunctionLibrary', () => {
  it('is loaded on all primaries when the application boots', async () => {
    const app = await boot([
      RedisClusterModule.forRoot(cluster.clientOptions),
      ShopModule,
    ]);
    const { shelf } = app.get(Shop, { strict: false });
    expect(shelf).toBeInstanceOf(TypedFunctionLibrary);
    expect(Object.values(await shelf.verify())).toEqual([
      'current',
      'current',
      'current',
    ]);
    expect(await shelf.call('put', 'plums', 4)).toBe(4);
  });

  it('fails the boot where other code has its name', async () => {
    class Other extends RedisFunctionLibrary({
      code: `${CODE}\n-- other`,
      functions: {},
    }) {}
    const forRoot = RedisClusterModule.forRoot(cluster.clientOptions);
    await boot([forRoot], [Shelf]);
    await expect(boot([forRoot], [Other])).rejects.toThrow(
      /other code under the name shelf/,
    );
  });

  it('is left alone by the boot with loadAtBoot: false', async () => {
    class Later extends RedisFunctionLibrary({
      code: "#!lua name=later\nredis.register_function('later', function() return 1 end)",
      functions: { later: { numberOfKeys: 1, readOnly: false } },
      loadAtBoot: false,
    }) {}
    const app = await boot(
      [RedisClusterModule.forRoot(cluster.clientOptions)],
      [Later],
    );
    expect(Object.values(await app.get(Later).verify())).toEqual([
      'missing',
      'missing',
      'missing',
    ]);
  });
});
