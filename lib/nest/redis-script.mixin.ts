import { Injectable } from '@nestjs/common';
import type { RedisClusterClient } from '../client/redis-cluster-client.js';
import { Script, type ScriptOptions } from '../client/script.js';
import { InjectRedisCluster } from './redis-cluster.tokens.js';

/** A script as a provider; see {@link RedisScript}. @publicApi */
export interface RedisScriptOptions<
  Reply = unknown,
  Count extends number = number,
> extends ScriptOptions<Reply, Count> {
  /** The name of the cluster it runs on. @default the cluster without a name */
  readonly client?: string;
}

/** The class that {@link RedisScript} makes. @publicApi */
export type RedisScriptClass<Reply, Count extends number> = new (
  client: RedisClusterClient,
) => Script<Reply, Count>;

/**
 * A class to extend: a script that is provided and injected by its own class.
 *
 * @example
 * ```ts
 * export class TakeStock extends RedisScript({
 *   lua: "return redis.call('DECRBY', KEYS[1], ARGV[1])",
 *   numberOfKeys: 1,
 *   reply: Number,
 * }) {}
 *
 * @Injectable()
 * export class Orders {
 *   constructor(private readonly takeStock: TakeStock) {}
 *
 *   place(product: string, count: number): Promise<number> {
 *     return this.takeStock.run(`stock:${product}`, count);
 *   }
 * }
 *
 * @Module({ providers: [TakeStock, Orders] })
 * export class OrdersModule {}
 * ```
 *
 * @param options as for `RedisClusterClient.script`, and the name of the
 *   cluster where several are registered
 * @throws {ConfigurationError} (when Nest makes it) for options that make no sense
 * @publicApi
 */
export function RedisScript<
  Reply = unknown,
  const Count extends number = number,
>(options: RedisScriptOptions<Reply, Count>): RedisScriptClass<Reply, Count> {
  const { client: cluster, ...script } = options;
  @Injectable()
  class InjectableScript extends Script<Reply, Count> {
    constructor(@InjectRedisCluster(cluster) client: RedisClusterClient) {
      super(client, script);
    }
  }
  return InjectableScript;
}
