import { describe, expect, it } from 'vitest';
import {
  Decoder,
  INCOMPLETE,
  Push,
  READ_RESERVE,
} from '../../../lib/protocol/decoder.js';
import { ReplyFormat } from '../../../lib/protocol/reply-format.js';
import { ErrorReply } from '../../../lib/protocol/error-reply.js';
import {
  type CorpusReply,
  record,
  resp2Replies,
  resp3Replies,
} from './reply-corpus.js';
import { decodeAll, decodeInPieces, sameAs } from './decode-in-pieces.js';

const all: readonly CorpusReply[] = [...resp2Replies, ...resp3Replies];

describe('Decoder', () => {
  it.each(all)('decodes $name (conformance 158)', ({ bytes, value }) => {
    expect(decodeAll(bytes)).toStrictEqual([value]);
  });

  it('makes objects without prototype of maps, so no key is special (conformance 158)', () => {
    const [map] = decodeAll(Buffer.from('%1\r\n$9\r\n__proto__\r\n:1\r\n'));
    expect(Object.getPrototypeOf(map)).toBeNull();
    expect(Object.keys(map as object)).toEqual(['__proto__']);
  });

  it('gives integers beyond 2^53-1 as bigint with every digit, others as number (conformance 159)', () => {
    for (const exact of [
      2n ** 53n - 1n,
      2n ** 53n,
      2n ** 53n + 1n,
      -(2n ** 53n) + 1n,
      -(2n ** 53n),
      -(2n ** 53n) - 1n,
      10n ** 15n,
      10n ** 14n,
      2n ** 63n - 1n,
      -(2n ** 63n),
    ]) {
      const [value] = decodeAll(Buffer.from(`:${exact}\r\n`));
      const safe = exact >= -(2n ** 53n) + 1n && exact <= 2n ** 53n - 1n;
      expect(typeof value).toBe(safe ? 'number' : 'bigint');
      expect(BigInt(value as number | bigint)).toBe(exact);
    }
  });

  it('keeps the prefix of an error apart from its unchanged text', () => {
    const [error] = decodeAll(Buffer.from('-WRONGTYPE a  b\r\n'));
    expect(error).toBeInstanceOf(ErrorReply);
    expect(error).toMatchObject({
      message: 'WRONGTYPE a  b',
      prefix: 'WRONGTYPE',
    });
  });

  describe('whatever way the bytes are cut (conformance 61)', () => {
    const stream = Buffer.concat(all.map((reply) => reply.bytes));
    const expected = all.map((reply) => reply.value);

    it('gives the same replies for a cut at every position of the whole stream', () => {
      for (let cut = 0; cut <= stream.length; cut++) {
        expect(decodeInPieces(stream, [cut])).toSatisfy(sameAs(expected));
      }
    });

    it('gives the same replies byte by byte', () => {
      const cuts = Array.from({ length: stream.length }, (_, at) => at);
      expect(decodeInPieces(stream, cuts)).toSatisfy(sameAs(expected));
      expect(decodeInPieces(stream, cuts, { reserve: 0 })).toSatisfy(
        sameAs(expected),
      );
    });

    it.each(all)('cuts $name at every pair of positions', (reply) => {
      const { bytes } = reply;
      const step = Math.max(1, Math.floor(bytes.length / 40));
      for (let first = 0; first <= bytes.length; first += step) {
        for (let second = first; second <= bytes.length; second += step) {
          expect(decodeInPieces(bytes, [first, second])).toSatisfy(
            sameAs([reply.value]),
          );
        }
      }
    });

    it('needs only as much reserve in front of the chunk as it carries', () => {
      for (const reserve of [0, 1, 2, 5, 17, 100, READ_RESERVE]) {
        for (let cut = 0; cut <= stream.length; cut += 3) {
          expect(decodeInPieces(stream, [cut], { reserve })).toSatisfy(
            sameAs(expected),
          );
        }
      }
    });

    it('decodes large bulk strings around every limit, in text and in bytes', () => {
      for (const length of [
        READ_RESERVE - 20,
        READ_RESERVE - 10,
        READ_RESERVE - 9,
        READ_RESERVE - 8,
        READ_RESERVE,
        READ_RESERVE + 1,
        100_000,
        1_100_000,
        3_000_000,
      ]) {
        // three bytes a character, so that cuts fall inside characters
        const text = '€'.repeat(length / 3) + 'x'.repeat(length % 3);
        const body = Buffer.from(text);
        const bytes = Buffer.concat([
          Buffer.from(`*3\r\n:1\r\n$${body.length}\r\n`),
          body,
          Buffer.from('\r\n:2\r\n+next\r\n'),
        ]);
        for (const cuts of [
          [1],
          [10],
          [READ_RESERVE / 2],
          [40, 41, 9000],
          [bytes.length - 16],
          [bytes.length - 15],
          [bytes.length - 14],
          every(bytes.length, 65_536),
          every(bytes.length, 1_000),
        ]) {
          expect(decodeInPieces(bytes, cuts)).toSatisfy(
            sameAs([[1, text, 2], 'next']),
          );
          expect(decodeInPieces(bytes, cuts, { binary: true })).toSatisfy(
            sameAs([[1, body, 2], 'next']),
          );
        }
      }
    });

    it('decodes large verbatim strings and blob errors in pieces', () => {
      const text = 'y'.repeat(50_000);
      const bytes = Buffer.from(
        `=50004\r\ntxt:${text}\r\n!50000\r\n${text}\r\n-${text}\r\n`,
      );
      const replies = [text, new ErrorReply(text), new ErrorReply(text)];
      expect(decodeInPieces(bytes, every(bytes.length, 777))).toSatisfy(
        sameAs(replies),
      );
      expect(
        decodeInPieces(bytes, every(bytes.length, 777), { reserve: 0 }),
      ).toSatisfy(sameAs(replies));
    });
  });

  it('reads an array of 300,000 elements over many chunks once, not again for each chunk', () => {
    const count = 300_000;
    const bytes = Buffer.from(`*${count}\r\n${':1\r\n'.repeat(count)}`);
    // re-reading from the start for each of 12,000 chunks would take minutes
    const [array] = decodeInPieces(bytes, every(bytes.length, 100));
    expect(array).toHaveLength(count);
    expect((array as number[]).every((element) => element === 1)).toBe(true);
  });

  describe('pushes (conformance 62)', () => {
    it('come as Push between replies and take the place of none', () => {
      const push = '>2\r\n$1\r\nm\r\n*1\r\n+x\r\n';
      const bytes = Buffer.from(
        `${push}+1\r\n${push}${push}*2\r\n:1\r\n:2\r\n${push}$1\r\na\r\n`,
      );
      const m = new Push(['m', ['x']]);
      const expected = [m, '1', m, m, [1, 2], m, 'a'];
      for (let cut = 0; cut <= bytes.length; cut++) {
        expect(decodeInPieces(bytes, [cut])).toStrictEqual(expected);
      }
    });

    it('have strings even while Buffers are asked for', () => {
      const bytes = Buffer.from('>1\r\n*1\r\n$1\r\na\r\n$1\r\nb\r\n');
      expect(decodeInPieces(bytes, [], { binary: true })).toStrictEqual([
        new Push([['a']]),
        Buffer.from('b'),
      ]);
    });

    it('are told from an array that looks like one', () => {
      const [reply] = decodeAll(Buffer.from('*1\r\n$7\r\nmessage\r\n'));
      expect(reply).not.toBeInstanceOf(Push);
    });
  });

  describe('with binary', () => {
    it('gives Buffers for strings, text for map keys, errors and simple strings', () => {
      const bytes = Buffer.from(
        '*5\r\n$2\r\n\xff\xfe\r\n+s\r\n=5\r\ntxt:v\r\n%1\r\n$1\r\nk\r\n*1\r\n$1\r\nw\r\n-ERR e\r\n',
        'latin1',
      );
      expect(decodeInPieces(bytes, [], { binary: true })).toStrictEqual([
        [
          Buffer.from([0xff, 0xfe]),
          's',
          Buffer.from('v'),
          record({ k: [Buffer.from('w')] }),
          new ErrorReply('ERR e'),
        ],
      ]);
    });

    it('gives copies that survive the next read into the same memory', () => {
      const decoder = new Decoder();
      decoder.format = ReplyFormat.Buffers;
      const chunk = Buffer.alloc(READ_RESERVE + 64);
      const wire = Buffer.from('$4\r\nabcd\r\n');
      wire.copy(chunk, READ_RESERVE);
      decoder.feed(chunk, READ_RESERVE, READ_RESERVE + wire.length);
      const value = decoder.next();
      expect(decoder.next()).toBe(INCOMPLETE);
      chunk.fill(0);
      expect(value).toStrictEqual(Buffer.from('abcd'));
    });

    it('can change from reply to reply', () => {
      const decoder = new Decoder();
      const chunk = Buffer.from('$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n');
      decoder.feed(chunk, 0, chunk.length);
      expect(decoder.next()).toBe('a');
      decoder.format = ReplyFormat.Buffers;
      expect(decoder.next()).toStrictEqual(Buffer.from('b'));
      decoder.format = 0;
      expect(decoder.next()).toBe('c');
    });
  });

  describe('short strings among many', () => {
    const words = ['', 'a', 'ü', '12', '日本', 'x'.repeat(11), 'ß'.repeat(6)];
    const texts = Array.from(
      { length: 700 },
      (_, nth) => `${words[nth % words.length]!}${'n'.repeat(nth % 15)}`,
    );
    it('are read right, whatever their length and alphabet', () => {
      expect(decodeAll(arrayOf(texts))).toStrictEqual([texts]);
      const bytes = arrayOf(texts);
      for (const step of [100, 129, 1000, 1024, 1500]) {
        const cuts = every(bytes.length, step);
        expect(decodeInPieces(bytes, cuts)).toStrictEqual([texts]);
      }
    });

    it('are those of their own chunk, where others have stood at the same place', () => {
      const decoder = new Decoder();
      const shared = Buffer.alloc(4096);
      for (const letter of ['a', 'b', 'c']) {
        const own = texts
          .slice(0, 100)
          .map((text) => text.replace('n', letter));
        const length = arrayOf(own).copy(shared);
        decoder.feed(shared, 0, length);
        // drained, but nobody has asked for more
        expect(decoder.next()).toStrictEqual(own);
      }
    });
  });

  it('keeps what is left of a chunk that is fed again before it is drained', () => {
    const decoder = new Decoder();
    const first = Buffer.from('+a\r\n+b\r\n+');
    const second = Buffer.from('c\r\n');
    decoder.feed(first, 0, first.length);
    expect(decoder.next()).toBe('a');
    decoder.feed(second, 0, second.length);
    expect(decoder.next()).toBe('b');
    expect(decoder.next()).toBe('c');
    expect(decoder.next()).toBe(INCOMPLETE);
  });
});

function arrayOf(texts: readonly string[]): Buffer {
  const elements = texts.map(
    (text) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`,
  );
  return Buffer.from(`*${texts.length}\r\n${elements.join('')}`);
}

function every(length: number, step: number): number[] {
  return Array.from(
    { length: Math.floor(length / step) },
    (_, index) => (index + 1) * step,
  );
}
