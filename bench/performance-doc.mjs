import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { ROOT } from '../tools/setup/step.mjs';
import { columnsFor, millis, ratioLines } from './figures.mjs';
import { plotRatios } from './plot.mjs';
import { WORKLOADS } from './workloads.mjs';

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

/** Writes docs/performance.md and its plots. */
export async function writePerformanceDoc(summary, result) {
  const file = `${ROOT}docs/performance.md`;
  const prettier = createRequire(`${ROOT}package.json`)('prettier');
  const text = document(summary, result);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, await prettier.format(text, { parser: 'markdown' }));
  for (const { figure, title, color } of PLOTS) {
    const svg = plotRatios(summary, figure, title, color);
    writeFileSync(`${ROOT}docs/performance-${figure}.svg`, svg);
  }
  console.log('docs/performance.md is written.');
}

function document(summary, result) {
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
    ...summary.flatMap(section),
    ...connects(result.connects),
    ...frozenReplica(result.frozenReplica),
  ].join('\n');
}

function section({ workload, callers, rows, ratios }) {
  const columns = columnsFor(rows);
  return [
    `## ${WORKLOADS[workload].title}, ${callers} ${callers === 1 ? 'caller' : 'callers'}`,
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
