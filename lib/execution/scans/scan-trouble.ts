import { ClosedError } from '../../errors/closed-error.js';
import { ReplyError } from '../../errors/reply-error.js';
import type { CallSettings } from '../calls/call-settings.js';
import type { ScanExecutor } from './scan-executor.js';

/** Between two attempts to find who holds the slots, in milliseconds. */
const RETRY_MS = 250;
const LEAST_RETRY_MS = 20;

/** What a scan is in while nothing comes: how long it waits for the cluster to change. */
export class ScanTrouble {
  /** Since when nothing came any more, and why. */
  private current: { readonly since: number; error: Error } | undefined;

  constructor(
    private readonly executor: Pick<ScanExecutor, 'nextTopology'>,
    private readonly settings: CallSettings,
  ) {}

  /** Something came. */
  over(): void {
    this.current = undefined;
  }

  /** A pass failed; another may do better. */
  note(error: Error): void {
    this.current ??= { since: performance.now(), error };
    this.current.error = error;
  }

  /** Waits once where something was noted. */
  async restIfAny(): Promise<void> {
    if (this.current !== undefined) await this.rest(this.current.error);
  }

  /**
   * Waits for the cluster to change.
   *
   * @param doubted nodes that are behind the times
   * @throws the last error noted, when that has lasted longer than a call may
   */
  async rest(error: Error, doubted: readonly string[] = []): Promise<void> {
    const { timeoutMs, signal } = this.settings;
    signal?.throwIfAborted();
    this.current ??= { since: performance.now(), error };
    if (performance.now() - this.current.since > timeoutMs) {
      throw this.current.error;
    }
    await Promise.all([
      this.executor.nextTopology(RETRY_MS, doubted),
      new Promise((resolve) => setTimeout(resolve, LEAST_RETRY_MS)),
    ]);
  }
}

/** Whether another attempt would only meet the same. */
export function isFinal(error: Error): boolean {
  if (error instanceof ClosedError) return true;
  return (
    error instanceof ReplyError &&
    error.prefix !== 'MOVED' &&
    error.prefix !== 'ASK'
  );
}
