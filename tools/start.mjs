// npm start: the sample application on a cluster of its own, from a fresh clone.
import { requireSupportedNode } from './setup/node-version.mjs';

requireSupportedNode();
const { endWith } = await import('./setup/step.mjs');

try {
  const { startSample } = await import('./setup/sample.mjs');
  process.exitCode = await startSample();
} catch (error) {
  endWith(error);
}
