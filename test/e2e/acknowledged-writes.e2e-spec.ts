import { describe, expect, it } from 'vitest';
import { checkerReport } from '../checker/checker-report.js';
import { runChecker, violationsOf } from '../checker/checker.js';

/** What `npm run checker` does for minutes, as long as a test may take. */
describe.each([
  {
    replicas: 1,
    calamities: [
      'cut from its replicas, then taken over from',
      'take over without asking the primary',
      'cut from its replicas, then killed',
    ],
  },
  {
    replicas: 2,
    calamities: [
      'cut from its replicas, then frozen',
      'one replica frozen, then killed',
    ],
  },
])(
  'acknowledged writes, $replicas replicas per shard',
  ({ replicas, calamities }) => {
    it('are all kept where a scope required all replicas, and lost without one; nothing is applied twice, and what is said to be not applied is absent', async () => {
      const result = await runChecker({
        replicas,
        calamities,
        seed: 20,
        writersPerKind: 1,
      });
      expect(violationsOf(result)).toEqual([]);
      const [scoped, bare] = result.guards;
      // how many depends on the machine; that there are more than keys does not
      const acknowledged = sum(
        scoped!.findings.map(({ told }) => told.acknowledged),
      );
      expect(acknowledged).toBeGreaterThan(scoped!.findings.length);
      // or the calamities were none, and the rest shows nothing
      expect(sum(bare!.findings.map((one) => one.lostCount))).toBeGreaterThan(
        0,
      );
      expect(checkerReport([result])).toContain(`| no scope | `);
    }, 480_000);
  },
);

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}
