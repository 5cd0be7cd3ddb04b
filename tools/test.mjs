// npm test: all tests, from a fresh clone. Arguments go to vitest:
//   npm test -- --project unit
import { requireSupportedNode } from './setup/node-version.mjs';

requireSupportedNode();
const { endWith } = await import('./setup/step.mjs');

try {
  const { runTests } = await import('./setup/tests.mjs');
  process.exitCode = await runTests(process.argv.slice(2));
} catch (error) {
  endWith(error);
}
