import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LongFilesFirst } from './test/support/long-files-first.js';

const source = (path: string): string =>
  fileURLToPath(new URL(path, import.meta.url));

/**
 * Files side by side, also on a machine of two cores: those that wait for
 * takeovers and deadlines leave one core idle. Each file has clusters of its own.
 */
const LANES = 2;

/** What all end-to-end tests have in common. */
const endToEnd = {
  // for tests that hang: a takeover takes seconds, and its machine may be slow and busy
  testTimeout: 120_000,
  hookTimeout: 120_000,
  // What is polled for comes for certain; the bound is for hangs. A takeover
  // takes 12 s and more where two replicas of a shard ask for votes at once:
  // each gets some, neither enough, and the next election is begun after four
  // times the node timeout.
  expect: { poll: { timeout: 60_000 } },
  // behind the unit tests, which say sooner what is wrong; those on other
  // servers are in the same group, so that no lane waits for the end of a project
  sequence: { groupOrder: 1 },
};

/** What servers differ in; `npm test` runs it on several, as `name=path,name=path`. */
const otherServers = (process.env['TEST_OTHER_SERVERS'] ?? '')
  .split(',')
  .filter((entry) => entry !== '')
  .map((entry) => {
    const [name = '', path = ''] = entry.split('=');
    return {
      extends: true as const,
      test: {
        name: `e2e on ${name}`,
        include: [
          'test/e2e/policies/*.e2e-spec.ts',
          'test/e2e/live-*.e2e-spec.ts',
          'test/e2e/reply-*.e2e-spec.ts',
          'test/e2e/batches-in-trouble.e2e-spec.ts',
          'test/e2e/commands.e2e-spec.ts',
          'test/e2e/credentials-rotation.e2e-spec.ts',
          'test/e2e/cross-slot.e2e-spec.ts',
          'test/e2e/fan-out.e2e-spec.ts',
          'test/e2e/fan-out-retry.e2e-spec.ts',
          'test/e2e/nest-persistence.e2e-spec.ts',
          'test/e2e/nest-ensure-replication.e2e-spec.ts',
          'test/e2e/replication-*.e2e-spec.ts',
          'test/e2e/replication-truth/*.e2e-spec.ts',
          // by CLUSTERSCAN where there is one
          'test/e2e/scan.e2e-spec.ts',
        ],
        env: { REDIS_SERVER: path },
        ...endToEnd,
      },
    };
  });

export default defineConfig({
  resolve: {
    // anchored: a plain string would also catch the subpath
    alias: [
      {
        find: /^nest-redis-cluster\/testing$/,
        replacement: source('./lib/testing/index.ts'),
      },
      { find: /^nest-redis-cluster$/, replacement: source('./lib/index.ts') },
    ],
  },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    reporters: ['default', './test/support/closing-line.reporter.ts'],
    maxWorkers: LANES,
    sequence: { sequencer: LongFilesFirst },
    coverage: {
      provider: 'v8',
      include: ['lib/**/*.ts'],
      reporter: ['text', 'lcov'],
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.spec.ts'],
          // for tests that hang: thousands of generated cases compute for
          // seconds where the cores are shared, and 5 s is the default
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e-spec.ts'],
          globalSetup: ['./test/support/server.global-setup.ts'],
          ...endToEnd,
        },
      },
      ...otherServers,
    ],
  },
});
