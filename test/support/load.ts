import {
  OutcomeUnknownError,
  type RedisClusterClient,
} from '../../lib/index.js';

/** What callers of one key saw. */
export interface Tally {
  /** INCRs that were answered. */
  acknowledged: number;
  /** INCRs of which nobody knows whether they ran. */
  unknown: number;
  /** Every other error of a write. */
  readonly writeErrors: unknown[];
  /** Reads that were answered. */
  reads: number;
  readonly readErrors: unknown[];
}

/** Callers that write and read without a pause until they are stopped. */
export class Load {
  readonly tallies = new Map<string, Tally>();
  private running = true;
  private readonly callers: Promise<void>[] = [];

  /** @param callersPerKey so many write, so many read */
  constructor(
    private readonly client: RedisClusterClient,
    keys: readonly string[],
    callersPerKey: number,
  ) {
    for (const key of keys) {
      const tally: Tally = {
        acknowledged: 0,
        unknown: 0,
        writeErrors: [],
        reads: 0,
        readErrors: [],
      };
      this.tallies.set(key, tally);
      for (let n = 0; n < callersPerKey; n++) {
        this.callers.push(this.write(key, tally), this.read(key, tally));
      }
    }
  }

  of(key: string): Tally {
    return this.tallies.get(key)!;
  }

  /** All errors of all callers, unknown outcomes left out. */
  get errors(): unknown[] {
    return [...this.tallies.values()].flatMap((tally) => [
      ...tally.writeErrors,
      ...tally.readErrors,
    ]);
  }

  /** Resolves when each key was written and read so often again. */
  async progress(count: number): Promise<void> {
    const goals = [...this.tallies.values()].map((tally) => ({
      tally,
      writes: tally.acknowledged + count,
      reads: tally.reads + count,
    }));
    while (
      goals.some(
        ({ tally, writes, reads }) =>
          tally.acknowledged < writes || tally.reads < reads,
      )
    ) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Resolves when the last call of every caller has ended. */
  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.callers);
  }

  private async write(key: string, tally: Tally): Promise<void> {
    while (this.running) {
      try {
        await this.client.incr(key);
        tally.acknowledged += 1;
      } catch (error) {
        if (error instanceof OutcomeUnknownError) tally.unknown += 1;
        else tally.writeErrors.push(error);
      }
    }
  }

  private async read(key: string, tally: Tally): Promise<void> {
    while (this.running) {
      try {
        await this.client.get(key);
        tally.reads += 1;
      } catch (error) {
        tally.readErrors.push(error);
      }
    }
  }
}
