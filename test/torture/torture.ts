import { mkdir, writeFile } from 'node:fs/promises';
import { Arena } from './arena.js';
import { ClientProcess } from './client-process.js';
import { FAULTS, type Fault } from './faults.js';
import { DEFAULT_PACE, endure } from './ordeal.js';
import { SeededRandom } from './random.js';
import { streamsOf } from './shards.js';
import { tortureReport } from './torture-report.js';
import { complaints, judge, type Cell, type Verdict } from './verdict.js';
import type { WorkloadName } from './workloads.js';

/** All workloads of the matrix, each by a client in a process of its own. */
export const WORKLOADS: readonly WorkloadName[] = [
  'read',
  'incr',
  'mget',
  'slot mget',
  'transaction',
  'blocking pop',
  'fan-out',
  'scoped write',
];

/** What is run of the matrix. */
export interface TortureOptions {
  /** Names of faults; all by default. */
  readonly faults?: readonly string[] | undefined;
  readonly workloads?: readonly WorkloadName[] | undefined;
  /** So many faults in a row on one cluster, drawn by the seed, instead of each on a fresh one. */
  readonly random?: number | undefined;
  readonly seed?: number | undefined;
  readonly log?: (line: string) => void;
}

/** A cell with its verdict. */
export interface JudgedCell {
  readonly cell: Cell;
  readonly verdict: Verdict;
}

/** Runs faults with workloads; resolves to every cell, good or bad. */
export async function runTorture(
  options: TortureOptions = {},
): Promise<JudgedCell[]> {
  const { log = () => {} } = options;
  const workloads = options.workloads ?? WORKLOADS;
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
  log(`seed ${seed}`);
  const random = new SeededRandom(seed);
  const known = options.faults?.map(faultNamed) ?? FAULTS;
  const processes = await Promise.all(
    workloads.map(() => ClientProcess.start('ours')),
  );
  const cells: JudgedCell[] = [];
  try {
    if (options.random === undefined) {
      for (const fault of known) {
        await using arena = await Arena.open(fault.cluster ?? {}, 'mapped');
        cells.push(
          ...(await cellsOf(arena, fault, workloads, processes, random, log)),
        );
      }
    } else {
      const repeatable = known.filter((fault) => fault.repeatable);
      await using arena = await Arena.open({}, 'mapped');
      for (let turn = 0; turn < options.random; turn += 1) {
        const fault = random.pick(repeatable);
        cells.push(
          ...(await cellsOf(arena, fault, workloads, processes, random, log)),
        );
      }
    }
  } finally {
    for (const process of processes) process.end();
  }
  return cells;
}

/** Writes the report beside the measurements; resolves to the path of the former. */
export async function writeTortureReport(
  cells: readonly JudgedCell[],
  folder: string,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(
    `${folder}/torture.json`,
    `${JSON.stringify(cells, undefined, 2)}\n`,
  );
  const path = `${folder}/torture.md`;
  await writeFile(path, tortureReport(cells));
  return path;
}

function faultNamed(name: string): Fault {
  const fault = FAULTS.find((one) => one.name === name);
  if (fault === undefined) {
    const names = FAULTS.map((one) => one.name).join(', ');
    throw new Error(`There is no fault "${name}". There are: ${names}`);
  }
  return fault;
}

async function cellsOf(
  arena: Arena,
  fault: Fault,
  workloads: readonly WorkloadName[],
  processes: readonly ClientProcess[],
  random: SeededRandom,
  log: (line: string) => void,
): Promise<JudgedCell[]> {
  const outcomes = await endure(
    arena,
    workloads.map((workload, at) => ({
      process: processes[at]!,
      streams: streamsOf(workload, {
        prefix: `${Math.floor(random.next() * 1e9)}:`,
      }),
    })),
    async () => {
      const report = await fault.run(arena, random);
      await arena.cluster.waitUntilStable();
      return report;
    },
    DEFAULT_PACE,
  );
  return outcomes.map((outcome, at) => {
    const workload = workloads[at]!;
    if (outcome.connectError !== undefined)
      throw new Error(outcome.connectError);
    const cell: Cell = { fault: fault.name, workload, ...outcome };
    const verdict = judge(cell, fault);
    log(line(cell, verdict));
    return { cell, verdict };
  });
}

function line(cell: Cell, verdict: Verdict): string {
  const { errors, longestGapMs, addedMs } = verdict;
  const wrong = complaints(verdict);
  const said = [
    `${Math.round(longestGapMs)} ms`,
    ...(cell.stalledMs > 100
      ? [`stalled ${Math.round(cell.stalledMs)} ms`]
      : []),
    ...(addedMs === undefined ? [] : [`added ${Math.round(addedMs)} ms`]),
    ...Object.entries(errors).map(([label, count]) => `${count} ${label}`),
  ];
  return [
    `${wrong.length === 0 ? 'ok ' : 'BAD'} ${cell.fault} / ${cell.workload}: ${said.join(', ')}`,
    ...wrong.map((complaint) => `      ${complaint}`),
  ].join('\n');
}
