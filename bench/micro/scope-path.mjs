// The client's own CPU per SET inside a replication scope, without the
// kernel's and the servers' part, as plain-path.mjs has it for plain commands:
//   npm run build && node bench/micro/scope-path.mjs ../other-worktree/dist
// Replies come in the next turn, so that groups are as large as they get.
import { firstValueFrom } from 'rxjs';
import { randomKeys, VALUE } from '../keys.mjs';
import { encode } from '../raw-node.mjs';
import { answeredClient } from './answered-sockets.mjs';
import { compareBuilds, serveCells } from './two-builds.mjs';

const COMMANDS = 30_000;
const CELLS = [
  { name: 'plain', callers: 64 },
  { name: 'scope', callers: 64 },
  { name: 'plain', callers: 1_024 },
  { name: 'scope', callers: 1_024 },
];
const SET_BYTES = encode('SET', 'bench:000000', VALUE).length;
const SET_START = Buffer.from(encode('SET', '', '').slice(0, 11));
const MARKER_START = Buffer.from(encode('FUNCTION', '', '', '').slice(0, 16));
const OK = { reply: Buffer.from('+OK\r\n'), count: 1 };
const ROLE = {
  reply: Buffer.from('*3\r\n$6\r\nmaster\r\n:1000\r\n*0\r\n'),
  count: 1,
};
const ONE = Buffer.from(':1\r\n');

const [, program, first, seed] = process.argv;
if (seed === undefined) await compareBuilds(program, CELLS, first);
else await serve(first, seed);

async function serve(build, node) {
  const { client, sockets } = await answeredClient(build, node);
  const nextKey = randomKeys(7);
  const plain = () => client.set(nextKey(), VALUE);
  const scope = () => client.ensureReplication(1, 10_000, plain);
  // every connection is open, and every history known, before nothing real is sent any more
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 500 }, scope));
  }
  const known = await barrierReplies(client);
  const answer = (bytes, { host, port }) => {
    let sets = 0;
    while (startsWith(bytes.subarray(sets * SET_BYTES), SET_START)) sets++;
    const behind = bytes.subarray(sets * SET_BYTES);
    if (sets === 0 && !startsWith(behind, MARKER_START)) return undefined;
    return [
      { ...OK, count: sets },
      ...(behind.length === 0
        ? []
        : barrier(String(behind), known.get(`${host}:${port}`))),
    ];
  };
  serveCells(COMMANDS, ({ name }) => {
    sockets.answer = answer;
    return {
      call: name === 'scope' ? scope : plain,
      end: () => (sockets.answer = undefined),
    };
  });
}

/** What each primary says of itself. */
async function barrierReplies(client) {
  const known = new Map();
  const { shards } = await firstValueFrom(client.topology$);
  for (const { primary } of shards) {
    const at = client.at({ node: primary.address });
    known.set(primary.address, {
      info: bulk(await at.call('INFO', 'replication')),
      nodes: bulk(await at.call('CLUSTER', 'NODES')),
    });
  }
  return known;
}

function startsWith(bytes, start) {
  return start.equals(bytes.subarray(0, start.length));
}

/** On a connection of its own, or behind writes, whose last may be the marker. */
function barrier(text, { info, nodes }) {
  const probes = text.split('$6\r\nEXISTS').length - 1;
  return [
    ...(text.includes('$8\r\nFUNCTION') ? [OK] : []),
    ...(text.includes('$4\r\nROLE') ? [ROLE] : []),
    { reply: ONE, count: 1 },
    info,
    ...(text.includes('$5\r\nNODES') ? [nodes] : []),
    { reply: ONE, count: probes },
  ];
}

function bulk(text) {
  return {
    reply: Buffer.from(`$${Buffer.byteLength(text)}\r\n${text}\r\n`),
    count: 1,
  };
}
