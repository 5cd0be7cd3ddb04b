// npm run checker: no acknowledged write is lost, whatever happens to primaries.
//   npm run checker -- --seed 7 --minutes 3
//   npm run checker -- --replicas 2
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { requireSupportedNode } from './setup/node-version.mjs';

requireSupportedNode();
const { endWith, ROOT } = await import('./setup/step.mjs');
const { ensureDependencies } = await import('./setup/dependencies.mjs');

try {
  await ensureDependencies();
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      minutes: { type: 'string', default: '5' },
      replicas: { type: 'string', multiple: true, default: ['1', '2'] },
      calamity: { type: 'string', multiple: true },
      out: { type: 'string', default: 'test/checker/results' },
    },
  });
  const { loadSource } = await import('./setup/load-source.mjs');
  const { runChecker, violationsOf } = await loadSource(
    'test/checker/checker.ts',
  );
  const { checkerReport } = await loadSource('test/checker/checker-report.ts');
  const results = [];
  for (const replicas of values.replicas) {
    results.push(
      await runChecker({
        replicas: Number(replicas),
        minutes: values.calamity === undefined ? Number(values.minutes) : 0,
        calamities: values.calamity,
        seed: values.seed === undefined ? undefined : Number(values.seed),
        log: (line) => console.log(line),
      }),
    );
  }
  const { format } = await import('prettier');
  const text = await format(checkerReport(results), { parser: 'markdown' });
  const folder = resolve(ROOT, values.out);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'checker.json'), JSON.stringify(results));
  await writeFile(join(folder, 'checker.md'), text);
  console.log(text);
  process.exit(results.every((one) => violationsOf(one).length === 0) ? 0 : 1);
} catch (error) {
  endWith(error);
}
