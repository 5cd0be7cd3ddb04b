import type { Call, CallReject, CallResolve } from './call.js';

/** Settles a part; see {@link CallResolve}. */
export const resolvePart: CallResolve = function (this: Call, reply) {
  this.whole!.replied(this.part, reply);
};

export const rejectPart: CallReject = function (this: Call, error) {
  this.whole!.failed(this.part, error);
};
