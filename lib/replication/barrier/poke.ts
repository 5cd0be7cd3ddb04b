import { inRootContext } from '../root-context.js';
import type { BarrierCommand } from './barrier-connection.js';

const POKE: readonly BarrierCommand[] = [['PING']];

/**
 * Has a server look at its timeouts then: any byte does, and an idle server
 * looks ten times a second else. Nobody waits for the answer.
 *
 * @param send sends commands to the server, on any connection
 * @returns the timer, to be cleared where it is not needed any more
 *
 * @internal
 */
export function pokeAfter(
  milliseconds: number,
  send: (commands: readonly BarrierCommand[]) => void,
): NodeJS.Timeout {
  return inRootContext(() => setTimeout(send, milliseconds, POKE));
}
