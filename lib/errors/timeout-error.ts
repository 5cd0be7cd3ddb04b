import { RedisClusterError, type ErrorContext } from './redis-cluster-error.js';

/**
 * Where a call was when its time ended.
 *
 * - `connect`: waiting for the cluster or a connection
 * - `queue`: waiting to be written; it was never sent
 * - `flight`: written, the reply outstanding
 * - `retry`: between two attempts, each of which the server had refused
 *
 * @publicApi
 */
export type TimeoutPhase = 'connect' | 'queue' | 'flight' | 'retry';

/**
 * The time budget of a call ended, and nothing that the call asked for was
 * changed: it was read-only or never sent. A write without a reply is an
 * `OutcomeUnknownError` instead.
 *
 * @publicApi
 */
export class TimeoutError extends RedisClusterError {
  readonly code = 'TIMEOUT';
  /** Where the call was when its time ended. */
  readonly phase: TimeoutPhase;

  constructor(message: string, phase: TimeoutPhase, context?: ErrorContext) {
    super(message, context);
    this.phase = phase;
  }
}
