import { describe, expect, it } from 'vitest';
import {
  decodeCursor,
  encodeCursor,
  type ScanProgress,
} from '../../../lib/execution/scans/scan-cursor.js';

const PROGRESS: ScanProgress = {
  open: [0, 1, 2, 7, 16_383],
  passes: [
    {
      node: 'a'.repeat(40),
      process: '0123456789ab',
      epoch: 3,
      position: '35[E6G-{pH}-405',
      slots: [5, 6],
    },
  ],
};

describe('a scan cursor', () => {
  it('is read as it was written, from text that is safe in a URL', () => {
    const cursor = encodeCursor(PROGRESS, 'query');
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(decodeCursor(cursor, 'query')).toEqual(PROGRESS);
  });

  it('is 0 at both ends', () => {
    expect(encodeCursor({ open: [], passes: [] }, 'query')).toBe('0');
    expect(decodeCursor('0', 'query')).toBeUndefined();
  });

  it('is refused by a scan with another query', () => {
    expect(() => decodeCursor(encodeCursor(PROGRESS, 'one'), 'two')).toThrow(
      /another match or type/,
    );
  });

  it.each([
    ['17', /no cursor of scanIterator/],
    ['', /no cursor of scanIterator/],
    [encoded([2, 'query', '']), /version 2/],
    [encoded([1, 'query', '7-3']), /no cursor/],
    [encoded([1, 'query', '0-16384']), /no cursor/],
    [
      encoded([1, 'query', '', ['0', 'node', 'process', 'x', '0']]),
      /no cursor/,
    ],
  ])('is refused where it is none: %s', (cursor, why) => {
    expect(() => decodeCursor(cursor, 'query')).toThrow(why);
  });
});

function encoded(fields: unknown): string {
  return Buffer.from(JSON.stringify(fields)).toString('base64url');
}
