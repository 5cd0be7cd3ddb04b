import {
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { RedisClusterClient } from '../client/redis-cluster-client.js';
import { ConfigurationError } from '../errors/configuration-error.js';
import type { RedisClusterModuleOptions } from './redis-cluster-module-options.interface.js';
import {
  CLUSTER_NAME,
  DEFAULT_DRAIN_MS,
  MODULE_CLIENT,
} from './redis-cluster.constants.js';
import {
  alreadyRegistered,
  closed,
  closeFailed,
  NO_ASYNC_SOURCE,
} from './redis-cluster.messages.js';
import {
  type ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
  type OPTIONS_TYPE,
} from './redis-cluster.module-definition.js';
import { getRedisClusterToken } from './redis-cluster.tokens.js';

/**
 * Makes the client of a Redis or Valkey Cluster injectable.
 *
 * The client is connected before any `onModuleInit` runs, and closed after
 * every `onApplicationShutdown` of the application: commands in flight are
 * answered first, for at most `drainMs`.
 *
 * @publicApi
 */
@Module({})
export class RedisClusterModule
  extends ConfigurableModuleClass
  implements OnModuleInit, OnApplicationShutdown
{
  private readonly logger = new Logger(RedisClusterModule.name);

  constructor(
    @Inject(MODULE_OPTIONS_TOKEN)
    private readonly options: RedisClusterModuleOptions,
    @Inject(CLUSTER_NAME) private readonly name: string,
    @Inject(MODULE_CLIENT) private readonly client: RedisClusterClient,
    private readonly modules: ModulesContainer,
  ) {
    super();
  }

  /**
   * Registers a cluster whose options are known now. Call it once per cluster;
   * several clusters get a `name` each.
   *
   * @example
   * ```ts
   * RedisClusterModule.forRoot({ nodes: ['redis://127.0.0.1:7000'] })
   * ```
   *
   * @param options the client's options, `boot`, `drainMs`, `health`, `isGlobal` and `name`
   */
  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    return super.forRoot(options);
  }

  /**
   * Registers a cluster whose options come from other providers.
   *
   * @example
   * ```ts
   * RedisClusterModule.forRootAsync({
   *   inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({
   *     nodes: config.getOrThrow<string>('REDIS_NODES').split(','),
   *   }),
   * })
   * ```
   *
   * @param options exactly one of `useFactory` (with `inject`), `useClass` and
   * `useExisting` (classes that implement {@link RedisClusterOptionsFactory});
   * `imports`, `isGlobal` and `name`
   * @throws {@link ConfigurationError} when none or several of them are given
   */
  static override forRootAsync(
    options: typeof ASYNC_OPTIONS_TYPE,
  ): DynamicModule {
    const sources = [options.useFactory, options.useClass, options.useExisting];
    if (sources.filter((source) => source !== undefined).length !== 1) {
      throw new ConfigurationError(NO_ASYNC_SOURCE);
    }
    return super.forRootAsync(options);
  }

  /** @internal */
  onModuleInit(): void {
    const token = getRedisClusterToken(this.name);
    const registrations = [...this.modules.values()].filter(
      (module) =>
        module.metatype === RedisClusterModule && module.providers.has(token),
    );
    // said by the first of them only
    const first: unknown = registrations[0]?.instance;
    if (registrations.length > 1 && first === this) {
      this.logger.warn(alreadyRegistered(this.name));
    }
  }

  /**
   * Nest disposes of servers before this hook and calls it last on global
   * modules, so that requests in flight and other modules' hooks still have
   * the client.
   *
   * @internal
   */
  async onApplicationShutdown(): Promise<void> {
    try {
      await this.client.close({
        drainMs: this.options.drainMs ?? DEFAULT_DRAIN_MS,
      });
      this.logger.log(closed(this.name));
    } catch (error) {
      this.logger.error(
        closeFailed(
          this.name,
          error instanceof Error ? error.message : String(error),
        ),
        error instanceof Error ? error.stack : undefined,
      );
    }
  }
}
