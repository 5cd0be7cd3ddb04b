import { ReplyFormat } from '../../../lib/protocol/reply-format.js';
import { isDeepStrictEqual } from 'node:util';
import {
  Decoder,
  INCOMPLETE,
  READ_RESERVE,
} from '../../../lib/protocol/decoder.js';

export interface PieceOptions {
  /** Free bytes in front of each chunk. */
  readonly reserve?: number;
  readonly binary?: boolean;
}

/** Every reply in `bytes`, fed in one chunk. */
export function decodeAll(bytes: Buffer): unknown[] {
  return decodeInPieces(bytes, []);
}

/**
 * Every reply in `bytes`, fed as a connection does: each piece is read into the
 * same memory, behind the reserve, and the memory is overwritten afterwards.
 *
 * @param cuts ascending positions at which a new piece begins
 */
export function decodeInPieces(
  bytes: Buffer,
  cuts: readonly number[],
  options: PieceOptions = {},
): unknown[] {
  const reserve = options.reserve ?? READ_RESERVE;
  const decoder = new Decoder();
  decoder.format = options.binary === true ? ReplyFormat.Buffers : 0;
  const shared = Buffer.alloc(reserve + bytes.length);
  const replies: unknown[] = [];
  let start = 0;
  for (const cut of [...cuts, bytes.length]) {
    const length = bytes.copy(shared, reserve, start, cut);
    decoder.feed(shared, reserve, reserve + length);
    for (;;) {
      const reply = decoder.next();
      if (reply === INCOMPLETE) break;
      replies.push(reply);
    }
    shared.fill(0xaa, 0, reserve + length);
    start = cut;
  }
  return replies;
}

/** For `toSatisfy`: as strict as `toStrictEqual`, and far faster on large Buffers. */
export function sameAs(expected: unknown): (actual: unknown) => boolean {
  return (actual) => isDeepStrictEqual(actual, expected);
}
