import { clock } from '../../time/clock.js';
import { withBlockingTimeout } from './blocking.js';
import type { Call } from './call.js';

/** An attempt of a call that may block begins. */
export function blockedFromNow(call: Call): void {
  call.blockedSince = clock.refresh();
}

/**
 * An attempt ended without a result: the next one blocks only for what is left
 * of the time that the caller gave.
 */
export function countBlockedTime(call: Call): void {
  const { blocks, blockedSince } = call;
  if (blocks === undefined || blockedSince === undefined) return;
  // neither a command of a module nor one that blocks without end has a time to count
  if (blocks === 0 || blocks === Infinity) return;
  // 0 would be no time left, but forever
  const left = Math.max(1, blocks - (clock.refresh() - blockedSince));
  call.blocks = left;
  call.args = withBlockingTimeout(call.spec, call.args, left);
  call.blockedSince = undefined;
}
