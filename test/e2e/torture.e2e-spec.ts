import { beforeAll, describe, expect, it } from 'vitest';
import { runTorture, type JudgedCell } from '../torture/torture.js';

const FAULTS = ['SIGSTOP', 'RST mid-reply', 'slot migration'];
const WORKLOADS = ['incr', 'mget', 'scoped write'] as const;

/**
 * What `npm run torture` does at length, as long as a test may take. How long
 * things took is judged there: here the machine may be anybody's.
 */
describe('The torture suite in short', () => {
  let cells: JudgedCell[];

  beforeAll(async () => {
    cells = await runTorture({ faults: FAULTS, workloads: WORKLOADS, seed: 1 });
  }, 480_000);

  it.each(FAULTS)(
    '%s: what the callers of every workload see keeps the rules (conformance 48, 53)',
    (fault) => {
      const hit = cells.filter(({ cell }) => cell.fault === fault);
      expect(hit).toHaveLength(WORKLOADS.length);
      const violations = hit.flatMap(({ cell, verdict }) =>
        verdict.violations.map((violation) => `${cell.workload}: ${violation}`),
      );
      expect(violations).toEqual([]);
    },
  );
});
