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
    begin(scope, work).then(
      (value) => scope.finish((report) => resolve({ value, report }), reject),
      (error: unknown) => {
        scope.abandon();
        reject(error);
      },
    );
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
  // few promises: where an AsyncLocalStorage is in use, as here, each is dear;
  // and no closure but the two below
  const result = new Promise<T>(capture);
  const resolve = lastResolve;
  const reject = lastReject;
  let scope: ReplicationScope;
  try {
    scope = new ReplicationScope(options);
  } catch (error) {
    reject(error as Error);
    return result;
  }
  begin(scope, work).then(
    (value) => scope.finishQuietly(value, resolve, reject),
    (error: unknown) => {
      scope.abandon();
      reject(error as Error);
    },
  );
  return result;
}

// A promise's executor runs at once: one function for all takes the settlers out.
let lastResolve: (value: any) => void;
let lastReject: (error: Error) => void;
const capture = (
  resolve: (value: any) => void,
  reject: (error: Error) => void,
): void => {
  lastResolve = resolve;
  lastReject = reject;
};

function begin<T>(
  scope: ReplicationScope,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    const working = scope.run(work);
    return working instanceof Promise ? working : Promise.resolve(working);
  } catch (error) {
    return Promise.reject(error);
  }
}
