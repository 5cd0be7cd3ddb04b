import { RedisClusterError } from './redis-cluster-error.js';

/**
 * The caller asked for something that cannot be done as asked: an option or an
 * argument of the wrong kind, or a command that makes no sense on a shared
 * connection. Nothing was sent.
 *
 * @publicApi
 */
export class ConfigurationError extends RedisClusterError {
  readonly code = 'CONFIGURATION';
}
