// The client under measurement, in a process of its own: one JSON line on
// stdout. Its parent plays the cluster and is asked by messages.
import { setTimeout as sleep } from 'node:timers/promises';
import { RedisClusterClient } from '../../dist/index.js';

const [seed, size] = [process.argv[2], Number(process.argv[3])];
const REFRESH_MS = 200;
const REFRESHES = 25;

let asked = 0;
/** Has the parent do something to the cluster. */
function ask(verb, value) {
  const id = ++asked;
  return new Promise((resolve) => {
    const onMessage = (message) => {
      if (message.id !== id) return;
      process.off('message', onMessage);
      resolve(message.value);
    };
    process.on('message', onMessage);
    process.send({ id, verb, value });
  });
}

/** Time and processor time of some work, in milliseconds. */
async function measured(work) {
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  const value = await work();
  const { user, system } = process.cpuUsage(cpu);
  return {
    ms: performance.now() - started,
    cpuMs: (user + system) / 1_000,
    value,
  };
}

function memory() {
  globalThis.gc();
  globalThis.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external };
}

const figures = { nodes: size };
const before = memory();
figures.rssBefore = before.rss;
const client = new RedisClusterClient({
  nodes: [seed],
  topologyRefreshMs: REFRESH_MS,
  reconnectDelayMs: { min: 20, max: 200 },
});
figures.connect = await measured(() => client.connect());
figures.connectionsAfterConnect = (await ask('counts')).open;
await client.get('key');
figures.connectionsAfterOneGet = (await ask('counts')).open;
figures.heapConnected = memory().heap - before.heap;

figures.firstFanOut = await measured(() => client.dbsize());
figures.fanOut = await measured(() => client.dbsize());
figures.rss = memory().rss;

await sleep(2 * REFRESH_MS);
const asks = await ask('counts');
const quiet = await measured(() => sleep(REFRESH_MS * REFRESHES));
const after = await ask('counts');
const refreshes = Math.max(
  after.slots - asks.slots,
  after.shards - asks.shards,
);
figures.refresh = { count: refreshes, cpuMs: quiet.cpuMs / refreshes };

const changed = new Promise((resolve) => {
  client.topology$.subscribe(({ version }) => {
    if (version > 1) resolve();
  });
});
figures.failoverOfOneShard = await measured(async () => {
  await ask('promote', 1);
  await changed;
});

figures.allConnectionsLost = await measured(async () => {
  await ask('drop');
  await client.dbsize();
});
const sockets = await ask('counts');
figures.connectionsAfterStorm = sockets.open;

const fewer = memory();
await client.at('replicas').ping();
figures.heapPerConnection =
  (memory().heap - fewer.heap) /
  ((await ask('counts')).open - figures.connectionsAfterStorm);
await client.close();
console.log(JSON.stringify(figures));
process.disconnect();
