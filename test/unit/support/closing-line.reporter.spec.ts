import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../support/documents.js';

/** A process of its own that loads Vitest, where both cores may be busy. */
const TIMEOUT_MS = 120_000;

describe('what is printed at the end of a run', { timeout: TIMEOUT_MS }, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'closing-line-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is the counts alone where all is well, and few files ran', async () => {
    write('a.spec.js', `it('one', () => {}); it('two', () => {});`);
    write('b.spec.js', `it('left out', ({ skip }) => skip());`);
    const { code, lines } = await run();
    expect(lines.at(-1)).toBe('2 passed, 0 failed, 1 skipped');
    expect(lines.filter(isOfReporter)).toEqual([]);
    expect(code).toBe(0);
  });

  it('names each failed test with the first line of its error', async () => {
    write(
      'folder/a.spec.js',
      `describe('a group', () => {
        it('passes', () => {});
        it('compares', () => expect([1]).toEqual([2]));
        it('throws', () => { throw new Error('first\\nsecond') });
      });
      it('says nothing', () => { throw new Error() });`,
    );
    const { code, lines } = await run();
    expect(lines.filter(isOfReporter)).toEqual([
      'failed test: folder/a.spec.js > a group > compares: expected [ 1 ] to deeply equal [ 2 ]',
      'failed test: folder/a.spec.js > a group > throws: first',
      'failed test: folder/a.spec.js > says nothing: Error',
    ]);
    expect(lines.at(-1)).toBe('1 passed, 3 failed, 0 skipped');
    expect(code).toBe(1);
  });

  it('names files that do not load, hooks that fail, and what fails outside of tests', async () => {
    write(
      'hook.spec.js',
      `beforeAll(() => { throw new Error('no cluster') });
      it('waits for the cluster', () => {});`,
    );
    write(
      'group.spec.js',
      `describe('a group', () => {
        afterAll(() => { throw new Error('not closed') });
        it('passes', () => {});
      });`,
    );
    write('load.spec.js', `throw new Error('does not load');`);
    write(
      'outside.spec.js',
      `it('passes', async () => {
        void Promise.reject(new Error('nobody caught it'));
        await new Promise((resolve) => setTimeout(resolve, 10));
      });`,
    );
    const { code, lines } = await run();
    expect(lines.filter(isOfReporter).toSorted()).toEqual([
      'failed test: group.spec.js > a group: not closed',
      'failed test: hook.spec.js: no cluster',
      'failed test: load.spec.js: does not load',
      'failed test: outside of the tests: nobody caught it',
    ]);
    expect(lines.at(-1)).toBe('2 passed, 3 failed, 1 skipped');
    expect(code).toBe(1);
  });

  it('names the 15 slowest of more files, slowest first', async () => {
    for (let nth = 0; nth < 16; nth++) {
      write(
        `${nth}.spec.js`,
        `it('waits', () => new Promise((resolve) => setTimeout(resolve, ${nth === 7 ? 1_000 : 1})));`,
      );
    }
    const { lines } = await run();
    const named = lines.filter(isOfReporter);
    expect(named).toHaveLength(15);
    expect(named[0]).toMatch(/^slow file: \d+\.\d s 7\.spec\.js$/);
    const seconds = named.map((line) => Number(/: (\S+) s /.exec(line)![1]));
    expect(seconds).toEqual(seconds.toSorted((a, b) => b - a));
  });

  it('counts a server that could not be had as skipped', async () => {
    write('a.spec.js', `it('one', () => {});`);
    const { lines } = await run({ TEST_MISSING_SERVERS: 'valkey-9' });
    expect(lines.slice(-2)).toEqual([
      'Not tested on valkey-9, which could not be fetched',
      '1 passed, 0 failed, 1 skipped',
    ]);
  });

  function write(file: string, text: string): void {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }

  /** Vitest itself on the folder, with the reporters of this repository. */
  function run(
    variables: Record<string, string> = {},
  ): Promise<{ code: number; lines: string[] }> {
    const args = [
      join(ROOT, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--globals',
      '--no-isolate',
      `--root=${folder}`,
      '--reporter=default',
      `--reporter=${join(ROOT, 'test/support/closing-line.reporter.ts')}`,
    ];
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(VITEST|TEST|NODE_OPTIONS)/.test(name),
    );
    const env = { ...Object.fromEntries(inherited), ...variables };
    return new Promise((resolve) => {
      execFile(process.execPath, args, { env }, (error, stdout) => {
        const lines = stripVTControlCharacters(stdout).trimEnd().split('\n');
        resolve({ code: Number(error?.code ?? 0), lines });
      });
    });
  }
});

function isOfReporter(line: string): boolean {
  return /^(slow file|failed test): /.test(line);
}
