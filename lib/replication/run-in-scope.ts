import { ReplicationScope, type ScopeOptions } from './replication-scope.js';
import type { ReplicationResult } from './replication-report.js';

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
  // few promises: where an AsyncLocalStorage is in use, as here, each is dear
  return new Promise((resolve, reject) => {
    const scope = new ReplicationScope(options);
    const failed = (error: unknown): void => {
      scope.abandon();
      reject(error);
    };
    const done = (value: T): void => {
      try {
        scope.finish((report) => resolve({ value, report }), reject);
      } catch (error) {
        reject(error);
      }
    };
    let working: T | Promise<T>;
    try {
      working = scope.run(work);
    } catch (error) {
      failed(error);
      return;
    }
    Promise.resolve(working).then(done, failed);
  });
}
