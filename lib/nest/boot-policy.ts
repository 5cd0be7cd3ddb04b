import { Logger } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { RedisClusterClient } from '../client/redis-cluster-client.js';
import { ClusterDownError } from '../errors/cluster-down-error.js';
import { ConfigurationError } from '../errors/configuration-error.js';
import type { RedisClusterModuleOptions } from './redis-cluster-module-options.interface.js';
import {
  BOOT_REMINDER_MS,
  BOOT_RETRY_DELAY_MS,
  DEFAULT_CLUSTER_NAME,
  DEFAULT_CONNECT_TIMEOUT_MS,
} from './redis-cluster.constants.js';
import {
  badBootPolicy,
  badDrain,
  bootTimedOut,
  connected,
  connectFailed,
  stillConnecting,
} from './redis-cluster.messages.js';

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
    ...(name === DEFAULT_CLUSTER_NAME ? {} : { name }),
  });
  if (boot === 'lazy') return client;
  const start = performance.now();
  try {
    if (boot === 'fail') await client.connect();
    else await connectPatiently(name, client, options);
  } catch (error) {
    // nobody will ever hold this client: leave no sockets and timers of it
    client.destroy();
    throw error;
  }
  logger.log(connected(name, Math.round(performance.now() - start)));
  return client;
}

async function connectPatiently(
  name: string,
  client: RedisClusterClient,
  { connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS }: RedisClusterModuleOptions,
): Promise<void> {
  const deadline = performance.now() + connectTimeoutMs;
  const left = (): number => Math.max(0, deadline - performance.now());
  const reminder = setInterval(
    () => logger.warn(stillConnecting(name, left())),
    BOOT_REMINDER_MS,
  );
  const expiry = new AbortController();
  const expired = delay(connectTimeoutMs, 'expired' as const, {
    signal: expiry.signal,
  }).catch(() => 'aborted' as const);
  let pause: number = BOOT_RETRY_DELAY_MS.min;
  let cause: unknown;
  try {
    for (;;) {
      const attempt = client.connect().then(
        () => 'connected' as const,
        (error: unknown) => {
          cause = error;
          return 'failed' as const;
        },
      );
      const outcome = await Promise.race([attempt, expired]);
      if (outcome === 'connected') return;
      // what is wrong with the caller's options does not get better by waiting
      if (cause instanceof ConfigurationError) throw cause;
      if (outcome !== 'failed' || left() === 0) {
        throw new ClusterDownError(bootTimedOut(name, connectTimeoutMs), {
          cause,
          elapsedMs: Math.round(connectTimeoutMs - left()),
        });
      }
      logger.warn(connectFailed(name, messageOf(cause), left()));
      await delay(Math.min(pause, left()));
      pause = Math.min(pause * 2, BOOT_RETRY_DELAY_MS.max);
    }
  } finally {
    clearInterval(reminder);
    expiry.abort();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
