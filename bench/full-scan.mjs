import { ask, encode, openNode, serves } from './raw-node.mjs';

/** How many keys are scanned. */
const KEY_COUNT = 1_000_000;
/** How many keys a server looks at for one page, where all clients have the same: our default. */
const PAGE = 1_000;
/** How many times as fast as node-redis a scan has to be, each with its own defaults. */
const LEAST_RATIO = 3;
/** What a scan may add to the client's memory. All the keys together take 60 MB. */
const MOST_MIB = 48;
const SAMPLE_MS = 5;
/** The clients with a scan of their own, and how they are read. */
const WAYS = {
  ours: ['pages', 'keys'],
  ioredis: ['pages'],
  'node-redis': ['pages', 'defaults'],
};

/**
 * Scans a million small keys with each client in turn, page by page: how many
 * keys a second, and how much memory is taken above what was in use before.
 */
export async function measureFullScan(clients, shards, rounds) {
  await fill(shards);
  const total = await countKeys(shards);
  const takers = clients.flatMap((client) =>
    (WAYS[client.name] ?? []).map((way) => ({ client, way })),
  );
  const results = new Map(takers.map((taker) => [taker, []]));
  for (let round = 0; round < rounds; round++) {
    const first = round % takers.length;
    for (const taker of [...takers.slice(first), ...takers.slice(0, first)]) {
      const { client, way } = taker;
      // pages of 10 keys, one after the other: once takes long enough
      if (way === 'defaults' && round > 0) continue;
      const result = await client.ask('fullScan', { way, page: PAGE });
      if (result.keys < total) {
        throw new Error(`${client.name} found ${result.keys} of ${total} keys`);
      }
      results.get(taker).push(result);
    }
  }
  const rows = [...results].map(([{ client, way }, all]) => ({
    name: client.name,
    way,
    perSecond: all.map(({ keys, seconds }) => keys / seconds),
    cpuMicros: median(all.map(({ cpuMicros }) => cpuMicros)),
    heapMiB: Math.max(...all.map(({ heapMiB }) => heapMiB)),
    residentMiB: Math.max(...all.map(({ residentMiB }) => residentMiB)),
  }));
  const ratios = ratiosOf(rows);
  const ours = rows.filter(({ name }) => name === 'ours');
  return {
    keys: total,
    page: PAGE,
    leastRatio: LEAST_RATIO,
    mostMiB: MOST_MIB,
    rows,
    ratios,
    passed:
      ours.every(({ heapMiB }) => heapMiB <= MOST_MIB) &&
      !(ratios['node-redis, defaults'] < LEAST_RATIO),
  };
}

/** Ours by pages against each of the others, the median of the rounds: they follow each other directly. */
function ratiosOf(rows) {
  const ours = rows.find(({ name, way }) => name === 'ours' && way === 'pages');
  if (ours === undefined) return {};
  return Object.fromEntries(
    rows
      .filter(({ name }) => name !== 'ours')
      .map(({ name, way, perSecond }) => [
        `${name}, ${way}`,
        median(perSecond.map((rate, round) => ours.perSecond[round] / rate)),
      ]),
  );
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

async function fill(shards) {
  const keys = Array.from({ length: KEY_COUNT }, (_, index) => `scan:${index}`);
  await Promise.all(
    shards.map(async (shard) => {
      const socket = await openNode(shard.primary);
      const own = keys.filter((key) => serves(shard, key));
      for (let from = 0; from < own.length; from += 10_000) {
        const batch = own.slice(from, from + 10_000);
        await new Promise((resolve, reject) => {
          let missing = batch.length * '+OK\r\n'.length;
          const onData = (chunk) => {
            missing -= chunk.length;
            if (chunk[0] === 0x2d) reject(new Error(String(chunk)));
            else if (missing > 0) return;
            socket.off('data', onData).off('error', reject);
            resolve();
          };
          socket.on('data', onData).on('error', reject);
          socket.write(batch.map((key) => encode('SET', key, '1')).join(''));
        });
      }
      socket.destroy();
    }),
  );
}

async function countKeys(shards) {
  let total = 0;
  for (const { primary } of shards) {
    total += Number((await ask(primary, 'DBSIZE')).slice(1));
  }
  return total;
}

/** In the client's process: one scan, and the most memory seen meanwhile. */
export async function fullScan(client, { way, page }) {
  globalThis.gc?.();
  const before = process.memoryUsage();
  const most = { ...before };
  const sample = () => {
    const { heapUsed, rss } = process.memoryUsage();
    most.heapUsed = Math.max(most.heapUsed, heapUsed);
    most.rss = Math.max(most.rss, rss);
  };
  const timer = setInterval(sample, SAMPLE_MS);
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  const keys =
    way === 'defaults'
      ? await client.scan.pages()
      : await client.scan[way](page);
  const seconds = (performance.now() - started) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  clearInterval(timer);
  sample();
  return {
    keys,
    seconds,
    cpuMicros: (cpu.user + cpu.system) / keys,
    heapMiB: (most.heapUsed - before.heapUsed) / 2 ** 20,
    residentMiB: (most.rss - before.rss) / 2 ** 20,
  };
}
