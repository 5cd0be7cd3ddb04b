// npm run torture: every fault with every workload, on real servers.
//   npm run torture -- --fault 'kill -9' --workload read
//   npm run torture -- --random 20 --seed 7
//   npm run torture -- --measure all           what is promised, in figures
//   npm run torture -- --measure dark          those whose title has the word
//   npm run torture -- --measure all --write-docs   also writes docs/resilience.md
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { requireSupportedNode } from './setup/node-version.mjs';

requireSupportedNode();
const { endWith, ROOT } = await import('./setup/step.mjs');
const { ensureDependencies } = await import('./setup/dependencies.mjs');

try {
  await ensureDependencies();
  const { values } = parseArgs({
    options: {
      fault: { type: 'string', multiple: true },
      workload: { type: 'string', multiple: true },
      random: { type: 'string' },
      seed: { type: 'string' },
      measure: { type: 'string', multiple: true },
      'write-docs': { type: 'boolean', default: false },
      out: { type: 'string', default: 'test/torture/results' },
    },
  });
  const { loadSource } = await import('./setup/load-source.mjs');
  if (values.measure !== undefined) {
    const { keepResults, runMeasures, measuredDocument } = await loadSource(
      'test/torture/measured.ts',
    );
    const words = values.measure.includes('all') ? undefined : values.measure;
    const results = await runMeasures(words, (line) => console.log(line));
    const kept = await keepResults(results, resolve(ROOT, values.out));
    if (values['write-docs']) {
      const { format } = await import('prettier');
      const date = new Date().toISOString().slice(0, 10);
      const text = measuredDocument(kept, date, process.version);
      await writeFile(
        `${ROOT}docs/resilience.md`,
        await format(text, { parser: 'markdown' }),
      );
    }
    process.exit(results.every(({ holds }) => holds) ? 0 : 1);
  }
  const { runTorture, writeTortureReport } = await loadSource(
    'test/torture/torture.ts',
  );
  const cells = await runTorture({
    faults: values.fault,
    workloads: values.workload,
    random: values.random === undefined ? undefined : Number(values.random),
    seed: values.seed === undefined ? undefined : Number(values.seed),
    log: (line) => console.log(line),
  });
  const path = await writeTortureReport(
    cells,
    fileURLToPath(new URL(values.out, new URL(`file://${ROOT}`))),
  );
  const { complaints } = await loadSource('test/torture/verdict.ts');
  const bad = cells.filter(({ verdict }) => complaints(verdict).length > 0);
  console.log(`${cells.length} cells, ${bad.length} bad: ${path}`);
  process.exit(bad.length === 0 ? 0 : 1);
} catch (error) {
  endWith(error);
}
