import { columnsFor, millis, ratioLines } from './figures.mjs';
import { WORKLOADS } from './workloads.mjs';

/** Prints a table a cell, with the ratios of our client below it. */
export function printSummary(summary, { server, cluster, node, options }) {
  console.log(
    `\n${server}, ${cluster}, Node ${node}; medians of ${options.rounds} rounds of ${options.seconds} s, 100-byte values${options.als ? ', inside an AsyncLocalStorage' : ''}`,
  );
  for (const { workload, callers, rows, ratios } of summary) {
    console.log(
      `\n${WORKLOADS[workload].title}, ${callers} ${callers === 1 ? 'caller' : 'callers'}`,
    );
    printTable(rows);
    for (const line of ratioLines(ratios)) console.log(`  ours: ${line}`);
  }
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
