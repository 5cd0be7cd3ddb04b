import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { ROOT } from '../tools/setup/step.mjs';
import {
  columnsFor,
  measuredText,
  micros,
  millis,
  rate,
  ratioLines,
} from './figures.mjs';
import { plotRatios } from './plot.mjs';
import { titleOf } from './workloads.mjs';

const PLOTS = [
  {
    figure: 'throughput',
    title: 'Throughput, in times of the best other client',
    color: '#2f7ed8',
  },
  {
    figure: 'cpu',
    title: 'CPU per command, as a part of that of the best other client',
    color: '#d9822b',
  },
];

/** What stands between these lines is written by hand, and kept. */
const BY_HAND = { from: '<!-- by hand -->', to: '<!-- by the run -->' };

/** Writes docs/performance.md and its plots. */
export async function writePerformanceDoc(summary, targets, result) {
  const file = `${ROOT}docs/performance.md`;
  const prettier = createRequire(`${ROOT}package.json`)('prettier');
  const kept = existsSync(file) ? byHand(readFileSync(file, 'utf8')) : '';
  const text = document(summary, targets, kept, result);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, await prettier.format(text, { parser: 'markdown' }));
  for (const { figure, title, color } of PLOTS) {
    const svg = plotRatios(summary, figure, title, color);
    writeFileSync(`${ROOT}docs/performance-${figure}.svg`, svg);
  }
  console.log('docs/performance.md is written.');
}

function byHand(text) {
  const from = text.indexOf(BY_HAND.from);
  const to = text.indexOf(BY_HAND.to);
  if (from === -1 || to === -1) return '';
  return text.slice(from + BY_HAND.from.length, to).trim();
}

function document(summary, targets, kept, result) {
  const { machine, options, versions } = result;
  return [
    '# Performance',
    '',
    'Written by `npm run bench -- --write-docs`; [bench/README.md](../bench/README.md) says how it measures. Trust ratios and CPU per command: throughput is that of one machine on which clients and servers share the cores.',
    '',
    `- ${result.date.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}; load average when the run began: ${machine.loadAverage.toFixed(1)}`,
    `- Node ${result.node}; ${result.server}, ${result.cluster}, on the same machine`,
    `- ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
    `- medians of ${options.rounds} interleaved rounds of ${options.seconds} s; 100-byte values where nothing else is said, random keys of all slots${options.als ? '; callers inside an active AsyncLocalStorage' : ''}`,
    '',
    ...PLOTS.flatMap(({ figure, title }) => [
      `![${title}](performance-${figure}.svg)`,
      '',
    ]),
    ...targetTable(targets),
    BY_HAND.from,
    '',
    kept,
    '',
    BY_HAND.to,
    '',
    ...summary.flatMap(section),
    ...redisBenchmark(result.redisBenchmark),
    ...fanOuts(result.fanOuts),
    ...connects(result.connects),
    ...frozenReplica(result.frozenReplica),
  ].join('\n');
}

function targetTable(targets) {
  if (targets.length === 0) return [];
  return [
    '## Targets',
    '',
    'Medians, and the extremes of the rounds. What is missed is explained below.',
    '',
    '| what | target | measured | met |',
    '| --- | --- | ---: | --- |',
    ...targets.map(
      ({ what, target, measured, met }) =>
        `| ${what} | ${target} | ${measuredText(measured)} | ${met ? 'yes' : '**no**'} |`,
    ),
    '',
  ];
}

function section(cell) {
  const { rows, ratios } = cell;
  const columns = columnsFor(rows);
  return [
    `## ${titleOf(cell)}`,
    '',
    `| client | ${columns.map(([title]) => title).join(' | ')} |`,
    `| --- |${' ---: |'.repeat(columns.length)}`,
    ...rows.map(
      (row) =>
        `| ${row.name} | ${columns.map(([, text]) => text(row)).join(' | ')} |`,
    ),
    '',
    ...ratioLines(ratios).map((line) => `- ours: ${line}`),
    '',
  ];
}

function redisBenchmark(rows) {
  if (!rows) return [];
  return [
    '## redis-benchmark --cluster',
    '',
    'A program in C, a connection for each caller and a write for each command.',
    '',
    '| command | connections | commands/s | p50 ms | p99 ms |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...rows.map(
      ({ command, connections, perSecond, p50, p99 }) =>
        `| ${command} | ${connections} | ${rate(perSecond)} | ${millis(p50)} | ${millis(p99)} |`,
    ),
    '',
  ];
}

function fanOuts(rows) {
  if (!rows) return [];
  return [
    '## DBSIZE of all primaries, 1 caller',
    '',
    'ioredis, iovalkey and node-redis ask one node only: there the application asks all and adds up.',
    '',
    '| nodes | primaries | client | calls/s | p50 ms | p99 ms | CPU µs/call |',
    '| ---: | ---: | --- | ---: | ---: | ---: | ---: |',
    ...rows.map(
      ({ nodes, primaries, name, perSecond, cpuMicros, p50, p99 }) =>
        `| ${nodes} | ${primaries} | ${name} | ${rate(perSecond)} | ${millis(p50)} | ${millis(p99)} | ${micros(cpuMicros)} |`,
    ),
    '',
  ];
}

function connects(rows) {
  if (!rows) return [];
  return [
    '## A new client, until its first reply',
    '',
    '| client | ms |',
    '| --- | ---: |',
    ...rows.map(({ name, ms }) => `| ${name} | ${millis(ms)} |`),
    '',
  ];
}

function frozenReplica(measured) {
  if (!measured) return [];
  const { timeoutMs, results } = measured;
  return [
    '## A replica is frozen',
    '',
    `\`ensureReplication(1, ${timeoutMs}, write)\` on the shard whose replica is stopped rejects after:`,
    '',
    '| scopes at a time | least ms | median ms | most ms |',
    '| ---: | ---: | ---: | ---: |',
    ...results.map(
      ({ callers, least, median, most }) =>
        `| ${callers} | ${millis(least)} | ${millis(median)} | ${millis(most)} |`,
    ),
    '',
  ];
}
