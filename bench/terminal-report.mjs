import { columnsFor, millis, ratioLines } from './figures.mjs';
import { median } from './full-scan.mjs';
import { WORKLOADS } from './workloads.mjs';

/** Prints a table a cell, with the ratios of our client below it. */
export function printSummary(summary, { server, cluster, node, options }) {
  console.log(
    `\n${server}, ${cluster}, Node ${node}; medians of ${options.rounds} rounds of ${options.seconds} s, 100-byte values where nothing else is said${options.als ? ', inside an AsyncLocalStorage' : ''}`,
  );
  for (const { workload, callers, rows, ratios, goals } of summary) {
    console.log(
      `\n${WORKLOADS[workload].title}, ${callers} ${callers === 1 ? 'caller' : 'callers'}`,
    );
    printTable(rows);
    for (const line of ratioLines(ratios)) console.log(`  ours: ${line}`);
    for (const { to, goal, median, least, most } of goals) {
      console.log(
        `  ours: throughput ${median.toFixed(2)} (${least.toFixed(2)}-${most.toFixed(2)}) times ${to}, meant to be at least ${goal}: ${median >= goal ? 'reached' : 'MISSED'}`,
      );
    }
  }
}

/** Prints how long it takes to connect. */
export function printConnects(rows) {
  console.log('\nA new client, until its first reply');
  for (const { name, ms } of rows) console.log(`  ${name}: ${millis(ms)} ms`);
}

/** Prints how long the rejections took, and whether that is within bounds. */
export function printFrozenReplica({ timeoutMs, latestMs, results }) {
  console.log(
    `\nReplica of one shard frozen, ensureReplication(1, ${timeoutMs}) on that shard has to reject after ${timeoutMs} to ${latestMs} ms`,
  );
  for (const result of results) {
    const { callers, rejected, resolved, least, median, most } = result;
    console.log(
      `  ${callers} at a time: ${rejected.length} rejected after ${millis(least)} / ${millis(median)} / ${millis(most)} ms (least / median / most), ${resolved} resolved; other shard: ${result.doneElsewhere} done, ${result.failedElsewhere} failed: ${result.passed ? 'passed' : 'FAILED'}`,
    );
    if (!result.passed)
      result.errors.forEach((error) => console.log(`    ${error}`));
  }
}

/** Prints the scans, and whether ours is within its bounds. */
export function printFullScan(result) {
  const { keys, page, leastRatio, mostMiB, rows, ratios, passed } = result;
  console.log(
    `\nA scan of all ${keys} keys, ${page} a page (but for defaults); with the defaults at least ${leastRatio} times the keys of node-redis, and at most ${mostMiB} MiB of heap more`,
  );
  for (const {
    name,
    way,
    perSecond,
    cpuMicros,
    heapMiB,
    residentMiB,
  } of rows) {
    console.log(
      `  ${name}, ${way}: ${Math.round(median(perSecond) / 1000)}k keys/s, ${cpuMicros.toFixed(2)} µs CPU a key, heap +${heapMiB.toFixed(0)} MiB, resident +${residentMiB.toFixed(0)} MiB`,
    );
  }
  for (const [other, ratio] of Object.entries(ratios)) {
    console.log(`  ours: ${ratio.toFixed(1)} times ${other}`);
  }
  console.log(`  ${passed ? 'passed' : 'FAILED'}`);
}

function printTable(rows) {
  const columns = columnsFor(rows);
  const lines = [
    ['', ...columns.map(([title]) => title)],
    ...rows.map((row) => [row.name, ...columns.map(([, text]) => text(row))]),
  ];
  const widths = lines[0].map((_, i) =>
    Math.max(...lines.map((line) => line[i].length)),
  );
  for (const [name, ...cells] of lines) {
    console.log(
      `  ${[name.padEnd(widths[0]), ...cells.map((cell, i) => cell.padStart(widths[i + 1]))].join('  ')}`,
    );
  }
}
