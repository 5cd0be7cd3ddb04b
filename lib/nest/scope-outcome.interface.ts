import type { PersistenceError } from '../errors/persistence-error.js';
import type { ReplicationError } from '../errors/replication-error.js';
import type { ReplicationReport } from '../replication/replication-report.js';

/**
 * What the barrier of one call of a decorated method found out.
 *
 * @publicApi
 */
export interface ScopeOutcome {
  /** The method, as `Class.method`. */
  readonly method: string;
  /** What was proven, also where that was not enough. */
  readonly report: ReplicationReport;
  /** What the call failed with; undefined where enough was proven. */
  readonly error: ReplicationError | PersistenceError | undefined;
}

/**
 * Is told of every call of a decorated method that wrote something: for
 * metrics and traces. It is called before the caller has the result; what it
 * throws is logged and changes nothing.
 *
 * @publicApi
 */
export type OnReport = (outcome: ScopeOutcome) => void;
