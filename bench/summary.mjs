import { WORKLOADS } from './workloads.mjs';

/** What is not compared with ours as a client of clusters. */
export const NOT_RIVALS = ['ours', 'floor', 'node-redis-one-node'];

/**
 * Medians of the rounds of each cell, and the ratios of our client to the best
 * other one and to the floor. A ratio is taken within a round, whose windows
 * follow each other directly; then the median and the extremes are kept.
 */
export function summarize({ cells, footprints, options }) {
  return cells.map(({ workload, callers, als, clients }) => {
    const rows = options.clients
      .filter((name) => clients[name])
      .map((name) => ({ name, rounds: clients[name] }))
      .map(({ name, rounds }) => ({
        name,
        perSecond: spread(rounds.map((round) => round.perSecond)),
        cpuMicros: spread(rounds.map((round) => round.cpuMicros)),
        p50: spread(rounds.map((round) => round.p50)).median,
        p99: spread(rounds.map((round) => round.p99)).median,
        p999: spread(rounds.map((round) => round.p999)).median,
        loopDelayP99: spread(rounds.map((round) => round.loopDelayP99)).median,
        peakMiB: Math.max(...rounds.map((round) => round.peakMiB)),
        ...(!als &&
          callers === footprints[workload]?.callers &&
          footprints[workload].clients[name]),
      }));
    const own = ratios(clients, rows);
    const goals = goalsOf(WORKLOADS[workload], clients);
    return { workload, callers, als, clients, rows, ratios: own, goals };
  });
}

/** How many times the throughput of some others ours has, and what it should have. */
function goalsOf({ leastRatio = {} }, { ours, ...others }) {
  if (ours === undefined) return [];
  return Object.entries(leastRatio)
    .filter(([name]) => others[name] !== undefined)
    .map(([name, least]) => ({
      to: name,
      goal: least,
      ...ratio(ours, others[name], 'perSecond'),
    }));
}

function ratios(clients, rows) {
  const { ours, floor } = clients;
  if (ours === undefined) return undefined;
  const rivals = rows.filter(({ name }) => !NOT_RIVALS.includes(name));
  const best = (figure, better) =>
    rivals.reduce((a, b) => (better(b[figure], a[figure]) ? b : a), rivals[0]);
  const fastest = best('perSecond', (a, b) => a.median > b.median);
  const leanest = best('cpuMicros', (a, b) => a.median < b.median);
  const quickest = best('p50', (a, b) => a < b);
  return {
    throughput: fastest && {
      to: fastest.name,
      ...ratio(ours, clients[fastest.name], 'perSecond'),
    },
    cpu: leanest && {
      to: leanest.name,
      ...ratio(ours, clients[leanest.name], 'cpuMicros'),
    },
    p50: quickest && {
      to: quickest.name,
      ...ratio(ours, clients[quickest.name], 'p50'),
    },
    cpuToFloor: floor && { to: 'floor', ...ratio(ours, floor, 'cpuMicros') },
  };
}

/** The ratios of a figure within each round: median and extremes. */
export function ratio(ours, other, figure) {
  return spread(ours.map((round, i) => round[figure] / other[i][figure]));
}

/** Median and extremes. */
export function spread(values) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return {
    median:
      sorted.length % 2 === 1
        ? sorted[Math.floor(middle)]
        : (sorted[middle - 1] + sorted[middle]) / 2,
    least: sorted[0],
    most: sorted.at(-1),
  };
}
