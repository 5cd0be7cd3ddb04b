import type { RedisClusterClientOptions } from '../options/client-options.js';
import type { RedisClusterHealthOptions } from './redis-cluster-health-options.interface.js';

/**
 * What the boot does while the cluster cannot be used.
 *
 * - `wait`: keeps trying, with log lines, until `connectTimeoutMs` have passed
 *   in all; then the boot fails. Refused credentials fail it at once
 * - `fail`: the boot fails as soon as every node was asked once and none answered
 * - `lazy`: the boot does not connect; the first command does
 *
 * @publicApi
 */
export type BootPolicy = 'wait' | 'fail' | 'lazy';

/**
 * Options of one cluster: those of its client, and how it lives with the
 * application.
 *
 * @publicApi
 */
export interface RedisClusterModuleOptions extends Omit<
  RedisClusterClientOptions,
  'name'
> {
  /** What the boot does while the cluster cannot be used. @default 'wait' */
  readonly boot?: BootPolicy | undefined;
  /**
   * How long the shutdown waits for commands in flight before it closes the
   * connections under them, in milliseconds.
   *
   * @default 5_000
   */
  readonly drainMs?: number | undefined;
  /** What the health indicator of this cluster calls degraded and down. */
  readonly health?: RedisClusterHealthOptions | undefined;
}

/**
 * Options that are needed when the module is put together, before any provider
 * exists: for `forRootAsync` they stand beside the factory.
 *
 * @publicApi
 */
export interface RedisClusterModuleExtras {
  /** Whether other modules can inject the client without importing this one. @default true */
  isGlobal?: boolean | undefined;
  /**
   * Tells several clusters of one application apart: inject it by
   * `@InjectRedisCluster(name)`. The cluster without a name is injected by the
   * class `RedisClusterClient`.
   */
  name?: string | undefined;
}

/**
 * What a class given to `forRootAsync` as `useClass` or `useExisting` implements.
 *
 * @publicApi
 */
export interface RedisClusterOptionsFactory {
  /** Returns the options of the cluster, or a promise of them. */
  createRedisClusterOptions():
    RedisClusterModuleOptions | Promise<RedisClusterModuleOptions>;
}
