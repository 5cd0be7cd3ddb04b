/** Heads are kept for commands of up to this many arguments: it covers all but variadic calls. */
const MAX_CACHED_ARGUMENTS = 8;

/**
 * A command's words as they stand on the wire. They never change, so one copy
 * of bytes made once takes the place of encoding them for each call.
 */
export class EncodedWords {
  /** `*2\r\n$3\r\nGET\r\n`: count and words in one, by number of arguments. */
  private readonly heads: (Buffer | undefined)[] = [];

  /**
   * @param count how many words
   * @param bytes the words as bulk strings: `$3\r\nGET\r\n`
   */
  constructor(
    readonly count: number,
    readonly bytes: Buffer,
  ) {}

  /** Everything in front of the first argument of a command with so many arguments. */
  head(argumentCount: number): Buffer {
    return this.heads[argumentCount] ?? this.makeHead(argumentCount);
  }

  private makeHead(argumentCount: number): Buffer {
    const count = Buffer.from(`*${this.count + argumentCount}\r\n`, 'latin1');
    const head = Buffer.concat([count, this.bytes]);
    if (argumentCount <= MAX_CACHED_ARGUMENTS) {
      // in order, or the array would get holes
      for (let n = this.heads.length; n < argumentCount; n++) this.makeHead(n);
      this.heads[argumentCount] = head;
    }
    return head;
  }
}

/** Encodes the words of a command, for example `['SCRIPT', 'LOAD']`. */
export function encodeWords(words: readonly string[]): EncodedWords {
  let text = '';
  for (const word of words) {
    text += `$${Buffer.byteLength(word)}\r\n${word}\r\n`;
  }
  return new EncodedWords(words.length, Buffer.from(text));
}
