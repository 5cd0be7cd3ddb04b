/** How figures are written, the same on the terminal and in the documents. */

export function rate(value) {
  return Math.round(value).toLocaleString('en-US');
}

export function millis(value) {
  if (value === null || !Number.isFinite(value)) return '-';
  return value < 10 ? value.toFixed(2) : value.toFixed(1);
}

export function micros(value) {
  return value.toFixed(value < 10 ? 2 : 1);
}

export function count(value, digits = 0) {
  return value === undefined ? '' : value.toFixed(digits);
}

/** Half the way from the lowest to the highest round, in percent of the median. */
export function deviation({ median, least, most }) {
  return `${Math.round(((most - least) / 2 / median) * 100)} %`;
}

/** `4.12 (3.90-4.40)`: median and extremes of the rounds. */
export function times({ median, least, most }) {
  return `${median.toFixed(2)} (${least.toFixed(2)}-${most.toFixed(2)})`;
}

/** What a target's figure is, with the extremes of the rounds where there are some. */
export function measuredText({ median, least, most }) {
  if (least === undefined) return Math.round(median).toString();
  return times({ median, least, most });
}

/** The columns of a cell's table, in order. */
export const COLUMNS = [
  ['commands/s', ({ perSecond }) => rate(perSecond.median)],
  ['±', ({ perSecond }) => deviation(perSecond)],
  ['p50 ms', ({ p50 }) => millis(p50)],
  ['p99 ms', ({ p99 }) => millis(p99)],
  ['p99.9 ms', ({ p999 }) => millis(p999)],
  ['CPU µs/command', ({ cpuMicros }) => micros(cpuMicros.median)],
  ['loop delay p99 ms', ({ loopDelayP99 }) => millis(loopDelayP99)],
  ['peak MiB', ({ peakMiB }) => count(peakMiB)],
];

/** What is counted once a workload: columns only where there are such figures. */
export const FOOTPRINT_COLUMNS = [
  ['heap bytes/command', ({ allocatedBytes }) => count(allocatedBytes)],
  ['writes/command', ({ socketWrites }) => count(socketWrites, 3)],
];

/** The columns of these rows. */
export function columnsFor(rows) {
  return rows.some(({ allocatedBytes }) => allocatedBytes !== undefined)
    ? [...COLUMNS, ...FOOTPRINT_COLUMNS]
    : COLUMNS;
}

/** One sentence a ratio, for the clients that were there. */
export function ratioLines(ratios) {
  if (!ratios) return [];
  const { throughput, cpu, p50, cpuToFloor } = ratios;
  return [
    throughput && `throughput ${times(throughput)} times ${throughput.to}`,
    cpu && `CPU per command ${times(cpu)} of ${cpu.to}`,
    p50 && `p50 ${times(p50)} of ${p50.to}`,
    cpuToFloor && `CPU per command ${times(cpuToFloor)} of the floor`,
  ].filter(Boolean);
}
