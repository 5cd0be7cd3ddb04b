import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string =>
  fileURLToPath(new URL(path, import.meta.url));

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
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e-spec.ts'],
          globalSetup: ['./test/support/server.global-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // what is polled for comes for certain; the 1 s that is the default
          // is too little on a machine that boots clusters beside
          expect: { poll: { timeout: 10_000 } },
          fileParallelism: false,
        },
      },
    ],
  },
});
