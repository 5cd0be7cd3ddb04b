import { RedisClusterError } from '../errors/redis-cluster-error.js';

/**
 * The bytes a server sent are not RESP. Where the next reply would begin is
 * unknown from then on, so the connection is given up.
 *
 * @publicApi
 */
export class ProtocolError extends RedisClusterError {
  readonly code = 'PROTOCOL';
}
