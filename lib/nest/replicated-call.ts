import { Logger } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  concatWith,
  defer,
  ignoreElements,
  isObservable,
  Observable,
  takeUntil,
  tap,
} from 'rxjs';
import {
  ReplicationScope,
  type ScopeOptions,
} from '../replication/replication-scope.js';
import { nothingWritten } from './redis-cluster.messages.js';

/** What a decorated method asks for. @internal */
export interface ReplicatedCall extends ScopeOptions {
  /** The method, as `Class.method`. */
  readonly label: string;
}

const logger = new Logger('EnsureReplication');

/** The calls whose method has been warned about. */
const warned = new WeakSet<ReplicatedCall>();

/**
 * Runs the method once inside a scope. What it returns decides when the
 * barrier runs: an Observable is returned at once, as its callers pipe it.
 *
 * @internal
 */
export function callReplicated(
  call: ReplicatedCall,
  method: () => unknown,
): unknown {
  const scope = new ReplicationScope(call);
  let result: unknown;
  try {
    result = scope.run(method);
  } catch (error) {
    scope.abandon();
    throw error;
  }
  return isObservable(result)
    ? replicatedObservable(call, result, scope)
    : settle(call, scope, result);
}

async function settle(
  call: ReplicatedCall,
  scope: ReplicationScope,
  result: unknown,
): Promise<unknown> {
  let value: unknown;
  try {
    value = await result;
  } catch (error) {
    scope.abandon();
    throw error;
  }
  if (isObservable(value)) return replicatedObservable(call, value, scope);
  await scope.close();
  return value;
}

/**
 * Subscribing is what makes a cold Observable work, so it is done inside a
 * scope: the call's own for the first subscriber, which thereby also covers
 * what the method wrote before it returned, and a new one for each other.
 *
 * The subscriber hears everything outside of that scope: what it does with a
 * value is not the method's write, and may well happen after the barrier.
 */
function replicatedObservable(
  call: ReplicatedCall,
  source: Observable<unknown>,
  first: ReplicationScope,
): Observable<unknown> {
  let unused: ReplicationScope | undefined = first;
  return new Observable((subscriber) => {
    const scope = unused ?? new ReplicationScope(call);
    unused = undefined;
    const outside = AsyncLocalStorage.snapshot();
    // ends the source even while it is still emitting inside subscribe()
    const unsubscribed = new Observable<void>((notify) =>
      subscriber.add(() => notify.next()),
    );
    subscriber.add(() => {
      // it failed, or nobody wants to know any more
      if (scope.open) scope.abandon();
    });
    scope.run(() =>
      source
        .pipe(concatWith(barrier(call, scope)), takeUntil(unsubscribed))
        .subscribe({
          next: (value) => outside(() => subscriber.next(value)),
          error: (error: unknown) => outside(() => subscriber.error(error)),
          complete: () => outside(() => subscriber.complete()),
        }),
    );
  });
}

/** Completes when the scope's writes are replicated, errors when they are not. */
function barrier(
  call: ReplicatedCall,
  scope: ReplicationScope,
): Observable<never> {
  return defer(() => scope.close()).pipe(
    tap((report) => {
      if (report.shards.length === 0) warnOnce(call);
    }),
    ignoreElements(),
  );
}

function warnOnce(call: ReplicatedCall): void {
  if (process.env['NODE_ENV'] === 'production' || warned.has(call)) return;
  warned.add(call);
  logger.warn(nothingWritten(call.label));
}
