import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ErrorReply } from '../../../lib/protocol/error-reply.js';
import { Push } from '../../../lib/protocol/push.js';
import { decodeInPieces, sameAs } from './decode-in-pieces.js';

/** Bytes on the wire and what they mean, in text and with Buffers. */
interface Reply {
  readonly wire: Buffer;
  readonly text: unknown;
  readonly binary: unknown;
}

function scalar(wire: string, value: unknown): Reply {
  return { wire: Buffer.from(wire), text: value, binary: value };
}

function aggregate(
  type: string,
  elements: readonly Reply[],
  build: (values: unknown[]) => unknown,
): Reply {
  const header = Buffer.from(`${type}${elements.length}\r\n`);
  return {
    wire: Buffer.concat([header, ...elements.map((element) => element.wire)]),
    text: build(elements.map((element) => element.text)),
    binary: build(elements.map((element) => element.binary)),
  };
}

const text = fc.string({ unit: 'binary', maxLength: 60 });
const line = text.map((value) => value.replaceAll(/[\r\n]/g, ' '));

const bulk = text.map((value): Reply => {
  const bytes = Buffer.from(value);
  const wire = Buffer.concat([
    Buffer.from(`$${bytes.length}\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ]);
  return { wire, text: value, binary: bytes };
});

const simple = line.map((value): Reply => ({
  wire: Buffer.from(`+${value}\r\n`),
  text: value,
  binary: value,
}));

const leaf = fc.oneof(
  bulk,
  simple,
  line.map((value) => scalar(`-${value}\r\n`, new ErrorReply(value))),
  fc.maxSafeInteger().map((value) => scalar(`:${value}\r\n`, value)),
  fc
    .bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n })
    .map((value) => scalar(`:${value}\r\n`, value)),
  fc.bigInt().map((value) => scalar(`(${value}\r\n`, value)),
  fc
    .double({ noDefaultInfinity: true, noNaN: true })
    .map((value) => scalar(`,${value}\r\n`, Object.is(value, -0) ? 0 : value)),
  fc.boolean().map((value) => scalar(`#${value ? 't' : 'f'}\r\n`, value)),
  fc.constantFrom('_\r\n', '$-1\r\n', '*-1\r\n').map((w) => scalar(w, null)),
);

const { reply } = fc.letrec<{ reply: Reply; entries: [string, Reply][] }>(
  (tie) => ({
    entries: fc.array(fc.tuple(fc.string(), tie('reply')), { maxLength: 4 }),
    reply: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc
        .tuple(
          fc.constantFrom('*', '~'),
          fc.array(tie('reply'), { maxLength: 6 }),
        )
        .map(([type, elements]) =>
          aggregate(type, elements, (values) => values),
        ),
      tie('entries').map(mapReply),
      // an attribute changes nothing
      fc.tuple(tie('entries'), tie('reply')).map(([entries, target]) => ({
        ...target,
        wire: Buffer.concat([entriesWire('|', entries), target.wire]),
      })),
    ),
  }),
);

function entriesWire(
  type: string,
  entries: readonly [string, Reply][],
): Buffer {
  return Buffer.concat([
    Buffer.from(`${type}${entries.length}\r\n`),
    ...entries.flatMap(([key, value]) => [
      Buffer.from(`$${Buffer.byteLength(key)}\r\n${key}\r\n`),
      value.wire,
    ]),
  ]);
}

function mapReply(entries: readonly [string, Reply][]): Reply {
  const build = (of: (value: Reply) => unknown): object => {
    const object = Object.create(null) as Record<string, unknown>;
    for (const [key, value] of entries) object[key] = of(value);
    return object;
  };
  return {
    wire: entriesWire('%', entries),
    text: build((value) => value.text),
    binary: build((value) => value.binary),
  };
}

const push = fc
  .array(reply, { minLength: 1, maxLength: 4 })
  .map((elements) => aggregate('>', elements, (values) => new Push(values)))
  // a push is in text whatever is asked for
  .map((frame): Reply => ({ ...frame, binary: frame.text }));

const stream = fc.array(
  fc.oneof({ weight: 4, arbitrary: reply }, { weight: 1, arbitrary: push }),
  { maxLength: 8 },
);

describe('Decoder, given generated replies of both protocols with pushes between them', () => {
  it('decodes them under any cuts, in text and with Buffers (conformance 61, 62, 158)', () => {
    fc.assert(
      fc.property(
        stream,
        fc.array(fc.nat(), { maxLength: 12 }),
        fc.constantFrom(0, 7, 64, 16_384),
        (replies, positions, reserve) => {
          const bytes = Buffer.concat(replies.map(({ wire }) => wire));
          const cuts = positions
            .map((position) => position % (bytes.length + 1))
            .sort((a, b) => a - b);
          expect(decodeInPieces(bytes, cuts, { reserve })).toSatisfy(
            sameAs(replies.map((expected) => expected.text)),
          );
          expect(
            decodeInPieces(bytes, cuts, { reserve, binary: true }),
          ).toSatisfy(sameAs(replies.map((expected) => expected.binary)));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
