import { requireSupportedNode } from '../tools/setup/node-version.mjs';

requireSupportedNode();
const { endWith, ROOT } = await import('../tools/setup/step.mjs');
const { ensureDependencies } = await import('../tools/setup/dependencies.mjs');

try {
  await ensureDependencies(`${ROOT}bench/`);
  const { runBench } = await import('./bench.mjs');
  const { readOptions } = await import('./options.mjs');
  process.exitCode = await runBench(readOptions());
} catch (error) {
  endWith(error);
}
