import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Decoder,
  INCOMPLETE,
  READ_RESERVE,
} from '../../../lib/protocol/decoder.js';
import { ProtocolError } from '../../../lib/protocol/protocol-error.js';
import { decodeAll, decodeInPieces } from './decode-in-pieces.js';
import { resp2Replies, resp3Replies } from './reply-corpus.js';

const malformed: readonly string[] = [
  // no such type
  'hello\r\n',
  '\r\n',
  '\0',
  '@1\r\n',
  // lengths
  '$\r\n',
  '$a\r\n',
  '$1a\r\n',
  '$-2\r\n',
  '$-11\r\n',
  '$+1\r\n',
  '$ 1\r\n',
  '$1.0\r\n',
  '*-2\r\n',
  '*x\r\n',
  '%-1\r\n',
  '~-1\r\n',
  '>-1\r\n',
  '=-1\r\n',
  '!-1\r\n',
  `$${'0'.repeat(40)}`,
  // streamed types: in the specification, sent by no server
  '$?\r\n;4\r\nabcd\r\n;0\r\n',
  '*?\r\n:1\r\n.\r\n',
  // over a limit
  '$536870913\r\n',
  '*4294967296\r\n',
  '$99999999999999999999\r\n',
  // ends
  '$3\r\nabcd\r\n',
  '$3\r\nabc\n\n',
  '$3\rabc\r\n',
  '+OK\rx',
  ':1\r1',
  // integers
  ':\r\n',
  ':-\r\n',
  ':1a\r\n',
  ':--1\r\n',
  ':1e3\r\n',
  ':12345678901234567x\r\n',
  `:${'1'.repeat(40)}\r\n`,
  // other scalars
  '_x\r\n',
  '#x\r\n',
  '#\r\n',
  '#true\r\n',
  ',\r\n',
  ',abc\r\n',
  ',0x10\r\n',
  ',Infinity\r\n',
  ', 1\r\n',
  '(\r\n',
  '(1.5\r\n',
  '(0x1f\r\n',
  '=3\r\nabc\r\n',
  '=5\r\nabcde\r\n',
  // a push is no element
  '*1\r\n>1\r\n+a\r\n',
];

describe('Decoder, given malformed bytes', () => {
  it.each(malformed)('refuses %j, however it is cut', (wire) => {
    const bytes = Buffer.from(wire, 'latin1');
    expect(() => decodeAll(bytes)).toThrow(ProtocolError);
    const cuts = Array.from({ length: bytes.length }, (_, at) => at);
    expect(() => decodeInPieces(bytes, cuts)).toThrow(ProtocolError);
    // and inside an array
    const nested = Buffer.concat([Buffer.from('*2\r\n:1\r\n'), bytes]);
    expect(() => decodeAll(nested)).toThrow(ProtocolError);
  });

  it('refuses endless nesting', () => {
    const nesting = Buffer.from('*1\r\n'.repeat(100_000));
    expect(() => decodeAll(nesting)).toThrow(ProtocolError);
    expect(() => decodeInPieces(nesting, [1_000, 1_001])).toThrow(
      ProtocolError,
    );
  });

  it.each(['+', '-', ':', ',', '(', '_', '#'])(
    'refuses a line of type %s that never ends',
    (type) => {
      const decoder = new Decoder();
      const chunk = Buffer.alloc(READ_RESERVE + 65_536, '1');
      chunk.write(type, READ_RESERVE);
      expect(() => {
        for (let megabytes = 0; megabytes < 2; megabytes += 1 / 16) {
          decoder.feed(chunk, READ_RESERVE, chunk.length);
          expect(decoder.next()).toBe(INCOMPLETE);
          chunk.fill('1', READ_RESERVE);
        }
      }).toThrow(ProtocolError);
    },
  );

  it('says nothing of the bytes, which may be secret', () => {
    expect(outcome(Buffer.from('$3\r\nsecret\r\n'), [])).toBe(
      'The server sent a bulk string longer than announced',
    );
  });

  it('reserves no memory for an announced length', () => {
    const before = process.memoryUsage();
    const decoders = Array.from({ length: 50 }, () => new Decoder());
    for (const decoder of decoders) {
      for (const wire of [
        '*4294967295\r\n',
        '%100000000\r\n',
        '*4000000\r\n',
      ]) {
        const chunk = Buffer.from(wire);
        decoder.feed(chunk, 0, chunk.length);
        expect(decoder.next()).toBe(INCOMPLETE);
      }
      const bulk = Buffer.from('$536870912\r\nabc');
      decoder.feed(bulk, 0, bulk.length);
      expect(decoder.next()).toBe(INCOMPLETE);
    }
    const after = process.memoryUsage();
    // 50 bulks of 512 MB were announced; each may take 1 MB until bytes arrive
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(60e6);
    expect(after.heapUsed - before.heapUsed).toBeLessThan(20e6);
  });

  it('ends on any garbage: with replies, an error, or waiting for more', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc
        .array(
          fc.constantFrom(
            ...'+-:$*_#,(!=%~|>0123456789tf\r\n'.split(''),
            '\r\n',
            '\r\n',
          ),
          { maxLength: 200 },
        )
        .map((parts) => Buffer.from(parts.join(''))),
      // valid replies with one byte changed
      fc
        .tuple(
          fc.constantFrom(...resp2Replies, ...resp3Replies),
          fc.nat(),
          fc.nat(255),
        )
        .map(([{ bytes }, at, byte]) => {
          const changed = Buffer.from(bytes);
          changed[at % changed.length] = byte;
          return changed;
        }),
    );
    fc.assert(
      fc.property(noise, fc.nat(), (bytes, at) => {
        const whole = outcome(bytes, []);
        expect(outcome(bytes, [at % (bytes.length + 1)])).toStrictEqual(whole);
      }),
      { numRuns: 5_000 },
    );
  });
});

/** The replies, or the error's message. */
function outcome(bytes: Buffer, cuts: number[]): unknown {
  try {
    return decodeInPieces(bytes, cuts, { reserve: 256 });
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return error.message;
  }
}
