// The client's own CPU per GET and SET, without the kernel's part: once
// connected, sockets are answered inside the process. Two builds in turn, so
// that other load on the machine meets both:
//   npm run build && node bench/micro/plain-path.mjs ../other-worktree/dist
// With real sockets two copies of one build differ by up to 14 % on a busy
// machine; like this by 3.
import { randomKeys, VALUE } from '../keys.mjs';
import { encode } from '../raw-node.mjs';
import { answeredClient } from './answered-sockets.mjs';
import { compareBuilds, serveCells } from './two-builds.mjs';

const COMMANDS = 30_000;
const CELLS = [
  { name: 'get', callers: 50 },
  { name: 'get', callers: 500 },
  { name: 'set', callers: 500 },
];
const WIRE = {
  get: {
    length: encode('GET', 'bench:000000').length,
    reply: Buffer.from(`$${VALUE.length}\r\n${VALUE}\r\n`),
  },
  set: {
    length: encode('SET', 'bench:000000', VALUE).length,
    reply: Buffer.from('+OK\r\n'),
  },
};

const [, program, first, seed] = process.argv;
if (seed === undefined) await compareBuilds(program, CELLS, first);
else await serve(first, seed);

async function serve(build, node) {
  const { client, sockets } = await answeredClient(build, node);
  const nextKey = randomKeys(7);
  // every connection is open before nothing real is sent any more
  for (let nth = 0; nth < 100; nth++) await client.get(nextKey());

  const calls = {
    get: () => client.get(nextKey()),
    set: () => client.set(nextKey(), VALUE),
  };
  serveCells(COMMANDS, ({ name }) => {
    const { length, reply } = WIRE[name];
    sockets.answer = (bytes) => [{ reply, count: bytes.length / length }];
    return { call: calls[name], end: () => (sockets.answer = undefined) };
  });
}
