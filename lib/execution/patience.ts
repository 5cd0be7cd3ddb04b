import { TimeoutError } from '../errors/timeout-error.js';
import type { CallSettings } from './calls/call-settings.js';

/**
 * Waits for an answer that several calls may share, no longer than one of them
 * would: its own time and its own signal end its wait, and nobody else's.
 *
 * @returns the settings for what is left of the call
 */
export function waitFor(
  answer: Promise<void>,
  settings: CallSettings,
  command: string,
): Promise<CallSettings> {
  const { signal, timeoutMs } = settings;
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
    };
    const aborted = (): void => {
      finish();
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      finish();
      reject(
        new TimeoutError(
          `${command}: no server said in time what it is`,
          'connect',
          { command, elapsedMs: Math.round(performance.now() - startedAt) },
        ),
      );
    }, timeoutMs);
    signal?.addEventListener('abort', aborted, { once: true });
    answer.then(
      () => {
        finish();
        const spent = performance.now() - startedAt;
        resolve({ ...settings, timeoutMs: Math.max(1, timeoutMs - spent) });
      },
      (error: Error) => {
        finish();
        reject(error);
      },
    );
  });
}
