// Starts one plain server of a given binary and asks it a few things.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A loopback port nobody listens on, at or above `from`. */
async function freePort(from) {
  for (let port = from; port < from + 1000; port += 1) {
    const free = await new Promise((resolve) => {
      const probe = createServer();
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (free) return port;
  }
  throw new Error(`No free port from ${from} to ${from + 999}`);
}

/** Decodes one RESP2/RESP3 value; undefined while bytes are missing. */
function decode(bytes, at) {
  const end = bytes.indexOf('\r\n', at);
  if (end < 0) return undefined;
  const type = String.fromCharCode(bytes[at]);
  const head = bytes.toString('utf8', at + 1, end);
  const next = end + 2;
  const several = (count) => {
    const values = [];
    let position = next;
    for (let index = 0; index < count; index += 1) {
      const item = decode(bytes, position);
      if (item === undefined) return undefined;
      values.push(item.value);
      position = item.next;
    }
    return { value: values, next: position };
  };
  switch (type) {
    case '+':
      return { value: head, next };
    case '-':
      return { value: new Error(head), next };
    case ':':
      return { value: Number(head), next };
    case ',':
      return { value: Number(head.replace('inf', 'Infinity')), next };
    case '#':
      return { value: head === 't', next };
    case '_':
      return { value: null, next };
    case '$':
    case '=': {
      const length = Number(head);
      if (length < 0) return { value: null, next };
      if (bytes.length < next + length + 2) return undefined;
      const text = bytes.toString('utf8', next, next + length);
      return { value: text, next: next + length + 2 };
    }
    case '*':
    case '~':
    case '>': {
      if (head === '-1') return { value: null, next };
      return several(Number(head));
    }
    case '%': {
      const pairs = several(Number(head) * 2);
      if (pairs === undefined) return undefined;
      const map = {};
      for (let index = 0; index < pairs.value.length; index += 2) {
        map[String(pairs.value[index])] = pairs.value[index + 1];
      }
      return { value: map, next: pairs.next };
    }
    default:
      throw new Error(`Unknown RESP type ${JSON.stringify(type)}`);
  }
}

function connect(port) {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, '127.0.0.1');
    const waiting = [];
    let chunks = [];
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      let bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks);
      let item;
      while (bytes.length > 0 && (item = decode(bytes, 0)) !== undefined) {
        bytes = bytes.subarray(item.next);
        waiting.shift()?.(item.value);
      }
      chunks = bytes.length > 0 ? [bytes] : [];
    });
    socket.once('error', reject);
    socket.once('connect', () => {
      resolve({
        /** Sends one command; an error reply resolves as an Error. */
        send(...words) {
          const text = words
            .map((word) => `$${Buffer.byteLength(String(word))}\r\n${word}\r\n`)
            .join('');
          socket.write(`*${words.length}\r\n${text}`);
          return new Promise((done) => waiting.push(done));
        },
        close: () => socket.destroy(),
      });
    });
  });
}

/**
 * Runs `work` against a fresh server of `binary` on a free loopback port and
 * ends the server whatever happens.
 */
export async function withServer(binary, work, extraArguments = []) {
  const port = await freePort(Number(process.env.BASEPORT ?? 14_000));
  const folder = mkdtempSync(join(tmpdir(), 'commands-'));
  const child = spawn(
    binary,
    [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
      ...['--save', '', '--appendonly', 'no', ...extraArguments],
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let failed;
  child.once('error', (error) => (failed = error));
  try {
    let client;
    for (let attempt = 0; client === undefined; attempt += 1) {
      if (failed !== undefined) throw failed;
      if (child.exitCode !== null) throw new Error(`${binary} ended at once`);
      try {
        client = await connect(port);
      } catch (error) {
        if (attempt > 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    try {
      return await work(client, () => connect(port));
    } finally {
      client.close();
    }
  } finally {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}
