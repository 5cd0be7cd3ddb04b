import { SetupError, step } from './step.mjs';

/**
 * Finds a server program, or fetches one, as the library's own
 * `findServerBinary` does, and names it to this process and its children in
 * REDIS_SERVER. The library has to be built before.
 */
export async function ensureServer() {
  const { findServerBinary } = await import('../../dist/testing/index.js');
  await step('Looking for a Redis or Valkey server', async (note) => {
    let fetched = false;
    try {
      const { path } = await findServerBinary({
        log: () => {
          fetched = true;
        },
      });
      note(fetched ? `fetched into ${path}, not installed` : path);
      process.env.REDIS_SERVER = path;
    } catch (error) {
      throw new SetupError(error.message, '');
    }
  });
}
