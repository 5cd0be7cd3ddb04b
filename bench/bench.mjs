import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { ensureLibraryBuilt } from '../tools/setup/build.mjs';
import { ensureDependencies } from '../tools/setup/dependencies.mjs';
import { ensureServer } from '../tools/setup/server.mjs';
import { ROOT, step } from '../tools/setup/step.mjs';
import { ClientProcess } from './client-process.mjs';
import { measureConnects } from './connects.mjs';
import { openCluster } from './cluster.mjs';
import { measureFrozenReplica } from './frozen-replica.mjs';
import { measureFanOuts } from './fan-outs.mjs';
import { measureFullScan } from './full-scan.mjs';
import { writePerformanceDoc } from './performance-doc.mjs';
import { prepareKeys, serverVersion } from './prepare.mjs';
import { readShards } from './raw-node.mjs';
import { runRedisBenchmark } from './redis-benchmark.mjs';
import { summarize } from './summary.mjs';
import { targetsMet } from './targets.mjs';
import {
  printConnects,
  printFanOuts,
  printFrozenReplica,
  printFullScan,
  printRedisBenchmark,
  printSummary,
  printTargets,
} from './terminal-report.mjs';
import { callersOf, cellsOf, titleOf, WORKLOADS } from './workloads.mjs';

const LEAD_IN_MS = 100;
const FOOTPRINT_CALLERS = 50;

/**
 * One run of the benchmark.
 *
 * @returns the exit code: 1 where a client failed or a bound was missed
 */
export async function runBench(options) {
  await ensureDependencies();
  const ownCluster = options.nodes.length === 0;
  if (ownCluster || options.clients.includes('ours')) {
    await ensureLibraryBuilt();
  }
  if (ownCluster) await ensureServer();

  let interrupted = false;
  let cluster;
  const clients = [];
  const endClients = () => clients.forEach((client) => client.end());
  // without its clients the run fails at once, and everything is taken down
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      interrupted = true;
      endClients();
    });
  }
  try {
    cluster = await openCluster(options.nodes);
    const shards = await readShards(cluster.nodes[0]);
    await step('Writing the keys', () =>
      prepareKeys(shards, options.workloads),
    );

    if (interrupted) return 130;
    clients.push(...options.clients.map((name) => new ClientProcess(name)));
    const result = {
      ...(await describe(options, shards)),
      ...(await measure(clients, cluster.nodes, shards, options)),
    };
    await Promise.all(clients.map((client) => client.ask('close')));
    return await report(result, options);
  } catch (error) {
    if (interrupted) return 130;
    throw error;
  } finally {
    endClients();
    await cluster?.stop();
  }
}

async function describe(options, shards) {
  const [cpu] = cpus();
  return {
    date: new Date().toISOString(),
    options,
    node: process.version,
    server: await serverVersion(shards[0]),
    cluster: `${shards.length} primaries, ${shards.flatMap(({ replicas }) => replicas).length} replicas`,
    machine: {
      cpu: cpu.model,
      cores: cpus().length,
      // what others did on it when the run began: 0 where the machine was its own
      loadAverage: loadavg()[0],
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      system: `${process.platform} ${process.arch}`,
    },
  };
}

async function measure(clients, nodes, shards, options) {
  const versions = {};
  await step('Connecting the clients', async () => {
    for (const client of clients) {
      const { version, workloads } = await client.ask('connect', { nodes });
      versions[client.name] = version;
      client.workloads = workloads;
    }
  });
  const workloads = options.workloads.filter((name) => name in WORKLOADS);
  const cells = cellsOf(workloads, options);
  const footprints = {};
  // once a process has used an AsyncLocalStorage, every promise in it has its
  // context: what is measured without one comes first
  for (const inContext of [false, true]) {
    const part = cells.filter((cell) => isInContext(cell) === inContext);
    const ofPart = [...new Set(part.map(({ workload }) => workload))];
    await step(
      inContext ? 'Warming up with an AsyncLocalStorage' : 'Warming up',
      () => warmUp(clients, ofPart, { ...options, als: inContext }),
    );
    await measureRounds(clients, part, options);
    const uncounted = ofPart.filter((name) => !(name in footprints));
    await step('Counting allocations and socket writes', async () =>
      Object.assign(
        footprints,
        await measureFootprints(clients, uncounted, options),
      ),
    );
  }

  let connects;
  if (options.workloads.includes('connect')) {
    connects = await step('Connecting again and again', () =>
      measureConnects(clients, nodes, options.quick ? 3 : 10),
    );
  }
  let redisBenchmark;
  if (options.workloads.includes('redis-benchmark')) {
    redisBenchmark = await step('Running redis-benchmark --cluster', () =>
      runRedisBenchmark(nodes[0], options.quick ? 100_000 : 1_000_000),
    );
  }
  let fanOuts;
  if (options.workloads.includes('fan-outs')) {
    fanOuts = await measureFanOuts(clients, options.quick ? 3 : options.rounds);
  }
  let frozenReplica;
  const ours = clients.find(({ name }) => name === 'ours');
  if (options.workloads.includes('frozen-replica') && ours) {
    frozenReplica = await step('Freezing a replica', () =>
      measureFrozenReplica(ours, shards),
    );
  }
  let fullScan;
  if (options.workloads.includes('full-scan') && ours) {
    fullScan = await step('Scanning a million keys', () =>
      measureFullScan(clients, shards, options.quick ? 1 : options.rounds),
    );
  }
  return {
    versions,
    cells,
    footprints,
    connects,
    redisBenchmark,
    fanOuts,
    frozenReplica,
    fullScan,
  };
}

async function warmUp(clients, workloads, { callers, als, quick }) {
  for (const workload of workloads) {
    for (const client of taking(clients, workload)) {
      const windowMs = quick ? 100 : 200;
      await client.ask('warmUp', {
        workload,
        callers: callersOf(workload, callers),
        windowMs,
        als,
      });
    }
  }
}

/** Whether its callers run in an AsyncLocalStorage: replication scopes live in one. */
function isInContext({ workload, als }) {
  return als || workload === 'replication';
}

/** Every client has one window in every round of every cell; who begins rotates. */
async function measureRounds(clients, cells, options) {
  for (let round = 0; round < options.rounds; round++) {
    for (const [position, cell] of cells.entries()) {
      const { workload, callers, als } = cell;
      const taken = taking(clients, workload);
      const first = (round + position) % (taken.length || 1);
      for (const client of [...taken.slice(first), ...taken.slice(0, first)]) {
        const window = await client.ask('window', {
          workload,
          callers,
          als,
          leadInMs: LEAD_IN_MS,
          windowMs: options.seconds * 1000,
        });
        (cell.clients[client.name] ??= []).push(window);
      }
      showProgress(round, options.rounds, cell, taken);
    }
  }
}

function showProgress(round, rounds, cell, taken) {
  const rates = taken.map(
    ({ name }) =>
      `${name} ${Math.round(cell.clients[name].at(-1).perSecond / 100) / 10}k/s`,
  );
  console.log(
    `round ${round + 1}/${rounds}  ${titleOf(cell)}:  ${rates.join('  ')}`,
  );
}

async function measureFootprints(clients, workloads, { quick }) {
  const footprints = {};
  for (const workload of workloads) {
    const [callers] = callersOf(workload, [FOOTPRINT_CALLERS]);
    footprints[workload] = { callers, clients: {} };
    for (const client of taking(clients, workload)) {
      footprints[workload].clients[client.name] = await client.ask(
        'footprint',
        {
          workload,
          callers,
          windowMs: quick ? 150 : 250,
        },
      );
    }
  }
  return footprints;
}

function taking(clients, workload) {
  return clients.filter(({ workloads }) => workloads.includes(workload));
}

async function report(result, options) {
  const summary = summarize(result);
  printSummary(summary, result);
  const targets = targetsMet(summary);
  printTargets(targets);
  if (result.redisBenchmark) printRedisBenchmark(result.redisBenchmark);
  if (result.fanOuts) printFanOuts(result.fanOuts);
  if (result.connects) printConnects(result.connects);
  if (result.frozenReplica) printFrozenReplica(result.frozenReplica);
  if (result.fullScan) printFullScan(result.fullScan);

  const folder = `${ROOT}bench/results`;
  mkdirSync(folder, { recursive: true });
  const file = `${folder}/${result.date.replaceAll(':', '-')}.json`;
  writeFileSync(file, `${JSON.stringify(result, undefined, 2)}\n`);
  console.log(`\nAll figures of every round: ${file.slice(ROOT.length)}`);
  if (options.writeDocs) await writePerformanceDoc(summary, targets, result);
  const { frozenReplica, fullScan } = result;
  const passed = frozenReplica?.passed !== false && fullScan?.passed !== false;
  return passed ? 0 : 1;
}
