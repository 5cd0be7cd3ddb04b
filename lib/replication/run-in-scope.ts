import { ReplicationScope, type ScopeOptions } from './replication-scope.js';
import type { ReplicationReport } from './replication-report.js';

/**
 * Runs the work inside a new replication scope and waits for its barrier. An
 * error of the work is the caller's: no barrier is waited for, none hides it.
 * Rejects with a `ConfigurationError` before the work starts where the options
 * make no sense.
 *
 * @internal
 */
export async function runInScope<T>(
  options: ScopeOptions,
  work: () => T | Promise<T>,
): Promise<{ value: T; report: ReplicationReport }> {
  const scope = new ReplicationScope(options);
  let value: T;
  try {
    value = await scope.run(work);
  } catch (error) {
    scope.abandon();
    throw error;
  }
  return { value, report: await scope.close() };
}
