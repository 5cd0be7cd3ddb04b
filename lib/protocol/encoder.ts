import type { Argument } from './argument.js';
import type { EncodedWords } from './encoded-words.js';

export { type EncodedWords, encodeWords } from './encoded-words.js';

/** From here on a Buffer is a part of its own instead of being copied. */
const LARGE_BYTES = 16 * 1024;

/**
 * From here on a string gets memory of its own: it might not fit. Below, it is
 * written where the other arguments are: 0.9 µs for 16 KiB, where a Buffer of
 * its own costs 3.5 (Node 20), and a part of its own in the write besides.
 */
const LARGE_TEXT = 64 * 1024;

/** Memory for one such string at a time, up to a little more than 1 MiB. */
const TEXT_MEMORY = 1024 * 1024 + 4096;

/** No character takes more bytes: a string that left so many unused has been written to its end. */
const CHARACTER = 4;

/**
 * The encoder's memory: several times what is flushed at once, so that a
 * pending write seldom needs fresh memory, and so much that the longest string
 * which is no part of its own fits behind that.
 */
const MEMORY = 512 * 1024;

/**
 * Up to this many characters a loop is faster than the call into C++, which
 * costs 73 ns flat: 9 ns at 4 characters, 33 at 16, 60 at 32, 87 at 48 (Node 20).
 */
const SHORT_TEXT = 40;

/** Bytes around an argument: `$`, its length in up to 10 digits, two CRLF. */
const FRAMING = 15;

const CR = 0x0d;
const LF = 0x0a;
const DOLLAR = 0x24;
const ZERO = 0x30;

/**
 * Encodes commands back to back into memory it uses again and again. One per
 * process is enough, as encoding and writing are synchronous:
 *
 *     encoder.command(words, args);            // for all that waits on one connection
 *     const bytes = encoder.take();
 *     // write them, then one of:
 *     encoder.release();                       // the kernel has taken them
 *     encoder.retire();                        // a pending write still reads them
 */
export class Encoder {
  /** Bytes encoded since the last {@link take}, large arguments included. */
  get length(): number {
    return this.partsLength + this.end - this.start;
  }

  private memory = Buffer.allocUnsafeSlow(MEMORY);
  /** Bytes below it belong to writes that are still pending. */
  private floor = 0;
  /** First byte that is in no part yet. */
  private start = 0;
  private end = 0;
  /** For a large string: fresh memory for 1 MiB costs 200 µs, writing it 60 (Node 20). */
  private textMemory: Buffer | undefined = undefined;
  private textMemoryTaken = false;
  private parts: Buffer[] = [];
  private partsLength = 0;

  /**
   * Appends one command. Numbers and bigints are written as `String()` shows
   * them; whether NaN, Infinity or a fraction may be sent is checked before.
   * A large Buffer is not copied: it must not change until it is written.
   * Arguments of other types must have been refused before: an error half-way
   * through would leave half a command among the bytes of the others.
   *
   * @param words the command's words, encoded
   * @param args what stands behind them
   */
  command(words: EncodedWords, args: readonly Argument[]): void {
    const count = args.length;
    const head = words.head(count);
    this.reserve(head.length);
    // 19 ns for 13 bytes; a loop takes 24, Buffer.copy 23
    this.memory.set(head, this.end);
    this.end += head.length;
    for (let i = 0; i < count; i++) this.argument(args[i]!);
  }

  /**
   * What to write since the last call: one Buffer, or several when there are
   * large arguments or more bytes than the memory holds. Has to be followed by
   * {@link release} or {@link retire}.
   */
  take(): Buffer | Buffer[] {
    if (this.parts.length === 0) {
      const bytes = this.memory.subarray(this.start, this.end);
      this.start = this.end;
      return bytes;
    }
    this.closePart();
    const parts = this.parts;
    this.parts = [];
    this.partsLength = 0;
    return parts;
  }

  /** Everything taken has left the process: its memory may be used again. */
  release(): void {
    this.start = this.floor;
    this.end = this.floor;
    this.textMemoryTaken = false;
  }

  /** A pending write still reads what was taken: its memory is left alone for good. */
  retire(): void {
    this.floor = this.end;
    if (this.textMemoryTaken) this.textMemory = undefined;
    this.textMemoryTaken = false;
  }

  private argument(value: Argument): void {
    if (typeof value === 'string') this.text(value);
    else if (typeof value === 'object') this.bytes(value);
    else this.text(String(value));
  }

  private text(value: string): void {
    const length = value.length;
    if (length >= LARGE_TEXT) {
      this.bytes(this.bytesOf(value));
      return;
    }
    // a UTF-16 unit is at most three bytes of UTF-8
    this.reserve(length * 3 + FRAMING);
    const memory = this.memory;
    const header = this.end;
    this.header(length);
    const body = this.end;
    if (length <= SHORT_TEXT) {
      let at = 0;
      for (; at < length; at++) {
        const unit = value.charCodeAt(at);
        if (unit > 0x7f) break;
        memory[body + at] = unit;
      }
      if (at === length) {
        this.end = body + length;
        this.crlf();
        return;
      }
    }
    const written = memory.write(value, body);
    this.end = body + written;
    if (written !== length) this.correctHeader(header, body, written);
    this.crlf();
  }

  /** A large string's bytes: in the memory for that, if it is free and they fit, else in their own. */
  private bytesOf(value: string): Buffer {
    if (this.textMemoryTaken || value.length > TEXT_MEMORY - CHARACTER) {
      return Buffer.from(value);
    }
    this.textMemory ??= Buffer.allocUnsafeSlow(TEXT_MEMORY);
    const written = this.textMemory.write(value);
    if (written > TEXT_MEMORY - CHARACTER) return Buffer.from(value);
    this.textMemoryTaken = true;
    return this.textMemory.subarray(0, written);
  }

  private bytes(value: Buffer): void {
    const length = value.length;
    if (length >= LARGE_BYTES) {
      this.reserve(FRAMING);
      this.header(length);
      this.closePart();
      this.parts.push(value);
      this.partsLength += length;
      this.reserve(2);
    } else {
      this.reserve(length + FRAMING);
      this.header(length);
      this.memory.set(value, this.end);
      this.end += length;
    }
    this.crlf();
  }

  /** Writes `$<length>\r\n`. */
  private header(length: number): void {
    const memory = this.memory;
    let at = this.end;
    memory[at++] = DOLLAR;
    if (length < 10) {
      memory[at++] = ZERO + length;
    } else if (length < 100) {
      const tens = (length / 10) | 0;
      memory[at++] = ZERO + tens;
      memory[at++] = ZERO + length - tens * 10;
    } else {
      at = this.digits(length, at);
    }
    memory[at++] = CR;
    memory[at++] = LF;
    this.end = at;
  }

  /** Writes a number of three digits or more, and says where it ends: 60 ns less than `write(String(value))` (Node 20). */
  private digits(value: number, start: number): number {
    let end = start + 3;
    for (let rest = value; rest >= 1000; rest = Math.floor(rest / 10)) end++;
    let rest = value;
    for (let at = end - 1; at >= start; at--) {
      const tens = Math.floor(rest / 10);
      this.memory[at] = ZERO + rest - tens * 10;
      rest = tens;
    }
    return end;
  }

  /**
   * The header was written for one byte a character and there are more: writes
   * the right one, and moves the body where its length has more digits.
   */
  private correctHeader(header: number, body: number, length: number): void {
    const shift = String(length).length + 3 - (body - header);
    if (shift > 0) this.memory.copyWithin(body + shift, body, body + length);
    this.end = header;
    this.header(length);
    this.end += length;
  }

  private crlf(): void {
    this.memory[this.end++] = CR;
    this.memory[this.end++] = LF;
  }

  /** Makes room for `count` bytes in one piece, in fresh memory when this one is full. */
  private reserve(count: number): void {
    if (this.end + count > this.memory.length) this.moveOn();
  }

  private moveOn(): void {
    this.closePart();
    this.memory = Buffer.allocUnsafeSlow(MEMORY);
    this.floor = 0;
    this.start = 0;
    this.end = 0;
  }

  private closePart(): void {
    if (this.end === this.start) return;
    this.parts.push(this.memory.subarray(this.start, this.end));
    this.partsLength += this.end - this.start;
    this.start = this.end;
  }
}
