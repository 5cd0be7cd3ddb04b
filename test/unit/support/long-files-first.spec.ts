import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../../support/documents.js';
import { LONG_FILES, longestFirst } from '../../support/long-files-first.js';

const path = (name: string): string => `test/e2e/${name}.e2e-spec.ts`;

it('every long file is there', () => {
  expect(LONG_FILES.length).toBeGreaterThan(0);
  const gone = LONG_FILES.filter((name) => !existsSync(join(ROOT, path(name))));
  expect(gone).toEqual([]);
});

it('the longest files of all projects come first, and the others keep their order', () => {
  const [longest, second] = LONG_FILES;
  const files = [
    'a',
    second!,
    'b',
    longest!,
    'a',
    longest!,
    `x-${longest}`,
  ].map((name, nth) => ({ moduleId: join(ROOT, path(name)), nth }));
  expect(longestFirst(files).map(({ nth }) => nth)).toEqual([
    3, 5, 1, 0, 2, 4, 6,
  ]);
});
