import {
  checkRequirement,
  type ReplicaRequirement,
} from '../replication/requirement.js';
import type {
  EnsureReplicationDecorator,
  EnsureReplicationOptions,
} from './ensure-replication-options.interface.js';
import { scopedMethod } from './scoped-method.js';

/**
 * What the method wrote is on `replicas` replicas of every shard it wrote to
 * when its promise resolves or its Observable completes; otherwise the promise
 * rejects, or the Observable errors, with a `ReplicationError`.
 *
 * - **The writes have happened** when a `ReplicationError` is thrown: this is
 *   no transaction, and repeating the method may apply them twice.
 * - Every command that the method awaits counts, in whatever service it is
 *   called; reads cost nothing. Work that nobody awaits is not covered.
 * - An Observable is covered from its subscription to its completion: values
 *   pass at once, the completion waits. What a *hot* Observable does (a
 *   Subject, one behind `share()`) happens elsewhere and is not covered.
 * - A method that fails keeps its own error. One that returns a plain value
 *   returns a promise of it.
 * - Works above and below `@Get()` and other decorators. With another wrapping
 *   decorator such as `@Transactional()`, put this one above it.
 *
 * @example
 * ```ts
 * @Put(':id')
 * @EnsureReplication(1, 200)
 * reserve(@Param('id') id: string): Promise<Reservation> { ... }
 * ```
 *
 * @param replicas replicas of each shard that must acknowledge: a number from
 * 1, or of the replicas configured for the shard the `'majority'` (floor(n/2)+1) or `'all'`
 * @param timeoutMs how long the acknowledgements may take once the method has
 * settled, in milliseconds; shards wait in parallel
 * @param options `client`: covers only the cluster of this name; `onReport`:
 * is told what each call proved
 * @throws {@link ConfigurationError} at decoration: bad arguments, or something
 * that is not a method, or a generator
 * @publicApi
 */
export function EnsureReplication(
  replicas: ReplicaRequirement = 1,
  timeoutMs = 100,
  options: EnsureReplicationOptions = {},
): EnsureReplicationDecorator {
  return scopedMethod({
    decorator: '@EnsureReplication',
    requirement: () => {
      checkRequirement(replicas, timeoutMs);
      return { replicas, timeoutMs };
    },
    client: options.client,
    onReport: options.onReport,
  });
}
