import type { ReplyError } from '../../errors/reply-error.js';
import type { ClusterNode } from '../cluster-node.js';

/** How a call is sent again. */
export type NextAttempt =
  /** To whoever owns its slot by then. */
  | { readonly kind: 'dispatch' }
  /** The same, after a while. */
  | { readonly kind: 'rest'; readonly delayMs: number }
  /** To the node that a redirect named. */
  | {
      readonly kind: 'there';
      readonly node: ClusterNode;
      readonly asking: boolean;
    }
  /** To the node that lacks its script, behind it. */
  | { readonly kind: 'load'; readonly error: ReplyError };

export const DISPATCH: NextAttempt = { kind: 'dispatch' };

/**
 * Decides when calls that were sent in order, and did not run, are sent again.
 *
 * @typeParam Ordered the call
 */
export interface CallOrder<Ordered> {
  /** Takes over a call that did not run. */
  hold(call: Ordered, next: NextAttempt): void;
  /** A call waits for the topology to name its node: what comes after it must not overtake it. */
  awaits(call: Ordered): void;
  /** A call has ended; `error` tells how, unless it succeeded. */
  ended(call: Ordered, error: Error | undefined): void;
}
