import { Inject, type InjectionToken } from '@nestjs/common';
import { RedisClusterClient } from '../client/redis-cluster-client.js';
import { RedisClusterHealthIndicator } from './redis-cluster-health.indicator.js';
import { DEFAULT_CLUSTER_NAME } from './redis-cluster.constants.js';

/**
 * The token of a cluster's client: the class `RedisClusterClient` for the
 * cluster without a name.
 *
 * @param name the name given to `forRoot` or `forRootAsync`
 * @publicApi
 */
export function getRedisClusterToken(
  name: string = DEFAULT_CLUSTER_NAME,
): InjectionToken<RedisClusterClient> {
  return name === DEFAULT_CLUSTER_NAME
    ? RedisClusterClient
    : `RedisClusterClient(${name})`;
}

/**
 * The token of a cluster's health indicator: the class
 * `RedisClusterHealthIndicator` for the cluster without a name.
 *
 * @param name the name given to `forRoot` or `forRootAsync`
 * @publicApi
 */
export function getRedisClusterHealthToken(
  name: string = DEFAULT_CLUSTER_NAME,
): InjectionToken<RedisClusterHealthIndicator> {
  return name === DEFAULT_CLUSTER_NAME
    ? RedisClusterHealthIndicator
    : `RedisClusterHealthIndicator(${name})`;
}

/**
 * Injects the client of a cluster.
 *
 * @example
 * ```ts
 * constructor(@InjectRedisCluster('orders') private readonly orders: RedisClusterClient) {}
 * ```
 *
 * @param name the name given to `forRoot` or `forRootAsync`
 * @publicApi
 */
export const InjectRedisCluster = (
  name?: string,
): PropertyDecorator & ParameterDecorator => Inject(getRedisClusterToken(name));

/**
 * Injects the health indicator of a cluster.
 *
 * @param name the name given to `forRoot` or `forRootAsync`
 * @publicApi
 */
export const InjectRedisClusterHealth = (
  name?: string,
): PropertyDecorator & ParameterDecorator =>
  Inject(getRedisClusterHealthToken(name));
