import { Logger } from '@nestjs/common';
import {
  filter,
  firstValueFrom,
  from,
  interval,
  merge,
  type Observable,
  map,
  take,
} from 'rxjs';
import { RedisClusterClient } from '../client/redis-cluster-client.js';
import { ClusterDownError } from '../errors/cluster-down-error.js';
import { ConfigurationError } from '../errors/configuration-error.js';
import type { RedisClusterModuleOptions } from './redis-cluster-module-options.interface.js';
import {
  BOOT_REMINDER_MS,
  DEFAULT_CLUSTER_NAME,
  DEFAULT_CONNECT_TIMEOUT_MS,
} from './redis-cluster.constants.js';
import {
  badBootPolicy,
  badDrain,
  connected,
  connectFailed,
  firstAttemptFailed,
  notConnectedYet,
} from './redis-cluster.messages.js';
import { registerClient } from './registered-clients.js';
import { warnOfScopes } from './scoped-methods.js';

const logger = new Logger('RedisClusterModule');

/** Makes the client of one registration and connects it as its boot policy says. @internal */
export async function connectAtBoot(
  name: string,
  options: RedisClusterModuleOptions,
): Promise<RedisClusterClient> {
  const { boot = 'wait', drainMs, health: _, ...clientOptions } = options;
  if (!['wait', 'fail', 'lazy'].includes(boot)) {
    throw new ConfigurationError(badBootPolicy(boot));
  }
  if (drainMs !== undefined && !(Number.isInteger(drainMs) && drainMs >= 0)) {
    throw new ConfigurationError(badDrain(drainMs));
  }
  const client = new RedisClusterClient({
    ...clientOptions,
    name: name === DEFAULT_CLUSTER_NAME ? undefined : name,
  });
  registerClient(client);
  if (boot === 'lazy') return client;
  const start = performance.now();
  try {
    if (boot === 'fail') await connectOrFail(client);
    else await connectPatiently(name, client, options);
  } catch (error) {
    // nobody will ever hold this client: leave no sockets and timers of it
    client.destroy();
    logger.error(connectFailed(name, (error as Error).message));
    throw error;
  }
  logger.log(connected(name, Math.round(performance.now() - start)));
  await warnOfScopes(client, logger);
  return client;
}

/** `connect()` keeps trying by itself; this ends it when no node could be asked. */
async function connectOrFail(client: RedisClusterClient): Promise<void> {
  const failed = failedReadings(client).pipe(
    map((causes): void => {
      throw new ClusterDownError(firstAttemptFailed(said(causes)), {
        cause: new AggregateError([...causes.values()], 'What each node said'),
      });
    }),
  );
  await firstValueFrom(merge(failed, from(client.connect())));
}

/** `connect()` keeps trying until `connectTimeoutMs`; this says so meanwhile. */
async function connectPatiently(
  name: string,
  client: RedisClusterClient,
  { connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS }: RedisClusterModuleOptions,
): Promise<void> {
  const deadline = performance.now() + connectTimeoutMs;
  let reason = '';
  const readings = failedReadings(client).subscribe((causes) => {
    reason = said(causes);
  });
  readings.add(
    merge(failedReadings(client).pipe(take(1)), interval(BOOT_REMINDER_MS))
      .pipe(map(() => Math.max(0, deadline - performance.now())))
      .subscribe((left) => logger.warn(notConnectedYet(name, reason, left))),
  );
  try {
    await client.connect();
  } finally {
    readings.unsubscribe();
  }
}

/** What each node said, whenever none could be asked for the topology. */
function failedReadings(
  client: RedisClusterClient,
): Observable<ReadonlyMap<string, Error>> {
  return client.events$.pipe(
    filter((event) => event.type === 'topologyRefreshFailed'),
    map((event) => event.causes),
  );
}

function said(causes: ReadonlyMap<string, Error>): string {
  return [...causes]
    .map(([node, error]) => `${node}: ${error.message}`)
    .join('; ');
}
