import type { Logger } from '@nestjs/common';
import { firstValueFrom } from 'rxjs';
import type { RedisClusterClient } from '../client/redis-cluster-client.js';
import { DEFAULT_CLUSTER_NAME } from './redis-cluster.constants.js';
import { tooManyReplicas } from './redis-cluster.messages.js';
import type { ReplicatedCall } from './replicated-call.js';

/** Every decorated method of the process, in the order of decoration. @internal */
export const scopedMethods: ReplicatedCall[] = [];

/**
 * Says at boot what calls of decorated methods would say one by one: servers
 * without WAITAOF, and more replicas required than any shard has.
 *
 * @internal
 */
export async function warnOfScopes(
  client: RedisClusterClient,
  logger: Logger,
): Promise<void> {
  const methods = scopedMethods.filter(
    ({ covers }) => covers === undefined || covers(client),
  );
  const { shards } = await firstValueFrom(client.topology$);
  const most = Math.max(0, ...shards.map(({ replicas }) => replicas.length));
  for (const { decorator, label, replicas } of methods) {
    if (typeof replicas === 'number' && replicas > most) {
      const name = client.name ?? DEFAULT_CLUSTER_NAME;
      logger.warn(tooManyReplicas(decorator, label, name, replicas, most));
    }
  }
  if (methods.some(({ local }) => local !== undefined)) {
    await client
      .checkPersistence()
      .catch((error: Error) => logger.warn(error.message));
  }
}
