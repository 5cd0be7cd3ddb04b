import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
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
}, 120_000);

it('every method has a link, the version that it is of, and a complexity', () => {
  const folder = new URL('../../../lib/commands/typed/', import.meta.url);
  const comments = readdirSync(folder)
    .filter((file) => !/^(options|signatures)|-types\.ts$/.test(file))
    .flatMap((file) => [
      ...readFileSync(new URL(file, folder), 'utf8').matchAll(
        /\/\*\*((?:(?!\*\/).)*)\*\/\n {2}(\w+)\(/gs,
      ),
    ])
    .map(([, comment = '', name = '']) => ({ comment, name }));
  expect(comments.length).toBeGreaterThan(500);
  const lacking = (pattern: RegExp): string[] =>
    comments
      .filter(({ comment }) => !pattern.test(comment))
      .map(({ name }) => name);
  expect(lacking(/@see https:\/\/(redis|valkey)\.io\//)).toEqual([]);
  expect(lacking(/Since (Redis|Valkey|version) \d/)).toEqual([]);
  // those have none: they draw a picture, or test the server
  expect(lacking(/O\(|Depends on|Takes the longer/)).toEqual([
    'pfdebug',
    'pfselftest',
    'lolwut',
  ]);
});
