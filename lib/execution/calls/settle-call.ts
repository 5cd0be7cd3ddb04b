import { clock } from '../../time/clock.js';
import type { Call } from './call.js';

/** Ends a call with an error, unless it has ended. */
export function rejectCall(call: Call, error: Error): void {
  if (call.settled) return;
  call.settled = true;
  // nothing may have been written since the call read the clock
  clock.expire();
  // unless more is known, which has been said before
  call.record?.rejected();
  call.onSettled?.();
  call.reject(error);
}

/** Ends a part that its whole is complete without. */
export function settleWithout(call: Call): void {
  call.settled = true;
  call.onSettled?.();
  call.whole!.leaveOut(call.part);
}
