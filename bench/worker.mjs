// The process of one client: it does what the runner asks over the IPC channel.
import { measureFootprint } from './footprint.mjs';
import { rejectionTimes } from './frozen-replica.mjs';
import { fullScan } from './full-scan.mjs';
import { KEYS, randomKeys } from './keys.mjs';
import { fiveShards } from './scopes/five-shards.mjs';
import { scopeIsolation } from './scopes/isolation.mjs';
import { measureWindow } from './window.mjs';
import { required, startCallers, takesPart, WORKLOADS } from './workloads.mjs';

const adapter = await import(`./clients/${process.argv[2]}.mjs`);
const nextKey = randomKeys(0x9e3779b9);
let client;
let fanOutClient;

const REQUESTS = {
  async connect({ nodes, replicas = 1 }) {
    required.replicas = replicas;
    client = await adapter.connect(nodes);
    return {
      version: adapter.version,
      workloads: Object.keys(WORKLOADS).filter((name) =>
        takesPart(client, name),
      ),
    };
  },

  /** One call that is looked at, then load of every size until the code is hot. */
  async warmUp({ workload, callers, windowMs, als }) {
    const { call, check } = WORKLOADS[workload];
    if (!client.drive) {
      const reply = await call(client, KEYS[0]);
      if (!check(reply)) throw new Error(`wrong reply: ${String(reply)}`);
    }
    for (const count of callers) {
      await measureWindow((tally) => load(workload, count, tally), {
        leadInMs: 0,
        windowMs,
        als,
      });
    }
  },

  window: ({ workload, callers, ...settings }) =>
    measureWindow((tally) => load(workload, callers, tally), settings),

  footprint: ({ workload, callers, windowMs }) =>
    measureFootprint((tally) => load(workload, callers, tally), windowMs),

  /** One more client of its kind, until its first reply. */
  async connectTime({ nodes }) {
    const started = performance.now();
    const another = await adapter.connect(nodes);
    await another.get(KEYS[0]);
    const took = performance.now() - started;
    await another.close();
    return took;
  },

  /** Opens one more client of its kind, to another cluster. */
  async openFanOuts({ nodes }) {
    fanOutClient = await adapter.connect(nodes);
    return fanOutClient.dbSize !== undefined;
  },

  fanOuts: ({ total, ...settings }) =>
    measureWindow((tally) => callAgain(tally, total), {
      ...settings,
    }),

  async closeFanOuts() {
    await fanOutClient.close();
  },

  fullScan: (request) => fullScan(client, request),

  rejectionTimes: (request) => rejectionTimes(client, request),

  scopeIsolation: (request) => scopeIsolation(client, request),

  fiveShards: (request) => fiveShards(client, request),

  async close() {
    await client?.close();
  },
};

/** One caller of a fan-out to all primaries, whose every reply is looked at. */
function callAgain(tally, total) {
  let running = true;
  const calls = (async () => {
    while (running) {
      const started = performance.now();
      const sum = await fanOutClient.dbSize();
      tally.record(performance.now() - started);
      tally.done += 1;
      if (sum !== total) throw new Error(`DBSIZE of all nodes is ${sum}`);
    }
  })();
  calls.catch((error) => {
    tally.failure ??= error;
  });
  return async () => {
    running = false;
    await calls;
  };
}

const load = (workload, callers, tally) =>
  startCallers(client, workload, callers, nextKey, tally);

process.on('message', async ({ id, request, ...details }) => {
  try {
    const value = await REQUESTS[request](details);
    process.send({ id, value });
  } catch (error) {
    process.send({ id, error: error?.stack ?? String(error) });
  }
});
// the runner is gone: nothing is left running
process.on('disconnect', () => process.exit());
