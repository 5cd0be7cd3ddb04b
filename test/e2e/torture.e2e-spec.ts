import { describe, expect, it } from 'vitest';
import { runTorture } from '../torture/torture.js';

/** What `npm run torture` does at length, as long as a test may take. */
describe('The torture suite in short', () => {
  it.each([
    { fault: 'SIGSTOP', workloads: ['read', 'incr', 'scoped write'] },
    { fault: 'RST mid-reply', workloads: ['incr', 'blocking pop'] },
    { fault: 'half-open connections', workloads: ['read', 'incr'] },
    { fault: 'slot migration', workloads: ['mget', 'incr'] },
  ] as const)(
    '$fault: what callers of $workloads see keeps the rules',
    async ({ fault, workloads }) => {
      const cells = await runTorture({ faults: [fault], workloads, seed: 1 });
      const violations = cells.flatMap(({ cell, verdict }) =>
        verdict.violations.map((violation) => `${cell.workload}: ${violation}`),
      );
      expect(cells).toHaveLength(workloads.length);
      expect(violations).toEqual([]);
    },
    60_000,
  );
});
