import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { ensureLibraryBuilt } from '../../tools/setup/build.mjs';
import { ensureServer } from '../../tools/setup/server.mjs';
import { ROOT, step } from '../../tools/setup/step.mjs';
import { ClientProcess } from '../client-process.mjs';
import { serverVersion } from '../prepare.mjs';
import { ask, readShards } from '../raw-node.mjs';
import { judge, scopesReport, writeScopesDoc } from './report.mjs';

const CALLERS = [1, 16, 64, 256, 1_024];
const LEAD_IN_MS = 150;

/** A lone caller's windows vary most: it is a matter of which processes share a core. */
const WINDOWS_OF_ONE = 3;

/** What is compared: a client and what its callers do. */
const RUNNERS = [
  { runner: 'plain', client: 'ours', workload: 'set' },
  { runner: 'scope', client: 'ours', workload: 'replication' },
  { runner: 'ioredis', client: 'ioredis', workload: 'replication' },
  { runner: 'node-redis', client: 'node-redis', workload: 'replication' },
  { runner: 'floor', client: 'barrier-floor', workload: 'replication' },
];

/**
 * One run: throughput with one and with two replicas per shard, then what
 * scopes that wait for a frozen replica do to others, then five shards.
 *
 * @returns the exit code: 1 where a target is missed
 */
export async function benchScopes({ rounds, windowMs, writeDocs }) {
  await ensureLibraryBuilt();
  await ensureServer();
  const [cpu] = cpus();
  const result = {
    date: new Date().toISOString(),
    node: process.version,
    machine: `${cpu.model}, ${cpus().length} cores, load average ${loadavg()[0].toFixed(1)}`,
    throughput: [],
  };
  for (const replicas of [1, 2]) {
    await onCluster({ replicas }, Object.values(RUNNERS), async (run) => {
      result.server = run.server;
      result.versions = run.versions;
      result.throughput.push({
        replicas,
        cells: await measureThroughput(run, { rounds, windowMs }),
      });
      if (replicas === 2) {
        result.isolation = await freezingOne(run, (shard) =>
          run.clients.get('ours').ask('scopeIsolation', { shard, rounds }),
        );
      }
    });
  }
  await onCluster({ primaries: 5, replicas: 1 }, [RUNNERS[1]], async (run) => {
    result.fiveShards = await step('Writing to five shards', () =>
      measureFiveShards(run, windowMs),
    );
  });
  return report(result, writeDocs);
}

/** Starts a cluster and the clients, and takes both down again. */
async function onCluster(options, runners, measure) {
  const { LocalRedisCluster } = await import('../../dist/testing/index.js');
  const { primaries = 3, replicas } = options;
  const cluster = await step(
    `Starting ${primaries} primaries and ${primaries * replicas} replicas`,
    () =>
      LocalRedisCluster.start({
        primaries,
        replicas,
        // a frozen replica stays what it is
        nodeTimeoutMs: 60_000,
        replicaMigration: false,
      }),
  );
  const clients = new Map();
  const versions = {};
  try {
    for (const { client: name } of runners) {
      if (!clients.has(name)) clients.set(name, new ClientProcess(name));
    }
    for (const [name, client] of clients) {
      const connected = { nodes: cluster.seeds, replicas };
      ({ version: versions[name] } = await client.ask('connect', connected));
    }
    const shards = await readShards(cluster.seeds[0]);
    const server = await serverVersion(shards[0]);
    await measure({ cluster, clients, shards, versions, server });
    for (const client of clients.values()) await client.ask('close');
  } finally {
    for (const client of clients.values()) client.end();
    await cluster.stop();
  }
}

/** Interleaved: in each round, all runners have a window with each number of callers; who begins rotates. */
async function measureThroughput({ clients }, { rounds, windowMs }) {
  for (const { client, workload } of RUNNERS) {
    await step(`Warming up: ${client}, ${workload}`, () =>
      clients
        .get(client)
        .ask('warmUp', { workload, callers: CALLERS, windowMs: 300 }),
    );
  }
  const cells = CALLERS.map((callers) => ({ callers, windows: {} }));
  for (let round = 0; round < rounds; round += 1) {
    for (const [position, { callers, windows }] of cells.entries()) {
      for (let nth = 0; nth < (callers === 1 ? WINDOWS_OF_ONE : 1); nth += 1) {
        const first = (round + position + nth) % RUNNERS.length;
        const inTurn = [...RUNNERS.slice(first), ...RUNNERS.slice(0, first)];
        for (const { runner, client, workload } of inTurn) {
          const settings = { leadInMs: LEAD_IN_MS, windowMs };
          const window = await clients
            .get(client)
            .ask('window', { workload, callers, ...settings });
          (windows[runner] ??= []).push(window);
        }
      }
      const shown = RUNNERS.map(
        ({ runner }) =>
          `${runner} ${Math.round(windows[runner].at(-1).perSecond)}/s`,
      );
      console.log(
        `round ${round + 1}/${rounds}, ${callers} callers: ${shown.join('  ')}`,
      );
    }
  }
  return cells;
}

async function freezingOne({ cluster, shards }, measure) {
  const [shard] = shards;
  const replica = cluster.nodes.find(
    ({ port }) => port === shard.replicas[0].port,
  );
  await cluster.freeze(replica);
  try {
    return await step('With one replica of two frozen', () => measure(shard));
  } finally {
    await cluster.resume(replica);
  }
}

async function measureFiveShards({ clients, shards }, windowMs) {
  const waits = async () => {
    const stats = await Promise.all(
      shards.map(({ primary }) => ask(primary, 'INFO', 'commandstats')),
    );
    return stats.map((text) =>
      Number(/cmdstat_wait:calls=(\d+)/.exec(text)?.[1] ?? 0),
    );
  };
  const ours = clients.get('ours');
  await ours.ask('fiveShards', { shards, way: 'one scope', windowMs });
  const ways = {};
  for (const way of ['one write', 'one scope', 'awaited', 'five scopes']) {
    const before = await waits();
    const { handlers, ...times } = await ours.ask('fiveShards', {
      shards,
      way,
      windowMs: windowMs * 3,
    });
    const after = await waits();
    const all = after.reduce((sum, calls, at) => sum + calls - before[at], 0);
    ways[way] = { handlers, waitsPerHandler: all / handlers, ...times };
  }
  return ways;
}

async function report(result, writeDocs) {
  const text = scopesReport(result);
  console.log(`\n${text}`);
  const folder = `${ROOT}bench/results`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/scopes.json`, `${JSON.stringify(result)}\n`);
  if (writeDocs) await writeScopesDoc(text);
  const missed = judge(result).filter(({ met }) => !met);
  for (const { target, found } of missed) {
    console.error(`missed: ${target}: ${found}`);
  }
  return missed.length > 0 ? 1 : 0;
}
