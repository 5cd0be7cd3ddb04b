/**
 * A node that owes replies and has sent nothing for this long may be frozen.
 * No verdict: a script, a slow command or CLIENT PAUSE look the same from here.
 */
const SILENCE_MS = 1_000;

/** Notices that a connection has fallen silent, and that it speaks again. */
export class SilenceWatch {
  private since = 0;
  private suspected = false;

  /** The first reply is owed from now on. */
  owes(now: number): void {
    this.since = now;
  }

  /** @returns whether the connection had been suspected */
  heard(now: number): boolean {
    this.since = now;
    const { suspected } = this;
    this.suspected = false;
    return suspected;
  }

  /**
   * @param blocksMs for how long the server may rightly say nothing
   * @returns true once for each silence
   */
  begins(now: number, blocksMs: number): boolean {
    if (this.suspected || now - this.since < SILENCE_MS + blocksMs) {
      return false;
    }
    this.suspected = true;
    return true;
  }
}
