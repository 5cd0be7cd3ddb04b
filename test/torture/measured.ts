import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClientProcess } from './client-process.js';
import { ENDURANCE_MEASURES } from './endurance.js';
import { FAULT_MEASURES } from './fault-measures.js';
import type { MeasureResult } from './measure.js';

const MEASURES = [...FAULT_MEASURES, ...ENDURANCE_MEASURES];

/**
 * Measures what is promised, one thing after the other.
 *
 * @param words of which a title must have one; all by default
 */
export async function runMeasures(
  words: readonly string[] | undefined,
  log: (line: string) => void,
): Promise<MeasureResult[]> {
  const results: MeasureResult[] = [];
  for (const measure of MEASURES) {
    const { title } = measure;
    if (words?.every((word) => !title.includes(word)) === true) continue;
    const process = await ClientProcess.start('ours');
    try {
      const result = { title, ...(await measure.run(process)) };
      log(`${result.holds ? 'ok ' : 'BAD'} ${title}: ${result.says}`);
      results.push(result);
    } finally {
      process.end();
    }
  }
  return results;
}

/**
 * Keeps the results beside those of earlier runs, the newest of each title.
 *
 * @returns all that are kept, in their usual order
 */
export async function keepResults(
  results: readonly MeasureResult[],
  folder: string,
): Promise<MeasureResult[]> {
  const path = join(folder, 'measured.json');
  const earlier = await readFile(path, 'utf8').then(
    (text) => JSON.parse(text) as MeasureResult[],
    () => [],
  );
  const kept = MEASURES.flatMap(({ title }) => {
    const of = (list: readonly MeasureResult[]): MeasureResult | undefined =>
      list.find((result) => result.title === title);
    return of(results) ?? of(earlier) ?? [];
  });
  await mkdir(folder, { recursive: true });
  await writeFile(path, JSON.stringify(kept, undefined, 2));
  return kept;
}

/** The measurements as a page of the documentation. */
export function measuredDocument(
  results: readonly MeasureResult[],
  date: string,
  node: string,
): string {
  return [
    '# What it does in trouble, measured',
    '',
    '<!-- written by `npm run torture -- --measure all --write-docs`; do not edit -->',
    '',
    `Measured on ${date} with Node ${node}, on three primaries with a replica each (node timeout 2 s) and one client, all on one machine of two cores, by default options. \`npm run torture -- --measure all\` repeats it, and \`npm run torture\` runs every fault with every workload. Beside other clients: [scorecard](scorecard.md).`,
    '',
    '| situation | measured | holds |',
    '| --- | --- | --- |',
    ...results.map(
      ({ title, says, holds }) =>
        `| ${title} | ${says} | ${holds ? 'yes' : '**no**'} |`,
    ),
    '',
    'Promised, and judged in the last column: reads all succeed and go on within 500 ms of the first node that shows the new owner; no INCR runs twice, and none fails but those that are said to be unknown; other shards have no error, and a p99 within twice that of before. A node that is only busy loses no connection and no outcome. A migration costs no error, and one MOVED per slot and connection at most. Sockets, timers, listeners (of the process, of sockets, of a signal that all calls share) and heap come back to where they were. What waits for a shard that is dark is bounded by `maxQueuedCommands` and `maxQueuedBytes`, and what is more is a `QueueFullError` at once.',
    '',
  ].join('\n');
}
