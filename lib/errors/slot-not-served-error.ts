import { RedisClusterError } from './redis-cluster-error.js';

/**
 * No node of the cluster serves the slot of the command's keys.
 *
 * @publicApi
 */
export class SlotNotServedError extends RedisClusterError {
  readonly code = 'SLOT_NOT_SERVED';
}
