// What 500 callers of a GET cost beside sockets, step by step: what any client
// that makes promises, hashes keys and decodes replies has to do, with nothing
// of a client around it.
//   node bench/micro/promise-floor.mjs
// Beside it, what the built client takes: bench/micro/plain-path.mjs.
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomKeys, VALUE } from '../keys.mjs';
import { importSources } from './import-sources.mjs';

const [{ Decoder, READ_RESERVE }, { Encoder, encodeWords }, { keySlot }] =
  await importSources(
    'lib/protocol/decoder.ts',
    'lib/protocol/encoder.ts',
    'lib/routing/key-slot.ts',
  );

const CALLERS = 500;
const COMMANDS = 300_000;
const ROUNDS = 9;
const WORDS = encodeWords(['GET']);
const REPLY = Buffer.from(`$${VALUE.length}\r\n${VALUE}\r\n`);
const chunk = Buffer.alloc(READ_RESERVE + REPLY.length * CALLERS);
for (let nth = 0; nth < CALLERS; nth++) {
  REPLY.copy(chunk, READ_RESERVE + nth * REPLY.length);
}

const STEPS = [
  ['callers, a promise and an object each', {}],
  ['and the slot of the key', { slot: true }],
  ['and the command as bytes', { slot: true, encode: true }],
  ['and the reply as text', { slot: true, encode: true, decode: true }],
];

const nextKey = randomKeys(7);
const encoder = new Encoder();
const decoder = new Decoder();
let settle;
const capture = (resolve) => {
  settle = resolve;
};

/** One write and one read of all callers' commands a turn. */
async function run({ slot, encode, decode }) {
  let waiting = [];
  let left = COMMANDS;
  let slots = 0;
  const turn = () => {
    const requests = waiting;
    waiting = [];
    if (encode) {
      for (const { args } of requests) encoder.command(WORDS, args);
      encoder.take();
      encoder.release();
    }
    if (decode) {
      decoder.feed(
        chunk,
        READ_RESERVE,
        READ_RESERVE + requests.length * REPLY.length,
      );
    }
    for (const request of requests) {
      request.resolve(decode ? decoder.next() : VALUE);
    }
    if (decode) decoder.next();
  };
  const get = (key) => {
    const promise = new Promise(capture);
    const args = [key];
    const request = { args, slot: slot ? keySlot(key) : 0, resolve: settle };
    slots += request.slot;
    if (waiting.push(request) === 1) setImmediate(turn);
    return promise;
  };
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      while (left-- > 0) await get(nextKey());
    }),
  );
  return slots;
}

async function measure(step) {
  const times = [];
  for (let round = -3; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    await run(step);
    const { user, system } = process.cpuUsage(before);
    if (round >= 0) times.push((user + system) / COMMANDS);
  }
  return times.toSorted((a, b) => a - b)[ROUNDS >> 1];
}

for (const [name, step] of STEPS) {
  const plain = await measure(step);
  const storage = new AsyncLocalStorage();
  const inside = await storage.run({ request: 1 }, () => measure(step));
  storage.disable();
  console.log(
    `${name.padEnd(40)}${plain.toFixed(2)} µs of CPU per command, ${inside.toFixed(2)} in an AsyncLocalStorage`,
  );
}
