import { connect } from 'node:net';
import calculateSlot from 'cluster-key-slot';

/** One command as a client sends it: text, or bytes where an argument is a Buffer. */
export function encode(...args) {
  if (args.some(Buffer.isBuffer)) return encodeBytes(args);
  return (
    `*${args.length}\r\n` +
    args
      .map(String)
      .map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`)
      .join('')
  );
}

function encodeBytes(args) {
  const parts = args.flatMap((arg) => {
    const bytes = Buffer.from(arg);
    return [Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')];
  });
  return Buffer.concat([Buffer.from(`*${args.length}\r\n`), ...parts]);
}

/** A bare TCP connection to a node. */
export function openNode({ host, port }) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Sends one command on a connection of its own and resolves to the reply's text. */
export async function ask(node, ...args) {
  const socket = await openNode(node);
  try {
    return await new Promise((resolve, reject) => {
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
        if (complete(text)) resolve(text);
      });
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('connection lost')));
      socket.write(encode(...args));
    });
  } finally {
    socket.destroy();
  }
}

/** The shards of the cluster: slots and addresses, by CLUSTER NODES. */
export async function readShards(url) {
  const text = await ask(addressOf(url), 'CLUSTER', 'NODES');
  const lines = text
    .split('\n')
    .filter((line) => /^[0-9a-f]{40} /.test(line))
    .map((line) => line.trim().split(' '));
  return lines
    .filter(([, , flags, , , , , , slots]) => /master/.test(flags) && slots)
    .map(([id, address, , , , , , , ...slots]) => ({
      primary: hostAndPort(address),
      replicas: lines
        .filter(([, , , primary]) => primary === id)
        .map(([, replica]) => hostAndPort(replica)),
      ranges: slots
        .filter((range) => !range.startsWith('['))
        .map((range) => range.split('-').map(Number))
        .map(([first, last = first]) => [first, last]),
    }));
}

/** Whether a key belongs to a shard. */
export function serves(shard, key) {
  const slot = calculateSlot(key);
  return shard.ranges.some(([first, last]) => slot >= first && slot <= last);
}

/** Host and port of a node's URL. */
export function addressOf(url) {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
}

function hostAndPort(address) {
  const plain = address.split('@')[0];
  const colon = plain.lastIndexOf(':');
  return { host: plain.slice(0, colon), port: Number(plain.slice(colon + 1)) };
}

// enough for the replies asked for here: a line, or one bulk string
function complete(text) {
  const end = text.indexOf('\r\n');
  if (end === -1) return false;
  if (text[0] !== '$') return true;
  return Buffer.byteLength(text) >= end + 4 + Number(text.slice(1, end));
}
