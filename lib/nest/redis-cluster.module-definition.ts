import { ConfigurableModuleBuilder, type Provider } from '@nestjs/common';
import type { RedisClusterClient } from '../client/redis-cluster-client.js';
import { connectAtBoot } from './boot-policy.js';
import type {
  RedisClusterModuleExtras,
  RedisClusterModuleOptions,
} from './redis-cluster-module-options.interface.js';
import { RedisClusterHealthIndicator } from './redis-cluster-health.indicator.js';
import {
  CLUSTER_NAME,
  DEFAULT_CLUSTER_NAME,
  MODULE_CLIENT,
} from './redis-cluster.constants.js';
import {
  getRedisClusterHealthToken,
  getRedisClusterToken,
} from './redis-cluster.tokens.js';

const extras: RedisClusterModuleExtras = { isGlobal: true, name: undefined };

export const {
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
  OPTIONS_TYPE,
  ASYNC_OPTIONS_TYPE,
} = new ConfigurableModuleBuilder<RedisClusterModuleOptions>({
  // named, because a module imported without forRoot() is refused by this name
  optionsInjectionToken: Symbol('RedisClusterModule.forRoot() options'),
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createRedisClusterOptions')
  .setExtras(extras, (definition, { isGlobal, name }) => ({
    ...definition,
    global: isGlobal ?? true,
    providers: [
      ...(definition.providers ?? []),
      ...clusterProviders(name ?? DEFAULT_CLUSTER_NAME),
    ],
    exports: [getRedisClusterToken(name), getRedisClusterHealthToken(name)],
  }))
  .build();

function clusterProviders(name: string): Provider[] {
  const client = getRedisClusterToken(name);
  return [
    { provide: CLUSTER_NAME, useValue: name },
    {
      provide: client,
      // connected here and not in onModuleInit: the onModuleInit of every user
      // of the client may already need it
      useFactory: (options: RedisClusterModuleOptions) =>
        connectAtBoot(name, options),
      inject: [MODULE_OPTIONS_TOKEN],
    },
    { provide: MODULE_CLIENT, useExisting: client },
    {
      provide: getRedisClusterHealthToken(name),
      useFactory: (
        connected: RedisClusterClient,
        { health }: RedisClusterModuleOptions,
      ) => new RedisClusterHealthIndicator(connected, health),
      inject: [client, MODULE_OPTIONS_TOKEN],
    },
  ];
}
