import { step } from '../tools/setup/step.mjs';
import { median } from './full-scan.mjs';
import { addressOf, ask } from './raw-node.mjs';

/** 3, 12 and 48 nodes. More primaries than 32 do not find together on a small machine. */
const SIZES = [
  { primaries: 3, replicas: 0 },
  { primaries: 12, replicas: 0 },
  { primaries: 24, replicas: 1 },
];
const WINDOW_MS = 400;

/**
 * DBSIZE of all primaries, summed, by one caller after the other, on clusters
 * of several sizes. ioredis, iovalkey and node-redis ask one node only: there
 * the application asks all and adds up.
 *
 * @returns a row a size and client
 */
export async function measureFanOuts(clients, rounds) {
  const { LocalRedisCluster } = await import('../dist/testing/index.js');
  const rows = [];
  for (const size of SIZES) {
    const { primaries, replicas } = size;
    const nodes = primaries * (1 + replicas);
    const cluster = await step(`Starting ${nodes} nodes`, () =>
      LocalRedisCluster.start(size),
    );
    try {
      const own = await step(`Fan-outs on ${nodes} nodes`, () =>
        measureOn(cluster.seeds, clients, rounds),
      );
      rows.push(...own.map((row) => ({ nodes, primaries, ...row })));
    } finally {
      await cluster.stop();
    }
  }
  return rows;
}

async function measureOn(nodes, clients, rounds) {
  // a key on each of some nodes, so that the sum is of all
  const total = await writeSome(nodes);
  const taking = [];
  for (const client of clients) {
    if (client.name === 'floor') continue;
    if (await client.ask('openFanOuts', { nodes })) taking.push(client);
  }
  const windows = new Map(taking.map(({ name }) => [name, []]));
  const settings = { total, leadInMs: 100, windowMs: WINDOW_MS, als: false };
  for (let round = 0; round < rounds; round++) {
    const first = round % taking.length;
    for (const client of [...taking.slice(first), ...taking.slice(0, first)]) {
      windows.get(client.name).push(await client.ask('fanOuts', settings));
    }
  }
  for (const client of taking) await client.ask('closeFanOuts');
  return Array.from(windows, ([name, all]) => ({
    name,
    perSecond: median(all.map(({ perSecond }) => perSecond)),
    cpuMicros: median(all.map(({ cpuMicros }) => cpuMicros)),
    p50: median(all.map(({ p50 }) => p50)),
    p99: median(all.map(({ p99 }) => p99)),
  }));
}

async function writeSome(nodes) {
  let written = 0;
  for (const node of nodes) {
    for (let nth = 0; nth < 20; nth++) {
      // what belongs elsewhere is refused by MOVED
      const reply = await ask(addressOf(node), 'SET', `fan-out:${nth}`, 'x');
      if (reply.startsWith('+OK')) written += 1;
    }
  }
  return written;
}
