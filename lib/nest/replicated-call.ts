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
import { PersistenceError } from '../errors/persistence-error.js';
import { ReplicationError } from '../errors/replication-error.js';
import {
  ReplicationScope,
  type ScopeOptions,
} from '../replication/scope/replication-scope.js';
import type { ReplicationReport } from '../replication/replication-report.js';
import { hookFailed, nothingWritten } from './redis-cluster.messages.js';
import { registeredClients } from './registered-clients.js';
import type { OnReport, ScopeOutcome } from './scope-outcome.interface.js';

/** What a decorated method asks for. @internal */
export interface ReplicatedCall extends ScopeOptions {
  /** The decorator's name, such as `@EnsureReplication`. */
  readonly decorator: string;
  /** The method, as `Class.method`. */
  readonly label: string;
  /** The name of the cluster it covers; undefined for every one. */
  readonly client: string | undefined;
  readonly onReport: OnReport | undefined;
  /** Whether the method is known to return a promise, before it is called. */
  readonly promises: boolean;
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
  const refusal = refusalOf(call);
  if (refusal !== undefined) {
    // who calls such a method may handle errors by catch() alone
    if (call.promises) return Promise.reject(refusal);
    throw refusal;
  }
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
  await close(call, scope);
  return value;
}

/** A server that cannot do it is known before anything is written. */
function refusalOf({ local, covers }: ReplicatedCall): Error | undefined {
  if (local === undefined) return undefined;
  for (const client of registeredClients) {
    if (covers !== undefined && !covers(client)) continue;
    if (client.persistenceRefusal !== undefined) {
      return client.persistenceRefusal;
    }
  }
  return undefined;
}

/** Waits for the barrier, and tells whoever wants to know what it found out. */
async function close(
  call: ReplicatedCall,
  scope: ReplicationScope,
): Promise<ReplicationReport> {
  const { onReport } = call;
  if (onReport === undefined) return scope.close();
  try {
    const report = await scope.close();
    if (report.shards.length > 0) tell(call, onReport, report, undefined);
    return report;
  } catch (error) {
    if (
      error instanceof ReplicationError ||
      error instanceof PersistenceError
    ) {
      const { replicas, local, timeoutMs } = call;
      const { acknowledged, shards } = error;
      const report = { replicas, local, timeoutMs, acknowledged, shards };
      tell(call, onReport, report, error);
    }
    throw error;
  }
}

function tell(
  { label }: ReplicatedCall,
  onReport: OnReport,
  report: ReplicationReport,
  error: ScopeOutcome['error'],
): void {
  try {
    onReport({ method: label, report, error });
  } catch (reason) {
    logger.error(hookFailed(label, String(reason)));
  }
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
  return defer(() => close(call, scope)).pipe(
    tap((report) => {
      if (report.shards.length === 0) warnOnce(call);
    }),
    ignoreElements(),
  );
}

function warnOnce(call: ReplicatedCall): void {
  if (process.env['NODE_ENV'] === 'production' || warned.has(call)) return;
  warned.add(call);
  logger.warn(nothingWritten(call.decorator, call.label));
}
