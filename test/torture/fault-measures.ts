import { Arena } from './arena.js';
import type { ClientProcess } from './client-process.js';
import { FAULTS, type FaultReport } from './faults.js';
import type { Measure, MeasureResult } from './measure.js';
import { DEFAULT_PACE, endure, type Outcome } from './ordeal.js';
import { epochMs } from './outcome-record.js';
import { SeededRandom } from './random.js';
import { streamsOf, TARGET_SLOTS } from './shards.js';
import { added, longest, sum, sumOfErrors } from './verdict.js';
import type { StreamResult, StreamSpec } from './workloads.js';

/** Long enough for a 99th percentile. */
const PACE = { ...DEFAULT_PACE, warmUpMs: 5_000, settleMs: 3_000 };

/** What the client may add to what the cluster itself needs, in milliseconds. */
const ADDED_MS = 500;

const LOAD = { callers: 4, pauseMs: 5 };

/** Faults that the promises are about, each with one client whose load is mixed. */
export const FAULT_MEASURES: readonly Measure[] = [
  primaryLost('a primary killed, node timeout 2 s', 'kill -9'),
  primaryLost('a primary frozen, node timeout 2 s', 'SIGSTOP'),
  busyNode('a primary paused for 3 s (CLIENT PAUSE)', 'CLIENT PAUSE'),
  busyNode('a primary asleep for 3 s (DEBUG SLEEP)', 'DEBUG SLEEP'),
  busyNode('a primary busy with a script for 3 s', 'busy script'),
  {
    title: '100 slots migrated under mixed load, with calls of several keys',
    run: slotsMigrated,
  },
];

function primaryLost(title: string, fault: string): Measure {
  return {
    title,
    run: async (process) => {
      let lostAt = 0;
      const outcome = await suffer(process, fault, counting(), () => {
        lostAt = epochMs();
      });
      const { streams, report } = outcome;
      const hit = streams.filter(({ shard }) => shard === 'hit');
      const others = streams.filter(({ shard }) => shard !== 'hit');
      const reads = hit.filter(({ workload }) => workload !== 'incr');
      const needed = Math.round(report.newOwnerAt! - lostAt);
      const more = Math.round(added({ streams: reads, report }) ?? 0);
      const gap = Math.round(
        Math.max(...reads.map(({ gaps }) => longest(gaps))),
      );
      const readErrors = errorsIn(reads);
      const { unknown, failures } = doubts(hit);
      const twice = sum(streams, ({ duplicates }) => duplicates);
      const calm = p99(others, 0);
      const meanwhile = p99(others, 1);
      return {
        says: [
          `the cluster shows the new owner after ${needed} ms, reads go on ${more} ms later (${gap} ms without one)`,
          `${readErrors} reads failed`,
          `of the INCRs ${unknown} are unknown and ${failures - unknown} failed otherwise, ${twice} ran twice`,
          `other shards: ${errorsIn(others)} errors, p99 ${milliseconds(calm)} before and ${milliseconds(meanwhile)} meanwhile`,
        ].join('; '),
        holds:
          more <= ADDED_MS &&
          readErrors === 0 &&
          failures === unknown &&
          twice === 0 &&
          errorsIn(others) === 0 &&
          meanwhile <= 2 * calm,
      };
    },
  };
}

function busyNode(title: string, fault: string): Measure {
  return {
    title,
    run: async (process) => {
      const { streams, report } = await suffer(process, fault, [
        ...counting(),
        ...streamsOf('transaction', LOAD),
      ]);
      const errors = errorsIn(streams);
      const { unknown } = doubts(streams);
      const lost = report.lostConnections!;
      return {
        says: `${lost} connections lost, ${errors} errors, ${unknown} of them unknown`,
        holds: lost === 0 && errors === 0,
      };
    },
  };
}

async function slotsMigrated(
  process: ClientProcess,
): Promise<Omit<MeasureResult, 'title'>> {
  await using arena = await Arena.open({}, 'direct');
  const { cluster } = arena;
  const redirects = async (): Promise<number> => {
    const counts = await Promise.all(
      cluster.nodes.map(async (node) => {
        const text = String(await node.command('INFO', 'errorstats'));
        return Number(/errorstat_MOVED:count=(\d+)/.exec(text)?.[1] ?? 0);
      }),
    );
    return counts.reduce((all, count) => all + count, 0);
  };
  let moved = 0;
  const [outcome] = await endure(
    arena,
    [
      {
        process,
        streams: [
          ...counting(),
          ...streamsOf('slot mget', LOAD),
          ...streamsOf('mget', LOAD),
        ],
      },
    ],
    async () => {
      const from = await cluster.primaryOf(TARGET_SLOTS[0]!);
      const to = (await cluster.primaries()).find((node) => node !== from);
      const before = await redirects();
      await cluster.migrateSlots(TARGET_SLOTS, to!);
      await cluster.waitUntilStable();
      moved = (await redirects()) - before;
      return {};
    },
    PACE,
  );
  const { streams } = outcome!;
  const errors = errorsIn(streams);
  const calls = sum(streams, ({ succeeded }) => succeeded);
  return {
    says: `${errors} errors in ${calls} calls; ${moved} MOVED replies to its one connection for ${TARGET_SLOTS.length} slots`,
    holds: errors === 0 && moved <= TARGET_SLOTS.length,
  };
}

function counting(): StreamSpec[] {
  return [...streamsOf('read', LOAD), ...streamsOf('incr', LOAD)];
}

/** One client under load while a fault of the torture suite happens. */
async function suffer(
  process: ClientProcess,
  name: string,
  streams: readonly StreamSpec[],
  begins: () => void = () => {},
): Promise<Outcome> {
  const fault = FAULTS.find((one) => one.name === name)!;
  await using arena = await Arena.open(fault.cluster ?? {}, 'direct');
  const [outcome] = await endure(
    arena,
    [{ process, streams }],
    async (): Promise<FaultReport> => {
      begins();
      const report = await fault.run(arena, new SeededRandom(1));
      await arena.cluster.waitUntilStable();
      return report;
    },
    PACE,
  );
  return outcome!;
}

function errorsIn(streams: readonly StreamResult[]): number {
  return Object.values(sumOfErrors(streams)).reduce((all, n) => all + n, 0);
}

function doubts(streams: readonly StreamResult[]): {
  unknown: number;
  failures: number;
} {
  return {
    unknown: sum(streams, ({ unknown }) => unknown),
    failures: errorsIn(streams),
  };
}

/** The mean of the streams' 99th percentiles in a window: 0 is before the fault, 1 during it. */
function p99(streams: readonly StreamResult[], window: number): number {
  return sum(streams, (stream) => stream.p99[window] ?? 0) / streams.length;
}

function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`;
}
