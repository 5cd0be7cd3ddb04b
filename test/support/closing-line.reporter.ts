import type { Reporter, TestModule } from 'vitest/node';

/** Prints `N passed, N failed, N skipped` alone on the last line, for log readers. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        counts[test.result().state] += 1;
      }
      // a file that does not even load has no tests, and is a failure
      if (
        module.state() === 'failed' &&
        [...module.children.allTests()].every(
          (test) => test.result().state !== 'failed',
        )
      ) {
        counts.failed += 1;
      }
    }
    // a server that could not be fetched counts as one
    const missing = process.env['TEST_MISSING_SERVERS'] ?? '';
    for (const server of missing.split(',').filter((name) => name !== '')) {
      console.log(`Not tested on ${server}, which could not be fetched`);
      counts.skipped += 1;
    }
    console.log(
      `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`,
    );
  }
}
