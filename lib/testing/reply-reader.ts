import { ReplyError } from '../errors/reply-error.js';

export const INCOMPLETE = Symbol('incomplete');

/** Stand-in until the protocol room's decoder is there. */
export class ReplyReader {
  private buffer = '';
  private at = 0;

  feed(chunk: Buffer): void {
    this.buffer = this.buffer.slice(this.at) + chunk.toString('latin1');
    this.at = 0;
  }

  next(): unknown {
    const start = this.at;
    const value = this.read();
    if (value === INCOMPLETE) this.at = start;
    return value;
  }

  private read(): unknown {
    const end = this.buffer.indexOf('\r\n', this.at);
    if (end === -1) return INCOMPLETE;
    const type = this.buffer[this.at];
    const line = this.buffer.slice(this.at + 1, end);
    this.at = end + 2;
    if (type === '+') return line;
    if (type === '-') return new ReplyError(line);
    if (type === ':') return Number(line);
    const length = Number(line);
    if (length === -1) return null;
    if (type === '$') {
      if (this.buffer.length < this.at + length + 2) return INCOMPLETE;
      const text = this.buffer.slice(this.at, this.at + length);
      this.at += length + 2;
      return Buffer.from(text, 'latin1').toString('utf8');
    }
    const items: unknown[] = [];
    for (let i = 0; i < length; i += 1) {
      const item = this.read();
      if (item === INCOMPLETE) return INCOMPLETE;
      items.push(item);
    }
    return items;
  }
}
