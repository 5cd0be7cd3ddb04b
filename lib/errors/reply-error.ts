import { RedisClusterError, type ErrorContext } from './redis-cluster-error.js';

/**
 * The server answered with an error. `message` is the server's own text.
 *
 * @publicApi
 */
export class ReplyError extends RedisClusterError {
  readonly code = 'REPLY';
  /** The first word of the server's text: `WRONGTYPE`, `NOPERM`, `ERR` ... */
  readonly prefix: string;

  constructor(message: string, context?: ErrorContext) {
    super(message, context);
    const space = message.indexOf(' ');
    this.prefix = space === -1 ? message : message.slice(0, space);
  }
}
