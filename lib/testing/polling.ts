import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks again until the condition holds. The servers announce nothing: what
 * they agree on can only be asked for.
 *
 * @param problem resolves to undefined once the condition holds, else to what
 *   is still missing, for the error
 * @param timeoutMs when to give up, in milliseconds
 * @internal
 */
export async function untilNoProblem(
  problem: () => Promise<string | undefined>,
  timeoutMs: number,
  intervalMs = 10,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const missing = await problem();
    if (missing === undefined) return;
    if (performance.now() > deadline) {
      throw new Error(`After ${timeoutMs} ms: ${missing}`);
    }
    await delay(intervalMs);
  }
}
