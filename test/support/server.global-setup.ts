import { findServerBinary } from '../../lib/testing/server-binary.js';

/**
 * Finds the server program of the end-to-end tests, or fetches it, once and
 * before the first test: with its progress on the terminal and outside of any
 * test's time.
 */
export default async function provideServer(): Promise<void> {
  const started = performance.now();
  const { path } = await findServerBinary({
    log: (line) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`[${seconds} s] ${line}`);
    },
  });
  process.env['REDIS_SERVER'] = path;
}
