// The client's own CPU per GET and SET, without the kernel's part: once
// connected, sockets are answered inside the process. Two builds in turn, so
// that other load on the machine meets both:
//   npm run build && node bench/micro/plain-path.mjs ../other-worktree/dist
// With real sockets two copies of one build differ by up to 14 % on a busy
// machine; like this by 3.
import { fork } from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { randomKeys, VALUE } from '../keys.mjs';
import { encode } from '../raw-node.mjs';

const ROUNDS = 25;
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
if (seed === undefined) await compare(first);
else await serve(first, seed);

async function compare(other) {
  const own = fileURLToPath(new URL('../../dist', import.meta.url));
  const { LocalRedisCluster } = await import('../../dist/testing/index.js');
  const cluster = await LocalRedisCluster.start({ primaries: 3 });
  const builds = [own, ...(other === undefined ? [] : [resolve(other)])];
  const children = builds.map((build) =>
    fork(program, [build, cluster.seeds[0]]),
  );
  try {
    await Promise.all(children.map(answer));
    for (const cell of CELLS) {
      const rounds = [];
      for (let round = -2; round < ROUNDS; round++) {
        const figures = [];
        const places = [...children.keys()];
        for (const place of round % 2 === 0 ? places : places.reverse()) {
          const child = children[place];
          child.send(cell);
          figures[place] = await answer(child);
        }
        // the first ones warm it up
        if (round >= 0) rounds.push(figures);
      }
      const medians = builds.map((_, place) =>
        median(rounds.map((figures) => figures[place])).toFixed(2),
      );
      const ratio = median(rounds.map(([mine, others]) => mine / others));
      console.log(
        `${cell.name}, ${cell.callers} callers: ${medians.join(' and ')} µs of CPU per command${
          other === undefined ? '' : `, ratio ${ratio.toFixed(3)}`
        }`,
      );
    }
  } finally {
    children.forEach((child) => child.kill());
    await cluster.stop();
  }
}

function answer(child) {
  return new Promise((resolve) => {
    child.once('message', resolve);
  });
}

async function serve(build, node) {
  let wire;
  const connect = net.connect;
  net.connect = (options, ...rest) => {
    const socket = connect(options, ...rest);
    const write = socket.write;
    socket.write = (bytes, ...more) => {
      if (wire === undefined) return write.call(socket, bytes, ...more);
      setImmediate(answerAll, options.onread, bytes.length / wire.length, wire);
      return true;
    };
    return socket;
  };
  syncBuiltinESMExports();
  const { RedisClusterClient } = await import(
    pathToFileURL(`${build}/index.js`).href
  );
  const client = new RedisClusterClient({ nodes: [node] });
  await client.connect();
  const nextKey = randomKeys(7);
  // every connection is open before nothing real is sent any more
  for (let nth = 0; nth < 100; nth++) await client.get(nextKey());

  const calls = {
    get: () => client.get(nextKey()),
    set: () => client.set(nextKey(), VALUE),
  };
  process.on('message', async ({ name, callers }) => {
    wire = WIRE[name];
    let left = COMMANDS;
    const before = process.cpuUsage();
    await Promise.all(
      Array.from({ length: callers }, async () => {
        while (left-- > 0) await calls[name]();
      }),
    );
    const { user, system } = process.cpuUsage(before);
    wire = undefined;
    process.send((user + system) / COMMANDS);
  });
  process.on('disconnect', () => process.exit());
  process.send('ready');
}

/** Gives a socket's reader that many replies, as full as its buffer holds. */
function answerAll({ buffer, callback }, count, { reply }) {
  const most = Math.floor(buffer.length / reply.length);
  for (let left = count; left > 0;) {
    const now = Math.min(left, most);
    for (let nth = 0; nth < now; nth++) buffer.set(reply, nth * reply.length);
    left -= now;
    callback(now * reply.length, buffer);
  }
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
