import type { ConfigurationError } from '../errors/configuration-error.js';
import type { Argument, CommandSpec } from './command-spec.js';

/** The one method through which every typed command runs. @internal */
export const EXECUTE: unique symbol = Symbol('nest-redis-cluster.execute');

/** What becomes of a call that cannot be made as asked. @internal */
export const REFUSE: unique symbol = Symbol('nest-redis-cluster.refuse');

/**
 * Something that typed commands can be called on: the client, a view of it
 * with other options, a pipeline or a transaction.
 *
 * @internal
 */
export interface CommandHost {
  /**
   * @param spec the command
   * @param args the arguments behind the command's words; owned by the callee
   */
  [EXECUTE](spec: CommandSpec, args: Argument[]): Promise<any>;
  /** What such a call gives instead of a rejected promise. */
  [REFUSE]?(error: ConfigurationError): any;
}

/** A host where no promise could be waited for. @internal */
export type RefusingHost = CommandHost & {
  [REFUSE](error: ConfigurationError): never;
};

/** What a call that cannot be made as asked gives its caller. @internal */
export function refuseCall(
  host: CommandHost,
  error: ConfigurationError,
): Promise<never> {
  return host[REFUSE] === undefined
    ? Promise.reject(error)
    : host[REFUSE](error);
}
