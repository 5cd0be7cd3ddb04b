import { afterEach, describe, expect, it, vi } from 'vitest';
import { backoffDelay } from '../../../lib/time/backoff.js';

const bounds = { min: 50, max: 2_000 };

describe('the backoff delay', () => {
  afterEach(() => vi.restoreAllMocks());

  it.each([
    [1, 50],
    [2, 100],
    [3, 200],
    [6, 1_600],
    [7, 2_000],
    [100, 2_000],
    [5_000, 2_000],
  ])(
    'of attempt %i is between half of %i ms and all of it (conformance 60)',
    (attempt, ceiling) => {
      const random = vi.spyOn(Math, 'random');
      random.mockReturnValue(0);
      expect(backoffDelay(attempt, bounds)).toBe(ceiling / 2);
      random.mockReturnValue(1);
      expect(backoffDelay(attempt, bounds)).toBe(ceiling);
    },
  );

  it('differs from client to client (conformance 60)', () => {
    const delays = new Set(
      Array.from({ length: 50 }, () => backoffDelay(9, bounds)),
    );
    expect(delays.size).toBeGreaterThan(40);
  });
});
