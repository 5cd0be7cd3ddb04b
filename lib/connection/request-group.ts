import { encodeWords, type EncodedWords } from '../protocol/encoded-words.js';
import type { Encoder } from '../protocol/encoder.js';
import type { Carrier, Request } from './request.js';

/**
 * Stands where a request has its words: the request is a {@link RequestGroup}.
 * A comparison with it is all that groups cost other requests.
 */
export const GROUP: EncodedWords = encodeWords([]);

/**
 * Several commands that are one request: MULTI to EXEC. It is queued, written,
 * withdrawn and lost as a whole; nothing can come between its commands, and no
 * part of it can stay behind: half a transaction would swallow the commands of
 * other callers.
 *
 * Its sink hears of the last reply only.
 */
export interface RequestGroup extends Request {
  /** Appends its commands; called when they are written, with what will carry them. */
  encode(encoder: Encoder, carrier: Carrier): void;
  /**
   * Takes the next reply.
   *
   * @returns whether it was the last one
   */
  takes(reply: unknown): boolean;
  /** Replies still to come. */
  readonly outstanding: number;
}
