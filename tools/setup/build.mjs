import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run, step } from './step.mjs';

const NEST_BUILD = ['node_modules/@nestjs/cli/bin/nest.js', 'build'];

const SETTINGS = ['package.json', 'nest-cli.json', 'tsconfig.json'];

/** Builds the library into dist/ where that is missing or older than its sources. */
export async function ensureLibraryBuilt() {
  await ensureBuilt(
    'Building the library',
    'dist/index.js',
    ['lib', 'tsconfig.build.json', 'tools/bundle.mjs'],
    [[...NEST_BUILD, 'lib'], ['tools/bundle.mjs']],
  );
}

/** Builds the sample application; the library has to be built before. */
export async function ensureSampleBuilt() {
  await ensureBuilt(
    'Building the sample application',
    'sample-app/dist/main.js',
    ['sample-app/src', 'sample-app/tsconfig.json', 'dist/index.d.ts'],
    [[...NEST_BUILD, 'sample-app']],
  );
}

/** @param {string[][]} programs what makes the product, one after the other: arguments of node */
async function ensureBuilt(title, product, sources, programs) {
  const built = changedAt(join(ROOT, product));
  const newest = Math.max(
    ...[...SETTINGS, ...sources].map((source) => changedAt(join(ROOT, source))),
  );
  if (built > newest) return;
  await step(title, async () => {
    for (const [script, ...args] of programs) {
      await run(process.execPath, [join(ROOT, script), ...args]);
    }
  });
}

/** The newest time in a tree; a folder's own time tells of files taken away. */
function changedAt(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce(
    (newest, name) => Math.max(newest, changedAt(join(path, name))),
    stat.mtimeMs,
  );
}
