// What the size of a cluster costs:
//   npm run build && node bench/scale/run.mjs [10 100 1000]
// Simulated nodes on loopback, in processes of their own; half primaries, half
// replicas. Prints a table; fails where a figure is over its limit.
import { fork } from 'node:child_process';
import { clusterViews } from './made-cluster.mjs';

const LIMITS = { refreshCpuMs: 20, idleRss: 100 * 1024 * 1024 };

const given = process.argv.slice(2).map(Number);
const sizes = given.length > 0 ? given : [10, 100, 1_000];
const rows = [];
for (const size of sizes) rows.push(await measure(size));
console.table(rows.map(row));
const over = rows.flatMap(({ nodes, refresh, rss, rssBefore }) => [
  ...(refresh.cpuMs > LIMITS.refreshCpuMs
    ? [`${nodes} nodes: a refresh takes ${refresh.cpuMs.toFixed(1)} ms of CPU`]
    : []),
  ...(rss - rssBefore > LIMITS.idleRss
    ? [`${nodes} nodes: ${mega(rss - rssBefore)} MB resident for the client`]
    : []),
]);
for (const line of over) console.error(line);
process.exitCode = over.length > 0 ? 1 : 0;

async function measure(size) {
  const cluster = fork(new URL('simulated-node.mjs', import.meta.url));
  const command = asker(cluster);
  try {
    const ports = await command('listen', size);
    await command('view', clusterViews(ports));
    return await runClient(ports, (verb, value) =>
      verb === 'promote'
        ? command('view', clusterViews(ports, value))
        : command(verb, value),
    );
  } finally {
    cluster.disconnect();
  }
}

function runClient(ports, command) {
  const client = fork(
    new URL('measured-client.mjs', import.meta.url),
    [`127.0.0.1:${ports[0]}`, String(ports.length)],
    { execArgv: ['--expose-gc'], stdio: ['ignore', 'pipe', 'inherit', 'ipc'] },
  );
  let output = '';
  client.stdout.on('data', (chunk) => (output += chunk));
  client.on('message', async ({ id, verb, value }) => {
    client.send({ id, value: await command(verb, value) });
  });
  return new Promise((resolve, reject) => {
    client.on('close', (code) =>
      code === 0
        ? resolve(JSON.parse(output))
        : reject(new Error(`The client ended with ${code}`)),
    );
  });
}

/** Sends messages to a process and resolves to their answers. */
function asker(process) {
  let last = 0;
  const waiting = new Map();
  process.on('message', ({ id, value }) => {
    waiting.get(id)(value);
    waiting.delete(id);
  });
  return (verb, value) =>
    new Promise((resolve) => {
      waiting.set(++last, resolve);
      process.send({ id: last, verb, value });
    });
}

function row(figures) {
  const { connect, fanOut, firstFanOut, refresh } = figures;
  return {
    nodes: figures.nodes,
    'connect ms (CPU)': time(connect),
    'sockets then': figures.connectionsAfterOneGet,
    'refresh CPU ms': refresh.cpuMs.toFixed(2),
    refreshes: refresh.count,
    'failover ms (CPU)': time(figures.failoverOfOneShard),
    'first fan-out ms (CPU)': time(firstFanOut),
    'fan-out ms (CPU)': time(fanOut),
    'KB heap a further one': (figures.heapPerConnection / 1024).toFixed(1),
    'KB heap connected': (figures.heapConnected / 1024).toFixed(0),
    'RSS MB (before)': `${mega(figures.rss)} (${mega(figures.rssBefore)})`,
    'all lost ms (CPU)': time(figures.allConnectionsLost),
    'sockets after': figures.connectionsAfterStorm,
  };
}

function time({ ms, cpuMs }) {
  return `${ms.toFixed(0)} (${cpuMs.toFixed(0)})`;
}

function mega(bytes) {
  return (bytes / 1024 / 1024).toFixed(0);
}
