import type { Call, CallReject, CallResolve } from './call.js';
import type { CallOrder } from './call-order.js';

/** What a call is one part of: a fan-out, a split, the replies of a group of nodes. */
export interface Whole {
  /** The part succeeded. */
  replied(part: number, reply: unknown): void;
  /** The part failed. */
  failed(part: number, error: Error): void;
  /** The part, one that {@link Call.mayBeLeftOut}, could not be reached in time. */
  leaveOut(part: number): void;
  /** Keeps its parts in order when they are sent again; undefined where order is nobody's concern. */
  readonly order?: CallOrder | undefined;
}

/** Settles a part; see {@link CallResolve}. */
export const resolvePart: CallResolve = function (this: Call, reply) {
  this.whole!.replied(this.part, reply);
};

export const rejectPart: CallReject = function (this: Call, error) {
  this.whole!.failed(this.part, error);
};
