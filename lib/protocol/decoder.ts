import {
  ChunkReader,
  CR,
  LF,
  malformed,
  NO_LENGTH_YET,
  NULL_LENGTH,
} from './chunk-reader.js';
import { ErrorReply } from './error-reply.js';
import { Frame, FrameKind } from './frame.js';
import { LargeBulk } from './large-bulk.js';
import { ProtocolLimit, READ_RESERVE } from './limits.js';
import { readBigInt, readDouble, readInteger } from './numbers.js';
import { ProtocolError } from './protocol-error.js';
import { ReplyFormat } from './reply-format.js';
import { copyBytes, readText } from './text.js';
import { WINDOWED_TEXT, WORTH_A_WINDOW } from './text-window.js';

export { Push } from './push.js';
export { READ_RESERVE } from './limits.js';

/** What {@link Decoder.next} returns when the bytes at hand hold no further complete reply. */
export const INCOMPLETE: unique symbol = Symbol('incomplete');

/** What reading one element returns when it opened an aggregate. */
const OPENED: unique symbol = Symbol('opened');

const COLON = 0x3a;

/** The first byte of an element (https://redis.io/docs/latest/develop/reference/protocol-spec/). */
const Type = {
  SimpleString: 0x2b, // +
  Error: 0x2d, // -
  Integer: 0x3a, // :
  Bulk: 0x24, // $
  Array: 0x2a, // *
  Null: 0x5f, // _
  Boolean: 0x23, // #
  Double: 0x2c, // ,
  BigNumber: 0x28, // (
  BlobError: 0x21, // !
  Verbatim: 0x3d, // =
  Map: 0x25, // %
  Set: 0x7e, // ~
  Attribute: 0x7c, // |
  Push: 0x3e, // >
} as const;

/**
 * Turns bytes into replies, for RESP3 and RESP2, whatever way the bytes are cut.
 *
 * It is a loop, not a recursion: elements are read one by one, open aggregates
 * wait in a stack of frames, and what has been read is never read again, so
 * that a reply of n bytes costs O(n) however many chunks it arrives in. Only
 * the one unfinished element at the end of a chunk is looked at twice (up to
 * {@link READ_RESERVE} bytes, carried over), and a large bulk string not even
 * that (it has a buffer of its own).
 *
 * Replies become: strings (or Buffers), numbers, bigints where a number would
 * lose digits, booleans, null, arrays (also sets), objects without prototype
 * (maps; or what {@link ReplyFormat} says), `ErrorReply` values, `Push` frames. Attributes are read and dropped.
 */
export class Decoder extends ChunkReader {
  /** What becomes of the next top-level reply: bits of {@link ReplyFormat}. */
  format = 0;

  private large: LargeBulk | undefined = undefined;

  /** Open aggregates are `frames[0..depth)`; the rest wait to be used again. */
  private readonly frames: Frame[] = [];
  private depth = 0;

  /**
   * The next complete top-level reply, a `Push`, or {@link INCOMPLETE}.
   *
   * @throws ProtocolError when the bytes are malformed; the connection is lost then
   */
  next(): unknown {
    for (;;) {
      const value =
        this.large === undefined ? this.readElement() : this.resumeLarge();
      if (value === INCOMPLETE) {
        this.carryOver();
        return INCOMPLETE;
      }
      if (value === OPENED) continue;
      // the fast path: a scalar that stands alone has touched no frame
      if (this.depth === 0) return value;
      const reply = this.addToFrames(value);
      if (reply !== OPENED) return reply;
    }
  }

  /** Adds an element to the innermost frame and closes what that completes; the top-level value, or OPENED. */
  private addToFrames(element: unknown): unknown {
    let value = element;
    while (this.depth > 0) {
      const frame = this.frames[this.depth - 1]!;
      frame.add(value);
      if (frame.missing > 0) return OPENED;
      value = frame.close();
      this.depth--;
      // an attribute decorates the element behind it and is none itself
      if (frame.kind === FrameKind.Attribute) return OPENED;
    }
    return value;
  }

  /** One element: a value, OPENED, or INCOMPLETE (then the position is still at its first byte). */
  private readElement(): unknown {
    if (this.position >= this.end) return INCOMPLETE;
    const type = this.chunk[this.position]!;
    switch (type) {
      case Type.Bulk:
      case Type.Verbatim:
      case Type.BlobError:
        return this.readBulk(type);
      case Type.SimpleString:
        return this.readSimpleString();
      case Type.Integer:
        if (!this.findLineEnd(ProtocolLimit.digits)) return INCOMPLETE;
        return (this.format & ReplyFormat.BigInts) === 0
          ? readInteger(this.chunk, this.takeLine(), this.lineEnd)
          : readBigInt(this.chunk, this.takeLine(), this.lineEnd);
      case Type.Array:
      case Type.Set:
        return this.openFrame(FrameKind.Array);
      case Type.Map:
        return this.openFrame(
          (this.format & ReplyFormat.Maps) === 0
            ? FrameKind.Object
            : FrameKind.Map,
        );
      case Type.Push:
        return this.openFrame(FrameKind.Push);
      case Type.Attribute:
        return this.openFrame(FrameKind.Attribute);
      default:
        return this.readRareLine(type);
    }
  }

  private readSimpleString(): unknown {
    if (!this.findLineEnd(ProtocolLimit.line)) return INCOMPLETE;
    // +OK and its like are words of the protocol, never somebody's bytes
    return readText(this.chunk, this.takeLine(), this.lineEnd);
  }

  private readRareLine(type: number): unknown {
    switch (type) {
      case Type.Error:
      case Type.Null:
      case Type.Boolean:
      case Type.Double:
      case Type.BigNumber:
        break;
      default:
        throw malformed(`a reply that begins with byte ${type}`);
    }
    if (!this.findLineEnd(ProtocolLimit.line)) return INCOMPLETE;
    const start = this.takeLine();
    const end = this.lineEnd;
    switch (type) {
      case Type.Error:
        return new ErrorReply(readText(this.chunk, start, end));
      case Type.Null:
        if (end !== start) throw malformed('a malformed null');
        return null;
      case Type.Boolean:
        return readBoolean(this.chunk, start, end);
      case Type.Double:
        return readDouble(this.chunk, start, end);
      default:
        return readBigInt(this.chunk, start, end);
    }
  }

  /** A bulk string, verbatim string or blob error, when all of it is at hand. */
  private readBulk(type: number): unknown {
    const length = this.readLength(ProtocolLimit.bulkLength);
    if (length === NO_LENGTH_YET) return INCOMPLETE;
    const start = this.lineEnd + 2;
    if (length === NULL_LENGTH) {
      if (type !== Type.Bulk) throw malformed('a negative length');
      this.position = start;
      return null;
    }
    const after = start + length + 2;
    if (after > this.end) {
      if (after - this.position <= READ_RESERVE) return INCOMPLETE;
      const becomesText = type !== Type.Bulk || !this.wantsBuffers();
      this.large = new LargeBulk(type, length, becomesText);
      this.position = start;
      return this.resumeLarge();
    }
    this.position = after;
    return this.bulkValue(type, this.chunk, start, length);
  }

  private resumeLarge(): unknown {
    const large = this.large!;
    this.position += large.append(this.chunk, this.position, this.end);
    if (!large.complete) return INCOMPLETE;
    this.large = undefined;
    if (large.type === Type.Bulk && this.wantsBuffers()) {
      // its buffer is its own already: no copy
      requireCrlf(large.bytes, large.length);
      return large.bytes.subarray(0, large.length);
    }
    const value = this.bulkValue(large.type, large.bytes, 0, large.length);
    large.release();
    return value;
  }

  private bulkValue(
    type: number,
    bytes: Buffer,
    start: number,
    length: number,
  ): unknown {
    const end = start + length;
    requireCrlf(bytes, end);
    if (type === Type.BlobError)
      return new ErrorReply(toText(bytes, start, end));
    let first = start;
    if (type === Type.Verbatim) {
      // three characters of format and a colon: `txt:`, `mkd:`
      if (length < 4 || bytes[start + 3] !== COLON) {
        throw malformed('a verbatim string without a format');
      }
      first += 4;
    }
    if (this.wantsBuffers()) return copyBytes(bytes, first, end);
    return length <= WINDOWED_TEXT && this.end - first >= WORTH_A_WINDOW
      ? this.window.read(bytes, first, end, this.end)
      : toText(bytes, first, end);
  }

  /** Opens an aggregate, or returns it at once when it is empty. */
  private openFrame(kind: FrameKind): unknown {
    const length = this.readLength(ProtocolLimit.elements);
    if (length === NO_LENGTH_YET) return INCOMPLETE;
    const nullArray =
      length === NULL_LENGTH && this.chunk[this.position] === Type.Array;
    if (length < 0 && !nullArray) throw malformed('a negative length');
    if (kind === FrameKind.Push && this.depth > 0) {
      // whether it would count as an element differs between servers, so
      // what follows it could be taken for another command's reply
      throw malformed('a push inside a reply');
    }
    if (this.depth === ProtocolLimit.depth) throw malformed('too deep a reply');
    const binary = kind !== FrameKind.Push && this.wantsBuffers();
    this.position = this.lineEnd + 2;
    if (nullArray) return null;

    const frame = (this.frames[this.depth] ??= new Frame());
    frame.open(kind, length, binary);
    if (length > 0) {
      this.depth++;
      return OPENED;
    }
    const empty = frame.close();
    return kind === FrameKind.Attribute ? OPENED : empty;
  }

  private wantsBuffers(): boolean {
    return this.depth === 0
      ? (this.format & ReplyFormat.Buffers) !== 0
      : this.frames[this.depth - 1]!.wantsBuffers;
  }
}

function readBoolean(bytes: Buffer, start: number, end: number): boolean {
  if (end - start === 1) {
    if (bytes[start] === 0x74) return true; // t
    if (bytes[start] === 0x66) return false; // f
  }
  throw malformed('a malformed boolean');
}

function requireCrlf(bytes: Buffer, at: number): void {
  if (bytes[at] !== CR || bytes[at + 1] !== LF) {
    throw malformed('a bulk string longer than announced');
  }
}

/** Text of a bulk string. 512 MB of it can exceed what a JavaScript string holds. */
function toText(bytes: Buffer, start: number, end: number): string {
  try {
    return readText(bytes, start, end);
  } catch (cause) {
    throw new ProtocolError(
      `A string of ${end - start} bytes is too long for JavaScript; ask for Buffers`,
      { cause },
    );
  }
}
