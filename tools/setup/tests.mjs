import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureDependencies } from './dependencies.mjs';
import { forwardSignals } from './signals.mjs';
import { ROOT, SetupError } from './step.mjs';

/**
 * Installs what the tests need and runs them; resolves to vitest's exit code.
 * The end-to-end tests find or fetch their server (test/support).
 */
export async function runTests(args) {
  await ensureDependencies();
  const signals = forwardSignals();
  return new Promise((resolve, reject) => {
    const vitest = spawn(
      process.execPath,
      [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...args],
      { cwd: ROOT, stdio: 'inherit' },
    );
    signals.passTo(vitest);
    vitest.once('error', (error) =>
      reject(new SetupError(`vitest cannot start: ${error.message}`, '')),
    );
    vitest.once('exit', (code, signal) =>
      resolve(code ?? signals.exitCodeOf(signal)),
    );
  });
}
