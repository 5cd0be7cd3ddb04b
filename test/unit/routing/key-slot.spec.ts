import clusterKeySlot from 'cluster-key-slot';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Encoder, encodeWords } from '../../../lib/protocol/encoder.js';
import { keySlot } from '../../../lib/routing/key-slot.js';

const GET = encodeWords(['GET']);

/** Bit by bit, from the definition: no table, no shortcuts. */
function referenceSlot(bytes: Buffer): number {
  let hashed = bytes;
  const open = bytes.indexOf('{');
  if (open !== -1) {
    const close = bytes.indexOf('}', open + 1);
    if (close !== -1 && close !== open + 1) {
      hashed = bytes.subarray(open + 1, close);
    }
  }
  let crc = 0;
  for (const byte of hashed) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) {
      crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
    }
  }
  return crc % 16384;
}

/** The bytes of a key on the wire. */
function wireBytes(key: string | Buffer | number): Buffer {
  const encoder = new Encoder();
  encoder.command(GET, [key]);
  const bytes = encoder.take() as Buffer;
  const body = bytes.indexOf('\r\n', '*2\r\n$3\r\nGET\r\n$'.length) + 2;
  return bytes.subarray(body, -2);
}

const braces = fc.string({
  unit: fc.constantFrom('{', '}', 'a', 'é', '€', '😀', '\ud800', '\udc00'),
  maxLength: 12,
});
const anyUnits = fc
  .array(fc.nat(0xffff), { maxLength: 30 })
  .map((units) => String.fromCharCode(...units));

describe('keySlot', () => {
  it('agrees with the vectors of the cluster specification, for strings and bytes (conformance 1)', () => {
    expect(keySlot('123456789')).toBe(0x31c3);
    expect(keySlot(Buffer.from('123456789'))).toBe(0x31c3);
    // what Redis 7.0 answers to CLUSTER KEYSLOT
    const answers: [string, number][] = [
      ['foo', 12182],
      ['somekey', 11058],
      ['foo{hash_tag}', 2515],
      ['bar{hash_tag}', 2515],
    ];
    for (const [key, slot] of answers) {
      expect(keySlot(key)).toBe(slot);
      expect(keySlot(Buffer.from(key))).toBe(slot);
    }
  });

  it('hashes the tag alone, up to the first closing brace', () => {
    const user = keySlot('user1000');
    expect(keySlot('{user1000}.following')).toBe(user);
    expect(keySlot('a{user1000}{other}')).toBe(user);
    expect(keySlot('foo{{bar}}zap')).toBe(keySlot('{bar'));
    expect(keySlot('}{user1000}')).toBe(user);
    expect(keySlot('{user1000')).not.toBe(user);
  });

  it.each(['foo{}{bar}', '{}{bar}'])(
    'hashes all of %s, as an empty first tag ends the search (conformance 2, 3)',
    (key) => {
      const slot = referenceSlot(Buffer.from(key));
      expect(keySlot(key)).toBe(slot);
      expect(keySlot(Buffer.from(key))).toBe(slot);
      expect(slot).not.toBe(keySlot('bar'));
    },
  );

  it('puts the empty key into slot 0 (conformance 4)', () => {
    expect(keySlot('')).toBe(0);
    expect(keySlot(Buffer.alloc(0))).toBe(0);
  });

  it('hashes exactly the bytes on the wire, for any string with lone surrogates and tags (conformance 5)', () => {
    expect(keySlot('\ud800')).toBe(keySlot(Buffer.from([0xef, 0xbf, 0xbd])));
    fc.assert(
      fc.property(fc.oneof(braces, anyUnits, fc.string()), (key) => {
        const slot = referenceSlot(wireBytes(key));
        expect(keySlot(key)).toBe(slot);
        expect(keySlot(wireBytes(key))).toBe(slot);
      }),
      { numRuns: 3_000 },
    );
  });

  it('hashes numbers by their decimal text and bytes as they are (conformance 6)', () => {
    for (const key of [0, 7, 1000, -5, 1.5, 2 ** 53, -0]) {
      expect(keySlot(key)).toBe(referenceSlot(wireBytes(key)));
      expect(keySlot(key)).toBe(keySlot(String(key)));
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const key = Buffer.from(bytes);
        expect(keySlot(key)).toBe(referenceSlot(key));
      }),
      { numRuns: 2_000 },
    );
  });

  it('agrees with cluster-key-slot wherever that is right', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((key) => !key.includes('{}')),
        (key) => {
          expect(keySlot(key)).toBe(clusterKeySlot(key));
          expect(keySlot(Buffer.from(key))).toBe(
            clusterKeySlot(Buffer.from(key)),
          );
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
