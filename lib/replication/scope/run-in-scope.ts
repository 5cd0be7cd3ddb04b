import { ReplicationScope, type ScopeOptions } from './replication-scope.js';
import type { ReplicationResult } from '../replication-report.js';

/**
 * Runs the work inside a new replication scope and waits for its barrier. An
 * error of the work is the caller's: no barrier is waited for, none hides it.
 * Rejects with a `ConfigurationError` before the work starts where the options
 * make no sense.
 *
 * @internal
 */
export function runInScope<T>(
  options: ScopeOptions,
  work: () => T | Promise<T>,
): Promise<ReplicationResult<T>> {
  return new Promise((resolve, reject) => {
    const scope = new ReplicationScope(options);
    begin(scope, work, reject, (value) => {
      scope.finish((report) => resolve({ value, report }), reject);
    });
  });
}

/**
 * {@link runInScope} for those who want the value only: nothing is reported
 * where all is well.
 *
 * @internal
 */
export function runInScopeForValue<T>(
  options: ScopeOptions,
  work: () => T | Promise<T>,
): Promise<T> {
  // few promises: where an AsyncLocalStorage is in use, as here, each is dear
  return new Promise((resolve, reject) => {
    const scope = new ReplicationScope(options);
    begin(scope, work, reject, (value: T) =>
      scope.finishQuietly(value, resolve, reject),
    );
  });
}

function begin<T>(
  scope: ReplicationScope,
  work: () => T | Promise<T>,
  reject: (error: unknown) => void,
  done: (value: T) => void,
): void {
  const failed = (error: unknown): void => {
    scope.abandon();
    reject(error);
  };
  let working: T | Promise<T>;
  try {
    working = scope.run(work);
  } catch (error) {
    failed(error);
    return;
  }
  if (working instanceof Promise) working.then(done, failed);
  else Promise.resolve(working).then(done, failed);
}
