import { RedisClusterError } from './redis-cluster-error.js';

/**
 * A command of a pipeline did not run at its place, since its node refused it
 * or was lost, while a later one on the same key did run. Sent again it would
 * have come too late, so it was not: nothing of it was executed. `cause` is
 * what kept it from running.
 *
 * Only a fault in the very moment makes this happen: a slot that moves, a node
 * that comes back.
 *
 * @publicApi
 */
export class OvertakenError extends RedisClusterError {
  readonly code = 'OVERTAKEN';
}
