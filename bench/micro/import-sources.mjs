import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'rolldown';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Imports modules of the library by themselves, as no built file has them.
 *
 * @param {...string} files from the repository's folder
 */
export async function importSources(...files) {
  // inside the repository, so that packages are found
  const dir = await mkdtemp(join(ROOT, 'node_modules/.bench-micro-'));
  try {
    await build({
      input: files.map((file) => join(ROOT, file)),
      external: /^[^./]/,
      platform: 'node',
      output: {
        dir,
        entryFileNames: '[name].mjs',
        chunkFileNames: '[name].mjs',
      },
    });
    return await Promise.all(
      files.map((file) => {
        const name = file.replace(/.*\/(.*)\.ts$/, '$1.mjs');
        return import(pathToFileURL(join(dir, name)).href);
      }),
    );
  } finally {
    await rm(dir, { recursive: true });
  }
}
