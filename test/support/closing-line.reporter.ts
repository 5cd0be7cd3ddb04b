import type {
  Reporter,
  SerializedError,
  TestCase,
  TestModule,
  TestSuite,
} from 'vitest/node';

/** How many of the slowest files are named; where no more ran, none is. */
const SLOWEST = 15;

/**
 * Prints for log readers what a run came to, last of all: the slowest files,
 * each failure on a line of its own, and `N passed, N failed, N skipped` alone
 * on the last line. `.ci/run` finds the lines by their first words.
 */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly SerializedError[],
  ): void {
    const lines = [
      ...slowestFiles(modules),
      ...modules.flatMap(failuresOf),
      ...unhandledErrors.map(
        (error) => `failed test: outside of the tests: ${firstLine(error)}`,
      ),
    ];
    for (const line of lines) console.log(line);
    printCounts(modules);
  }
}

function printCounts(modules: readonly TestModule[]): void {
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

function slowestFiles(modules: readonly TestModule[]): string[] {
  if (modules.length <= SLOWEST) return [];
  return modules
    .map((module) => ({ module, ms: module.diagnostic().duration }))
    .toSorted((a, b) => b.ms - a.ms)
    .slice(0, SLOWEST)
    .map(
      ({ module, ms }) =>
        `slow file: ${(ms / 1000).toFixed(1)} s ${nameOf(module)}`,
    );
}

/** Of tests, and of what runs around them: files that do not load, hooks. */
function failuresOf(module: TestModule): string[] {
  const around = [module, ...module.children.allSuites()].flatMap((suite) =>
    suite.errors().map((error) => failure(suite, error)),
  );
  const tests = [...module.children.allTests('failed')].map((test) =>
    failure(test, test.result().errors?.[0]),
  );
  return [...around, ...tests];
}

function failure(
  where: TestModule | TestSuite | TestCase,
  error: SerializedError | undefined,
): string {
  const name =
    where.type === 'module'
      ? nameOf(where)
      : `${nameOf(where.module)} > ${where.fullName}`;
  return `failed test: ${onOneLine(name)}: ${firstLine(error)}`;
}

function nameOf(module: TestModule): string {
  const project = module.project.name;
  return project === ''
    ? module.relativeModuleId
    : `${project} > ${module.relativeModuleId}`;
}

function firstLine(error: SerializedError | undefined): string {
  const text = (error?.message ?? '').trim();
  return text === '' ? (error?.name ?? 'no message') : text.split('\n', 1)[0]!;
}

function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
