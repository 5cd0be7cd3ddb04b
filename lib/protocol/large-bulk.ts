import { FIRST_BULK_ALLOCATION } from './limits.js';

/**
 * What the last large bulk that became text was gathered in, for the next one:
 * fresh memory costs 60 µs a MiB in page faults (Node 20), and the collector
 * runs more often where much of it comes and goes. One for the process.
 */
let spare: Buffer | undefined;

/**
 * A bulk string too large to be carried from chunk to chunk. It collects its
 * body and the CRLF behind it in one buffer that doubles as bytes really arrive:
 * an announced 512 MB that never come cost 1 MB.
 */
export class LargeBulk {
  private buffer: Buffer;
  private filled = 0;

  /**
   * @param type the type byte of the element
   * @param length bytes of the body, without the CRLF
   * @param becomesText whether nobody keeps its bytes
   */
  constructor(
    readonly type: number,
    readonly length: number,
    private readonly becomesText: boolean,
  ) {
    const size = Math.min(length + 2, FIRST_BULK_ALLOCATION);
    if (becomesText && spare !== undefined && spare.length >= size) {
      this.buffer = spare;
      spare = undefined;
    } else {
      this.buffer = Buffer.allocUnsafeSlow(size);
    }
  }

  /** Its bytes have been read: the next one may have the memory. */
  release(): void {
    const size = this.buffer.length;
    if (!this.becomesText || size > FIRST_BULK_ALLOCATION) return;
    if (spare === undefined || spare.length < size) spare = this.buffer;
  }

  get complete(): boolean {
    return this.filled === this.length + 2;
  }

  /** Body and CRLF; only when complete. */
  get bytes(): Buffer {
    return this.buffer;
  }

  /** Takes what is its own of `chunk[start..end)` and says how many bytes that were. */
  append(chunk: Buffer, start: number, end: number): number {
    const count = Math.min(end - start, this.length + 2 - this.filled);
    this.grow(this.filled + count);
    chunk.copy(this.buffer, this.filled, start, start + count);
    this.filled += count;
    return count;
  }

  private grow(needed: number): void {
    if (needed <= this.buffer.length) return;
    const size = Math.max(needed, this.buffer.length * 2);
    const larger = Buffer.allocUnsafeSlow(Math.min(size, this.length + 2));
    this.buffer.copy(larger, 0, 0, this.filled);
    this.buffer = larger;
  }
}
