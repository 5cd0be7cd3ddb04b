import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Argument } from '../../../lib/protocol/argument.js';
import { Encoder, encodeWords } from '../../../lib/protocol/encoder.js';
import { readCommands } from './reference-parser.js';

const GET = encodeWords(['GET']);
const SET = encodeWords(['SET']);

function bytesOf(taken: Buffer | Buffer[]): Buffer {
  return Array.isArray(taken) ? Buffer.concat(taken) : Buffer.from(taken);
}

function wireOf(argument: Argument): Buffer {
  return Buffer.isBuffer(argument) ? argument : Buffer.from(String(argument));
}

const argument: fc.Arbitrary<Argument> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 120 }),
  // every UTF-16 unit, lone surrogates included
  fc
    .array(fc.nat(0xffff), { maxLength: 60 })
    .map((units) => String.fromCharCode(...units)),
  fc.string({ maxLength: 60 }),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.bigInt(),
);

describe('Encoder', () => {
  let encoder: Encoder;

  beforeEach(() => {
    encoder = new Encoder();
  });

  function encode(...args: Argument[]): string {
    encoder.command(GET, args);
    const bytes = bytesOf(encoder.take());
    encoder.release();
    return bytes.toString();
  }

  it('writes a command as an array of bulk strings', () => {
    expect(encode('key')).toBe('*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n');
    expect(encode()).toBe('*1\r\n$3\r\nGET\r\n');
    expect(encode('', 'ü', Buffer.from('b'))).toBe(
      '*4\r\n$3\r\nGET\r\n$0\r\n\r\n$2\r\nü\r\n$1\r\nb\r\n',
    );
  });

  it('writes a command of several words', () => {
    encoder.command(encodeWords(['SCRIPT', 'LOAD']), ['return 1']);
    expect(bytesOf(encoder.take()).toString()).toBe(
      '*3\r\n$6\r\nSCRIPT\r\n$4\r\nLOAD\r\n$8\r\nreturn 1\r\n',
    );
  });

  it('writes numbers and bigints as String() shows them', () => {
    const args = [0, -0, 7, -12, 1.5, 1e21, 2 ** 53, 12345678901234567890n];
    const texts = args.map(String);
    encoder.command(SET, args);
    const [words] = readCommands(bytesOf(encoder.take()));
    expect(words!.slice(1).map(String)).toEqual(texts);
  });

  it('writes lone surrogates as U+FFFD, short and long', () => {
    for (const padding of ['', 'p'.repeat(100), 'p'.repeat(20_000)]) {
      const text = `${padding}\ud800x\udc00${padding}\ud83d`;
      encoder.command(GET, [text]);
      const [words] = readCommands(bytesOf(encoder.take()));
      expect(words![1]!.equals(Buffer.from(text))).toBe(true);
      encoder.release();
    }
  });

  it('corrects the header where characters are more bytes than one, at every change of its digits', () => {
    for (const length of [3, 4, 5, 9, 10, 33, 34, 39, 40, 41, 49, 50, 51, 99]) {
      for (const character of ['é', '€', '😀']) {
        const text = character.repeat(length);
        for (const value of [text, `a${text}`, `${text}a`]) {
          encoder.command(GET, [value, 'after']);
          const [words] = readCommands(bytesOf(encoder.take()));
          expect(words!.slice(1).map(String)).toEqual([value, 'after']);
          encoder.release();
        }
      }
    }
  });

  it('announces lengths of every number of digits, in text and in bytes', () => {
    for (const limit of [10, 100, 1_000, 10_000, 100_000, 1_000_000]) {
      for (const length of [limit - 1, limit, limit + 1, limit + limit / 5]) {
        const text = 'x'.repeat(length);
        for (const value of [text, Buffer.from(text)]) {
          encoder.command(GET, [value]);
          const bytes = bytesOf(encoder.take());
          const header = `*2\r\n$3\r\nGET\r\n$${text.length}\r\n`;
          expect(bytes.toString('latin1', 0, header.length)).toBe(header);
          expect(bytes).toHaveLength(header.length + text.length + 2);
          encoder.release();
        }
      }
    }
  });

  it('writes any commands so that an independent reader reads them back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(argument, { maxLength: 12 }), { maxLength: 12 }),
        (commands) => {
          for (const args of commands) encoder.command(SET, args);
          const length = encoder.length;
          const bytes = bytesOf(encoder.take());
          encoder.release();
          expect(bytes).toHaveLength(length);
          expect(readCommands(bytes)).toEqual(
            commands.map((args) => [Buffer.from('SET'), ...args.map(wireOf)]),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it('takes commands of more bytes and more arguments than its memory holds', () => {
    const args = Array.from({ length: 200_000 }, (_, index) => `key:${index}`);
    encoder.command(GET, args);
    const [words] = readCommands(bytesOf(encoder.take()));
    expect(words!.slice(1).map(String)).toEqual(args);
  });

  it('gives large arguments as parts of their own, a Buffer uncopied', () => {
    const large = Buffer.alloc(16 * 1024, 'l');
    const text = 'é'.repeat(16 * 1024);
    encoder.command(SET, ['k', large, text, 'end']);
    const length = encoder.length;
    const taken = encoder.take();
    expect(taken).toContain(large);
    expect(encoder.length).toBe(0);
    const bytes = bytesOf(taken);
    expect(bytes).toHaveLength(length);
    const [words] = readCommands(bytes);
    expect(words![2]!.equals(large)).toBe(true);
    expect(words!.map((word) => word.length)).toEqual([3, 1, 16384, 32768, 3]);
  });

  it.each([
    ['of 1 MiB', 'a'.repeat(1024 * 1024)],
    ['of 1 MiB with a character of three bytes', `${'a'.repeat(1024 * 1024)}€`],
    ['of three bytes a character', '€'.repeat(300_000)],
    ['that just exceed the memory for them', 'é'.repeat(526_336)],
    ['longer than the memory for them', 'b'.repeat(2_000_000)],
  ])('writes large strings %s, several in one command', (_, text) => {
    encoder.command(SET, [text, 'between', text]);
    const [words] = readCommands(bytesOf(encoder.take()));
    expect(words![1]!.equals(Buffer.from(text))).toBe(true);
    expect(words![2]!.toString()).toBe('between');
    expect(words![3]!.equals(words![1]!)).toBe(true);
    encoder.release();
  });

  it('writes large strings in the same memory, until that is retired', () => {
    const textPart = (letter: string): Buffer => {
      encoder.command(GET, [letter.repeat(100_000)]);
      const parts = encoder.take() as Buffer[];
      return parts.find((part) => part.length === 100_000)!;
    };
    const first = textPart('a');
    encoder.release();
    const second = textPart('b');
    expect(second.buffer).toBe(first.buffer);
    encoder.retire();
    const third = textPart('c');
    expect(third.buffer).not.toBe(second.buffer);
    expect(second.toString()).toBe('b'.repeat(100_000));
  });

  it('counts the bytes since the last take', () => {
    expect(encoder.length).toBe(0);
    encoder.command(GET, ['key']);
    expect(encoder.length).toBe(22);
    encoder.take();
    expect(encoder.length).toBe(0);
    encoder.retire();
    expect(encoder.length).toBe(0);
  });

  describe('its memory', () => {
    it('is used again once released', () => {
      encoder.command(GET, ['first']);
      const first = encoder.take() as Buffer;
      encoder.release();
      encoder.command(GET, ['again']);
      const again = encoder.take() as Buffer;
      expect(again.buffer).toBe(first.buffer);
      expect(again.byteOffset).toBe(first.byteOffset);
    });

    it('is never touched again once retired, whatever follows', () => {
      fc.assert(
        fc.property(
          fc.array(
            fc.record({
              sizes: fc.array(fc.nat(90_000), { maxLength: 6 }),
              retire: fc.boolean(),
            }),
            { maxLength: 30 },
          ),
          (flushes) => {
            const pending: { parts: Buffer[]; bytes: Buffer }[] = [];
            flushes.forEach(({ sizes, retire }, index) => {
              for (const size of sizes) {
                const fill = String.fromCharCode(97 + (index % 26));
                encoder.command(SET, [fill.repeat(size), Buffer.alloc(9)]);
              }
              const taken = encoder.take();
              const parts = Array.isArray(taken) ? taken : [taken];
              expect(readCommands(bytesOf(taken))).toHaveLength(sizes.length);
              if (retire) {
                pending.push({ parts, bytes: bytesOf(taken) });
                encoder.retire();
              } else {
                encoder.release();
              }
            });
            for (const { parts, bytes } of pending) {
              expect(Buffer.concat(parts).equals(bytes)).toBe(true);
            }
          },
        ),
        { numRuns: 60 },
      );
    });
  });
});
