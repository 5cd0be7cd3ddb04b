import type { Argument, CommandSpec } from './command-spec.js';

/** The one method through which every typed command runs. @internal */
export const EXECUTE: unique symbol = Symbol('nest-redis-cluster.execute');

/**
 * Something that typed commands can be called on: the client, a view of it
 * with other options, later a pipeline or a transaction.
 *
 * @internal
 */
export interface CommandHost {
  /**
   * @param spec the command
   * @param args the arguments behind the command's words; owned by the callee
   */
  [EXECUTE](spec: CommandSpec, args: Argument[]): Promise<any>;
}
