import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('the committed table and types are what the generator writes from the committed facts', async () => {
  const generator = fileURLToPath(
    new URL('../../../tools/generate-commands.mjs', import.meta.url),
  );
  // rejects with what differs when it exits with 1
  const { stderr } = await promisify(execFile)(process.execPath, [
    generator,
    '--check',
  ]);
  expect(stderr).toBe('');
}, 30_000);
