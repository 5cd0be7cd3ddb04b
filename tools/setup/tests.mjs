import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureDependencies } from './dependencies.mjs';
import { otherServers } from './servers.mjs';
import { forwardSignals } from './signals.mjs';
import { ROOT, SetupError } from './step.mjs';

/**
 * Installs what the tests need and runs them; resolves to vitest's exit code.
 * The end-to-end tests find or fetch their server (test/support); those of
 * policies, reply types and replication run on the newest Redis and Valkey too.
 */
export async function runTests(args) {
  await ensureDependencies();
  const others = await otherServers(args);
  const signals = forwardSignals();
  return new Promise((resolve, reject) => {
    const vitest = spawn(
      process.execPath,
      [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...args],
      { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...others } },
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
