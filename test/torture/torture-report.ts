import type { JudgedCell } from './torture.js';
import { complaints, mebibytes } from './verdict.js';

/** Every cell as a line of a table, and what broke a rule below it. */
export function tortureReport(cells: readonly JudgedCell[]): string {
  const bad = cells.filter(({ verdict }) => complaints(verdict).length > 0);
  return [
    '# Torture',
    '',
    `${cells.length} cells, ${bad.length} of them against the rules. Times in milliseconds.`,
    '',
    '| fault | workload | calls | errors | longest gap | added | duplicates | sockets | heap | |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...cells.map(row),
    '',
    ...bad.flatMap(({ cell, verdict }) => [
      `- ${cell.fault} / ${cell.workload}`,
      ...complaints(verdict).map((complaint) => `  - ${complaint}`),
    ]),
    '',
  ].join('\n');
}

function row({ cell, verdict }: JudgedCell): string {
  const { before, after } = cell.resources;
  const calls = cell.streams.reduce((all, { succeeded }) => all + succeeded, 0);
  const errors = Object.entries(verdict.errors)
    .map(([label, count]) => `${count} ${label}`)
    .join(', ');
  const { addedMs } = verdict;
  const cellsOfRow = [
    cell.fault,
    cell.workload,
    calls,
    errors || '0',
    Math.round(verdict.longestGapMs),
    addedMs === undefined ? '' : Math.round(addedMs),
    verdict.duplicates,
    `${before.sockets} -> ${after.sockets}`,
    `${mebibytes(before.heapBytes)} -> ${mebibytes(after.heapBytes)} MiB`,
    complaints(verdict).length === 0 ? 'ok' : 'BAD',
  ];
  return `| ${cellsOfRow.join(' | ')} |`;
}
