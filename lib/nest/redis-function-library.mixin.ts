import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { RedisClusterClient } from '../client/redis-cluster-client.js';
import {
  TypedFunctionLibrary,
  type FunctionLibraryOptions,
  type FunctionOptions,
} from '../client/function-library.js';
import { InjectRedisCluster } from './redis-cluster.tokens.js';

/** A library of functions as a provider; see {@link RedisFunctionLibrary}. @publicApi */
export interface RedisFunctionLibraryOptions<
  Functions extends Readonly<Record<string, FunctionOptions>>,
> extends FunctionLibraryOptions<Functions> {
  /** The name of the cluster it is loaded on. @default the cluster without a name */
  readonly client?: string;
  /**
   * Whether the boot of the application loads it on all primaries, and fails
   * where that fails. @default true
   */
  readonly loadAtBoot?: boolean;
}

/** The class that {@link RedisFunctionLibrary} makes. @publicApi */
export type RedisFunctionLibraryClass<
  Functions extends Readonly<Record<string, FunctionOptions>>,
> = new (client: RedisClusterClient) => TypedFunctionLibrary<Functions>;

/**
 * A class to extend: a library of functions that is provided and injected by its
 * own class, and loaded when the application boots (`onModuleInit`).
 *
 * @example
 * ```ts
 * export class Stock extends RedisFunctionLibrary({
 *   code: `#!lua name=stock
 *     redis.register_function('take', function(keys, args)
 *       return redis.call('DECRBY', keys[1], args[1])
 *     end)`,
 *   version: 1,
 *   functions: { take: { numberOfKeys: 1, reply: Number } },
 * }) {}
 * ```
 *
 * @param options as for `RedisClusterClient.functionLibrary`, the name of the
 *   cluster where several are registered, and whether it is loaded at boot
 * @throws {ConfigurationError} (when Nest makes it) for options that make no sense
 * @publicApi
 */
export function RedisFunctionLibrary<
  const Functions extends Readonly<Record<string, FunctionOptions>>,
>(
  options: RedisFunctionLibraryOptions<Functions>,
): RedisFunctionLibraryClass<Functions> {
  const { client: cluster, loadAtBoot = true, ...library } = options;
  @Injectable()
  class InjectableLibrary
    extends TypedFunctionLibrary<Functions>
    implements OnModuleInit
  {
    constructor(@InjectRedisCluster(cluster) client: RedisClusterClient) {
      super(client, library);
    }

    async onModuleInit(): Promise<void> {
      if (loadAtBoot) await this.load();
    }
  }
  return InjectableLibrary;
}
