// Nanoseconds per operation of the wire's hot path:
//   node bench/micro/protocol.mjs
// The best of several rounds counts: other work on the machine only adds.
import clusterKeySlot from 'cluster-key-slot';
import { importSources } from './import-sources.mjs';

const [{ Decoder, READ_RESERVE }, { Encoder, encodeWords }, { keySlot }] =
  await importSources(
    'lib/protocol/decoder.ts',
    'lib/protocol/encoder.ts',
    'lib/routing/key-slot.ts',
  );

const BATCH = 500;
const ROUNDS = 200;

/** @param {(batch: number) => void} run does its operation `batch` times */
function measure(name, run) {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    run(BATCH);
    best = Math.min(best, Number(process.hrtime.bigint() - start) / BATCH);
  }
  console.log(`${name.padEnd(44)}${best.toFixed(0).padStart(6)} ns`);
}

const encoder = new Encoder();
function encode(name, words, args) {
  measure(`encode ${name}`, (batch) => {
    for (let i = 0; i < batch; i++) encoder.command(words, args);
    encoder.take();
    encoder.release();
  });
}

function decode(name, wire, binary = false) {
  const one = Buffer.from(wire);
  const chunk = Buffer.allocUnsafeSlow(READ_RESERVE + one.length * BATCH);
  for (let i = 0; i < BATCH; i++)
    one.copy(chunk, READ_RESERVE + i * one.length);
  const decoder = new Decoder();
  decoder.binary = binary;
  measure(`decode ${name}`, (batch) => {
    decoder.feed(chunk, READ_RESERVE, chunk.length);
    for (let i = 0; i <= batch; i++) decoder.next();
  });
}

/** 100 bulk strings. */
function numbered(prefix) {
  return Array.from({ length: 100 }, (_, nth) => {
    const text = `${prefix}${nth}`;
    return `$${text.length}\r\n${text}\r\n`;
  });
}

let sink = 0;
function slot(name, makeKey) {
  const keys = Array.from({ length: 64 }, (_, i) => makeKey(i));
  for (const [by, of] of [
    ['own', keySlot],
    ['cluster-key-slot', clusterKeySlot],
  ]) {
    measure(`slot of ${name}, ${by}`, (batch) => {
      for (let i = 0; i < batch; i++) sink += of(keys[i & 63]);
    });
  }
}

const value = 'v'.repeat(100);
encode('GET, key of 16', encodeWords(['GET']), ['key:000000000001']);
encode('SET, key of 16, string of 100', encodeWords(['SET']), [
  'key:000000000001',
  value,
]);
encode('SET, key of 16, Buffer of 100', encodeWords(['SET']), [
  'key:000000000001',
  Buffer.from(value),
]);
encode('SET, key of 16, 100 characters é', encodeWords(['SET']), [
  'key:000000000001',
  'é'.repeat(100),
]);
decode('bulk of 100', `$100\r\n${value}\r\n`);
decode('bulk of 100 as Buffer', `$100\r\n${value}\r\n`, true);
decode('bulk of 6', '$6\r\nabcdef\r\n');
decode('+OK', '+OK\r\n');
decode('integer', ':12345\r\n');
decode('null', '_\r\n');
decode('array of 10 integers', `*10\r\n${':1\r\n'.repeat(10)}`);
decode(
  'array of 100 strings of 8 or 9',
  `*100\r\n${numbered('member:').join('')}`,
);
decode(
  'array of 100 strings of 20',
  `*100\r\n${'$20\r\nmember:0123456789012\r\n'.repeat(100)}`,
);
decode(
  'map of 100 names and strings',
  `%100\r\n${numbered('field:')
    .map((name, nth) => name + numbered('value:')[nth])
    .join('')}`,
);
decode('map of 5', `%5\r\n${'$5\r\nfield\r\n$5\r\nvalue\r\n'.repeat(5)}`);
slot('16 ASCII characters', (i) => `key:${String(i).padStart(12, '0')}`);
slot(
  '40 with a tag of 8',
  (i) => `{user:${String(i).padStart(3, '0')}}${'x'.repeat(30)}`,
);
slot('16 characters é', (i) => `${'é'.repeat(15)}${i % 10}`);
slot('16 bytes', (i) => Buffer.from(`key:${String(i).padStart(12, '0')}`));
slot('100 bytes', (i) => Buffer.alloc(100, 65 + (i % 20)));
slot('40 bytes with a tag of 8', (i) =>
  Buffer.from(`{user:${String(i).padStart(3, '0')}}${'x'.repeat(30)}`),
);
if (sink === 0) throw new Error('nothing was measured');
