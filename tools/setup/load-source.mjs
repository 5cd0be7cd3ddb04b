import { join } from 'node:path';
import { runnerImport } from 'vite';
import { ROOT } from './step.mjs';

/** A TypeScript module of this repository, run as it is: nothing has to be built before. */
export async function loadSource(path) {
  const { module } = await runnerImport(join(ROOT, path), {
    configFile: false,
    logLevel: 'silent',
    oxc: {
      target: 'es2022',
      decorator: { legacy: true, emitDecoratorMetadata: true },
    },
  });
  return module;
}
