import { Logger, type ModuleMetadata } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, type MockInstance, vi } from 'vitest';

const open: TestingModule[] = [];

/** What the application under test has logged; nothing is printed. */
export const logs = {} as {
  log: MockInstance<Logger['log']>;
  warn: MockInstance<Logger['warn']>;
  error: MockInstance<Logger['error']>;
};

/** Watches the log and closes what {@link boot} opened, around each test of a file. */
export function watchBoots(): void {
  beforeEach(() => {
    logs.log = vi.spyOn(Logger.prototype, 'log').mockReturnValue();
    logs.warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    logs.error = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((app) => app.close()));
    vi.restoreAllMocks();
  });
}

/** Boots an application of these modules and providers, hooks included. */
export async function boot(
  imports: NonNullable<ModuleMetadata['imports']>,
  providers: NonNullable<ModuleMetadata['providers']> = [],
): Promise<TestingModule> {
  const app = await Test.createTestingModule({ imports, providers }).compile();
  open.push(app);
  await app.init();
  return app;
}

/** Closes an application once: a second close would run its hooks again. */
export function close(app: TestingModule): Promise<void> {
  open.splice(open.indexOf(app), 1);
  return app.close();
}

/** The lines of a log. */
export function lines(spy: MockInstance<Logger['log']>): string[] {
  return spy.mock.calls.map(([message]) => String(message));
}
