// npm run scorecard: this client beside ioredis and node-redis, in the same
// situations at the same time.
//   npm run scorecard -- --row frozen
//   npm run scorecard -- --write-docs      also writes docs/scorecard.md
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { requireSupportedNode } from './setup/node-version.mjs';

requireSupportedNode();
const { endWith, ROOT } = await import('./setup/step.mjs');
const { ensureDependencies } = await import('./setup/dependencies.mjs');

try {
  const { values } = parseArgs({
    options: {
      row: { type: 'string', multiple: true },
      out: { type: 'string', default: 'test/torture/results' },
      'write-docs': { type: 'boolean', default: false },
    },
  });
  await ensureDependencies();
  await ensureDependencies(`${ROOT}bench/`);
  const { loadSource } = await import('./setup/load-source.mjs');
  const { runScorecard } = await loadSource('test/torture/scorecard.ts');
  const { scorecardDocument } = await loadSource(
    'test/torture/scorecard-document.ts',
  );
  const card = await runScorecard({
    rows: values.row,
    log: (line) => console.log(line),
  });
  const { format } = await import('prettier');
  const text = await format(scorecardDocument(card), { parser: 'markdown' });
  const folder = resolve(ROOT, values.out);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'scorecard.json'), JSON.stringify(card));
  await writeFile(join(folder, 'scorecard.md'), text);
  if (values['write-docs']) {
    await writeFile(join(ROOT, 'docs/scorecard.md'), text);
  }
  console.log(text.split('## Settings')[0]);
  process.exit(0);
} catch (error) {
  endWith(error);
}
