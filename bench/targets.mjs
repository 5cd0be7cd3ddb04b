import { NOT_RIVALS, ratio } from './summary.mjs';
import { titleOf } from './workloads.mjs';

const IOREDIS = ['ioredis', 'ioredis-autopipelining'];

/** What this client is to be: ratios of ours to others, in cells of a default run. */
const TARGETS = [
  ...aheadOf('get', [50, 500], 4),
  ...aheadOf('set', [50, 500], 3),
  ...[50, 500].flatMap((callers) =>
    ['get', 'set'].flatMap((workload) => [
      { workload, callers, figure: 'cpuMicros', most: 1 / 4 },
      { workload, callers, figure: 'cpuMicros', most: 1.6, others: ['floor'] },
    ]),
  ),
  { workload: 'get', callers: 1, figure: 'p50', most: 1 },
  ...['get', 'set'].flatMap((workload) => aheadOf(workload, [5000], 1)),
  ...['get16k', 'set16k'].flatMap((workload) => aheadOf(workload, [50], 1)),
  ...['get1m', 'set1m'].flatMap((workload) => aheadOf(workload, [10], 1)),
  ...['mget100', 'mset100'].flatMap((workload) => [
    ...aheadOf(workload, [50], 4, ['node-redis']),
    ...aheadOf(workload, [50], 2, IOREDIS),
  ]),
  ...['hgetall', 'zrange'].flatMap((workload) => aheadOf(workload, [50], 2)),
];

const GET_BYTES = 1024;

const WORDS = {
  perSecond: 'throughput',
  cpuMicros: 'CPU per command',
  p50: 'p50',
};

function aheadOf(workload, callers, least, others) {
  return callers.map((count) => ({
    workload,
    callers: count,
    figure: 'perSecond',
    least,
    others,
  }));
}

/**
 * Each target that the run has figures for, and whether it is met.
 *
 * @returns what is measured, what it shall be, what it is, with the extremes of
 * the rounds where there are some
 */
export function targetsMet(summary) {
  return [
    ...TARGETS.flatMap((target) => metOf(target, summary)),
    ...bytesOfGet(summary),
  ];
}

function metOf({ workload, callers, figure, least, most, others }, summary) {
  const cell = summary.find(
    (each) =>
      each.workload === workload && each.callers === callers && !each.als,
  );
  const ours = cell?.clients.ours;
  const rivals = (cell?.rows ?? []).filter(({ name }) =>
    others === undefined ? !NOT_RIVALS.includes(name) : others.includes(name),
  );
  if (ours === undefined || rivals.length === 0) return [];
  const best = rivals
    .toSorted((a, b) => valueOf(a, figure) - valueOf(b, figure))
    .at(least === undefined ? 0 : -1);
  const measured = ratio(ours, cell.clients[best.name], figure);
  return [
    {
      what: `${titleOf(cell)}: ${WORDS[figure]}, in times of ${best.name}`,
      target: wordsOf(least, most),
      measured,
      met:
        least === undefined
          ? measured.median <= most
          : measured.median >= least,
    },
  ];
}

function wordsOf(least, most) {
  if (least === undefined) return `at most ${most}`;
  return least === 1 ? 'more than 1' : `at least ${least}`;
}

function bytesOfGet(summary) {
  return summary
    .filter(({ workload, als }) => workload === 'get' && !als)
    .flatMap(({ rows }) => rows)
    .filter(
      ({ name, allocatedBytes }) =>
        name === 'ours' && allocatedBytes !== undefined,
    )
    .map(({ allocatedBytes }) => ({
      what: 'GET: bytes allocated per command',
      target: `under ${GET_BYTES}`,
      measured: { median: allocatedBytes },
      met: allocatedBytes < GET_BYTES,
    }));
}

/** A figure of a row: the median, where rounds are kept. */
function valueOf(row, figure) {
  return typeof row[figure] === 'number' ? row[figure] : row[figure].median;
}
