import type { ResolvedReplies } from '../../options/reply-options.js';
import type { ReadPolicy } from '../reads/read-policy.js';

/** What a caller may choose per call; see `RedisClusterClient.with`. */
export interface CallSettings {
  /** The whole time of the call, in milliseconds. */
  readonly timeoutMs: number;
  /** What the values of replies are. */
  readonly replies: ResolvedReplies;
  /** The same, as bits of `ReplyFormat`. */
  readonly format: number;
  /** Whether keys in several slots may be split. */
  readonly nonAtomicCrossSlot: boolean;
  /** Chooses the nodes of reads; undefined where they go to the primary. */
  readonly readFrom: ReadPolicy | undefined;
  /** Ends the call when it is aborted. */
  readonly signal: AbortSignal | undefined;
}
