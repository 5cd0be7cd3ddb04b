import { RedisClusterError } from './redis-cluster-error.js';

/**
 * An exclusive connection was kept without being used for longer than
 * `exclusiveLeaseMs`, and was taken back. Outside production `cause` is an
 * error whose stack shows where it was taken.
 *
 * @publicApi
 */
export class LeaseExpiredError extends RedisClusterError {
  readonly code = 'LEASE_EXPIRED';
}
