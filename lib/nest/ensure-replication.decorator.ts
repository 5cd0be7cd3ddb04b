import { ConfigurationError } from '../errors/configuration-error.js';
import {
  checkRequirement,
  type ReplicaRequirement,
} from '../replication/requirement.js';
import type {
  EnsureReplicationDecorator,
  EnsureReplicationOptions,
  ReplicatedMethod,
} from './ensure-replication-options.interface.js';
import { DEFAULT_CLUSTER_NAME } from './redis-cluster.constants.js';
import {
  badClientName,
  badRequirement,
  isGenerator,
  notAMethod,
} from './redis-cluster.messages.js';
import { callReplicated, type ReplicatedCall } from './replicated-call.js';

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
 * @param options `client`: covers only the cluster of this name
 * @throws {@link ConfigurationError} at decoration: bad arguments, or something
 * that is not a method, or a generator
 * @publicApi
 */
export function EnsureReplication(
  replicas: ReplicaRequirement = 1,
  timeoutMs = 100,
  options: EnsureReplicationOptions = {},
): EnsureReplicationDecorator {
  const decorate = (
    target: object,
    key?: string | symbol,
    descriptor?: PropertyDescriptor,
  ): void => {
    const member = nameOf(target, key);
    const method: unknown = descriptor?.value;
    if (descriptor === undefined || typeof method !== 'function') {
      throw new ConfigurationError(notAMethod(member));
    }
    const kind = Object.prototype.toString.call(method);
    if (kind.endsWith('GeneratorFunction]')) {
      throw new ConfigurationError(isGenerator(member));
    }
    checkOptions(member, replicas, timeoutMs, options);
    descriptor.value = wrap(method as ReplicatedMethod, {
      label: member,
      replicas,
      timeoutMs,
      covers: coversOf(options),
    });
  };
  return decorate as EnsureReplicationDecorator;
}

/**
 * A Proxy has the method's name, length and own properties, which libraries
 * look methods up by. Metadata is kept by the function itself, in a
 * WeakMap: without the copy, routes, roles and guards declared below this
 * decorator would be lost without a word.
 */
function wrap(
  method: ReplicatedMethod,
  call: ReplicatedCall,
): ReplicatedMethod {
  const wrapped = new Proxy(method, {
    apply: (target, self: unknown, args: unknown[]) =>
      callReplicated(call, () => Reflect.apply(target, self, args)),
  });
  for (const key of Reflect.getMetadataKeys(method) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, method), wrapped);
  }
  return wrapped;
}

function checkOptions(
  member: string,
  replicas: ReplicaRequirement,
  timeoutMs: number,
  { client }: EnsureReplicationOptions,
): void {
  try {
    checkRequirement(replicas, timeoutMs);
  } catch (error) {
    throw new ConfigurationError(
      badRequirement(member, (error as Error).message),
      { cause: error },
    );
  }
  if (client !== undefined && (typeof client !== 'string' || client === '')) {
    throw new ConfigurationError(badClientName(member, client));
  }
}

/** The module gives a client the name of its registration. */
function coversOf({
  client,
}: EnsureReplicationOptions): ReplicatedCall['covers'] {
  if (client === undefined) return undefined;
  return (candidate: { readonly name?: string }) =>
    (candidate.name ?? DEFAULT_CLUSTER_NAME) === client;
}

function nameOf(target: object, key: string | symbol | undefined): string {
  // a static method's target is the class itself
  const owner =
    typeof target === 'function'
      ? target.name
      : (target.constructor as { name?: string } | undefined)?.name;
  return [owner || 'anonymous class', ...(key === undefined ? [] : [key])]
    .map(String)
    .join('.');
}
