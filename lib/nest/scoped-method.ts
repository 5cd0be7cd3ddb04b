import { ConfigurationError } from '../errors/configuration-error.js';
import type { Requirement } from '../replication/requirement.js';
import type {
  EnsureReplicationDecorator,
  ReplicatedMethod,
} from './ensure-replication-options.interface.js';
import { DEFAULT_CLUSTER_NAME } from './redis-cluster.constants.js';
import {
  badClientName,
  badHook,
  badRequirement,
  isGenerator,
  notAMethod,
} from './redis-cluster.messages.js';
import { callReplicated, type ReplicatedCall } from './replicated-call.js';
import { scopedMethods } from './scoped-methods.js';
import type { OnReport } from './scope-outcome.interface.js';

/** What a decorator that covers methods by scopes is made of. @internal */
export interface ScopeDecorator {
  /** Its name, such as `@EnsureReplication`. */
  readonly decorator: string;
  /** Throws a `ConfigurationError` where the arguments make no sense. */
  readonly requirement: () => Requirement;
  readonly client: string | undefined;
  readonly onReport: OnReport | undefined;
}

/**
 * Makes a decorator whose methods run inside a scope each.
 *
 * @throws {ConfigurationError} at decoration: bad arguments, or something that
 * is not a method, or a generator
 * @internal
 */
export function scopedMethod({
  decorator,
  requirement,
  client,
  onReport,
}: ScopeDecorator): EnsureReplicationDecorator {
  const decorate = (
    target: object,
    key?: string | symbol,
    descriptor?: PropertyDescriptor,
  ): void => {
    const member = nameOf(target, key);
    const method: unknown = descriptor?.value;
    if (descriptor === undefined || typeof method !== 'function') {
      const found =
        key === undefined
          ? 'class'
          : descriptor === undefined
            ? 'property'
            : 'accessor';
      throw new ConfigurationError(notAMethod(decorator, member, found));
    }
    const kind = Object.prototype.toString.call(method);
    if (kind.endsWith('GeneratorFunction]')) {
      throw new ConfigurationError(isGenerator(decorator, member));
    }
    if (client !== undefined && (typeof client !== 'string' || client === '')) {
      throw new ConfigurationError(badClientName(decorator, member, client));
    }
    if (onReport !== undefined && typeof onReport !== 'function') {
      throw new ConfigurationError(badHook(decorator, member));
    }
    let required: Requirement;
    try {
      required = requirement();
    } catch (error) {
      throw new ConfigurationError(
        badRequirement(decorator, member, (error as Error).message),
        { cause: error },
      );
    }
    const call: ReplicatedCall = {
      ...required,
      decorator,
      label: member,
      client,
      covers: coversOf(client),
      onReport,
      promises:
        kind === '[object AsyncFunction]' ||
        Reflect.getMetadata('design:returntype', target, key!) === Promise,
    };
    scopedMethods.push(call);
    descriptor.value = wrap(method as ReplicatedMethod, call);
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

/** The module gives a client the name of its registration. */
function coversOf(client: string | undefined): ReplicatedCall['covers'] {
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
