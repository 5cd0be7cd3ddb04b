import { ProtocolLimit, READ_RESERVE } from './limits.js';
import { ProtocolError } from './protocol-error.js';
import { TextWindow } from './text-window.js';

const MINUS = 0x2d;
const ONE = 0x31;
export const CR = 0x0d;
export const LF = 0x0a;

/** Results of {@link ChunkReader.readLength} that are no length. */
export const NULL_LENGTH = -1;
export const NO_LENGTH_YET = -2;

const NO_BYTES = Buffer.alloc(0);

/** First size of the carry buffer. A connection in use carries nearly always less than one reply. */
const MIN_CARRY = 1024;

/**
 * The bytes at hand and the lines in them. A base class rather than a part of
 * the decoder, as each byte read goes through these fields.
 */
export abstract class ChunkReader {
  protected chunk: Buffer = NO_BYTES;
  protected position = 0;
  protected end = 0;
  /** Text of the chunk. */
  protected readonly window = new TextWindow();

  /** The unfinished element that ended the last chunk: `carry[0..carried)`. */
  private carry: Buffer = NO_BYTES;
  private carried = 0;
  /** Where the element's line ends (at its CR), set by the line readers. */
  protected lineEnd = 0;

  /**
   * Hands over `chunk[start..end)`. The caller may overwrite it as soon as
   * `next()` has returned `INCOMPLETE`. The bytes in front of `start`
   * are overwritten: a caller that keeps {@link READ_RESERVE} of them spares a
   * concatenation.
   */
  feed(chunk: Buffer, start: number, end: number): void {
    this.window.clear();
    if (this.position < this.end) this.carryOver();
    const carried = this.carried;
    if (carried === 0) {
      this.chunk = chunk;
      this.position = start;
      this.end = end;
      return;
    }
    this.carried = 0;
    if (carried <= start) {
      this.carry.copy(chunk, start - carried, 0, carried);
      this.chunk = chunk;
      this.position = start - carried;
      this.end = end;
    } else {
      const joined = Buffer.allocUnsafe(carried + end - start);
      this.carry.copy(joined, 0, 0, carried);
      chunk.copy(joined, carried, start, end);
      this.chunk = joined;
      this.position = 0;
      this.end = joined.length;
    }
  }

  /** The length in the element's first line. Sets `lineEnd`, leaves the position. */
  protected readLength(limit: number): number {
    const { chunk, end } = this;
    let at = this.position + 1;
    let length = 0;
    for (; at < end; at++) {
      const digit = chunk[at]! - 0x30;
      if (digit < 0 || digit > 9) break;
      length = length * 10 + digit;
      if (length > limit) throw malformed('too large a length');
    }
    // the line is almost always there, with at least one digit
    if (at + 1 < end && at > this.position + 1 && chunk[at] === CR) {
      if (chunk[at + 1] !== LF) throw malformed('a CR without LF');
      if (at - this.position > ProtocolLimit.digits) {
        throw malformed('too long a length');
      }
      this.lineEnd = at;
      return length;
    }
    return this.readOddLength(at);
  }

  /** A length that is unfinished, null, or malformed; `at` is the first byte that is no digit. */
  private readOddLength(at: number): number {
    const { chunk, end, position } = this;
    if (at - position > ProtocolLimit.digits) {
      throw malformed('too long a length');
    }
    if (at >= end) return NO_LENGTH_YET;
    if (at === position + 1 && chunk[at] === MINUS) {
      return this.readNullLength(at + 1);
    }
    if (at === position + 1 || chunk[at] !== CR) {
      throw malformed('a malformed length');
    }
    return NO_LENGTH_YET;
  }

  /** `-1`, the only negative length there is; `at` is behind the sign. */
  private readNullLength(at: number): number {
    const { chunk } = this;
    if (at + 3 > this.end) return NO_LENGTH_YET;
    if (chunk[at] !== ONE || chunk[at + 1] !== CR || chunk[at + 2] !== LF) {
      throw malformed('a negative length');
    }
    this.lineEnd = at + 1;
    return NULL_LENGTH;
  }

  /** Looks for the CRLF of a line and sets `lineEnd`; false when it is not there yet. */
  protected findLineEnd(limit: number): boolean {
    const { chunk, position } = this;
    const last = this.end - 1;
    let at = position + 1;
    while (at < last && chunk[at] !== CR) at++;
    if (at - position > limit) throw malformed('too long a line');
    if (at >= last) return false;
    if (chunk[at + 1] !== LF) throw malformed('a CR without LF');
    this.lineEnd = at;
    return true;
  }

  /** Moves the position behind the line and returns where its text begins. */
  protected takeLine(): number {
    const start = this.position + 1;
    this.position = this.lineEnd + 2;
    return start;
  }

  /** Saves the bytes not read yet: the chunk belongs to its owner again. */
  protected carryOver(): void {
    const count = this.end - this.position;
    if (count > 0) {
      if (count > this.carry.length) {
        this.carry = Buffer.allocUnsafeSlow(
          Math.max(count, this.carry.length * 2, MIN_CARRY),
        );
      }
      this.chunk.copy(this.carry, 0, this.position, this.end);
    } else if (this.carry.length > READ_RESERVE) {
      this.carry = NO_BYTES;
    }
    this.carried = count;
    this.window.clear();
    this.chunk = NO_BYTES;
    this.position = 0;
    this.end = 0;
  }
}

/** What the error says never includes bytes received: they may be secret. */
export function malformed(what: string): ProtocolError {
  return new ProtocolError(`The server sent ${what}`);
}
