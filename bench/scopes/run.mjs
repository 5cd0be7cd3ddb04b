// What a replication scope costs, beside plain SETs and the patterns of other clients:
//   node bench/scopes/run.mjs [--quick] [--write-docs]
// About four minutes. Fails where a figure misses its target.
import { parseArgs } from 'node:util';
import { requireSupportedNode } from '../../tools/setup/node-version.mjs';

requireSupportedNode();
const { endWith, ROOT } = await import('../../tools/setup/step.mjs');
const { ensureDependencies } =
  await import('../../tools/setup/dependencies.mjs');

try {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      'write-docs': { type: 'boolean', default: false },
    },
  });
  await ensureDependencies();
  await ensureDependencies(`${ROOT}bench/`);
  const { benchScopes } = await import('./bench-scopes.mjs');
  process.exitCode = await benchScopes({
    rounds: values.quick ? 3 : 7,
    windowMs: values.quick ? 300 : 600,
    writeDocs: values['write-docs'],
  });
} catch (error) {
  endWith(error);
}
