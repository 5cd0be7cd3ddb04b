// One process that plays many nodes of a cluster: listeners on loopback ports
// that answer what a client asks of a topology, and any other command with a
// reply of its kind. Driven by messages from its parent.
import { createServer } from 'node:net';

const NULL = Buffer.from('_\r\n');
const OK = Buffer.from('+OK\r\n');
const PONG = Buffer.from('+PONG\r\n');
const ONE = Buffer.from(':1\r\n');
const HELLO = encode(
  new Map([
    ['server', 'redis'],
    ['version', '7.0.15'],
    ['proto', 3],
    ['id', 1],
    ['mode', 'cluster'],
    ['role', 'master'],
    ['modules', []],
  ]),
);

const ANSWERS = {
  HELLO,
  PING: PONG,
  GET: NULL,
  SET: OK,
  CLIENT: OK,
  READONLY: OK,
  DBSIZE: ONE,
};

let views = { slots: NULL, shards: NULL, nodes: NULL, info: NULL };
const counts = { accepted: 0, slots: 0, shards: 0, nodes: 0 };
const sockets = new Set();

process.on('message', async ({ id, verb, value }) => {
  process.send({ id, value: await verbs[verb](value) });
});
process.on('disconnect', () => process.exit());

const verbs = {
  /** Opens so many nodes, on ports that are free; resolves to these. */
  listen(count) {
    return Promise.all(
      Array.from(
        { length: count },
        () =>
          new Promise((resolve, reject) => {
            const server = createServer({ noDelay: true }, serve);
            server.on('error', reject);
            server.listen(0, '127.0.0.1', 512, () =>
              resolve(server.address().port),
            );
          }),
      ),
    );
  },
  view({ slots, shards, nodes, info }) {
    views = {
      slots: encode(slots),
      shards: encode(reviveShards(shards)),
      nodes: encode(nodes),
      info: encode(info),
    };
  },
  counts() {
    return { ...counts, open: sockets.size };
  },
  drop() {
    for (const socket of sockets) socket.resetAndDestroy();
  },
};

/** Maps do not survive a message between processes. */
function reviveShards(shards) {
  return shards.map(
    ({ slots, nodes }) =>
      new Map([
        ['slots', slots],
        ['nodes', nodes.map((node) => new Map(Object.entries(node)))],
      ]),
  );
}

function serve(socket) {
  counts.accepted += 1;
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
  socket.on('error', () => {});
  let rest = '';
  socket.on('data', (chunk) => {
    rest += chunk.toString('latin1');
    const replies = [];
    for (;;) {
      const end = takeCommand(rest, replies);
      if (end === 0) break;
      rest = rest.slice(end);
    }
    if (replies.length > 0) socket.write(Buffer.concat(replies));
  });
}

/** Answers the command at the head of the text; gives where it ends, 0 where it is not whole. */
function takeCommand(text, replies) {
  const head = text.indexOf('\r\n');
  if (head === -1) return 0;
  const words = [];
  let position = head + 2;
  for (let left = Number(text.slice(1, head)); left > 0; left--) {
    const line = text.indexOf('\r\n', position);
    if (line === -1) return 0;
    const length = Number(text.slice(position + 1, line));
    position = line + 2 + length + 2;
    if (position > text.length) return 0;
    words.push(text.slice(line + 2, line + 2 + length));
  }
  replies.push(answer(words));
  return position;
}

function answer([name, sub]) {
  const word = name.toUpperCase();
  if (word !== 'CLUSTER') return ANSWERS[word] ?? OK;
  const view = sub.toLowerCase();
  if (view in counts) counts[view] += 1;
  return views[view] ?? OK;
}

function encode(value) {
  return Buffer.from(text(value));
}

function text(value) {
  if (typeof value === 'number') return `:${value}\r\n`;
  if (typeof value === 'string')
    return `$${Buffer.byteLength(value)}\r\n${value}\r\n`;
  if (value instanceof Map) {
    return `%${value.size}\r\n${[...value].flat(1).map(text).join('')}`;
  }
  return `*${value.length}\r\n${value.map(text).join('')}`;
}
