// npm run torture: every fault with every workload, on real servers.
//   npm run torture -- --fault 'kill -9' --workload read
//   npm run torture -- --random 20 --seed 7
//   npm run torture -- --endurance
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
      endurance: { type: 'boolean', default: false },
      out: { type: 'string', default: 'test/torture/results' },
    },
  });
  const { loadSource } = await import('./setup/load-source.mjs');
  if (values.endurance) {
    const { runEndurance } = await loadSource('test/torture/endurance.ts');
    const results = await runEndurance((line) => console.log(line));
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
  const bad = cells.filter(({ verdict }) => verdict.violations.length > 0);
  console.log(`${cells.length} cells, ${bad.length} bad: ${path}`);
  process.exit(bad.length === 0 ? 0 : 1);
} catch (error) {
  endWith(error);
}
