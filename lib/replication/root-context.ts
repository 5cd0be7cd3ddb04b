import { AsyncResource } from 'node:async_hooks';

const root = new AsyncResource('NestRedisClusterBarriers');

/**
 * Runs in the asynchronous context in which this module was loaded. Timers and
 * connections that serve many scopes are begun here: else they would hold on
 * to the request that happened to be first, and to all its context.
 *
 * @internal
 */
export function inRootContext<T>(begin: () => T): T {
  return root.runInAsyncScope(begin);
}
