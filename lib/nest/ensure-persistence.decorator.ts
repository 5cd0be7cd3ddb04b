import { persistenceOf } from '../replication/persistence-requirement.js';
import type { EnsurePersistenceOptions } from './ensure-persistence-options.interface.js';
import type { EnsureReplicationDecorator } from './ensure-replication-options.interface.js';
import { scopedMethod } from './scoped-method.js';

/**
 * What the method wrote is on disk, on those disks that the options name, when
 * its promise resolves or its Observable completes; otherwise the promise
 * rejects, or the Observable errors, with a `PersistenceError`.
 *
 * The sibling of `@EnsureReplication`, and like it in everything else: **the
 * writes have happened** when a `PersistenceError` is thrown; work that nobody
 * awaits is not covered; a method that fails keeps its own error.
 *
 * It needs WAITAOF (Redis 7.2, Valkey): where the servers of a registered
 * cluster do not know it, the method is not called and a `ConfigurationError`
 * is thrown.
 *
 * @example
 * ```ts
 * @EnsurePersistence({ replicas: 1, timeoutMs: 1_500 })
 * pay(order: Order): Promise<Receipt> { ... }
 * ```
 *
 * @param options `local` (default true): the primary's own disk; `replicas`
 * (default 0): a number, `'majority'` or `'all'`; `timeoutMs` (default 2,000);
 * `client`: covers only the cluster of this name; `onReport`
 * @throws {@link ConfigurationError} at decoration: bad arguments, or something
 * that is not a method, or a generator
 * @publicApi
 */
export function EnsurePersistence(
  options: EnsurePersistenceOptions = {},
): EnsureReplicationDecorator {
  const { client, onReport, ...requirement } = options;
  return scopedMethod({
    decorator: '@EnsurePersistence',
    requirement: () => persistenceOf(requirement),
    client,
    onReport,
  });
}
