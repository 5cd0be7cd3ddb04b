/** So many answers are looked back on for the latency. */
const SAMPLES = 8;

/** What was found out about a node by asking it now and then. */
export class NodeVitals {
  /** False while it says, as a replica, that it has lost its primary. */
  linkUp = true;
  /** It answered a read that it cannot serve it now (LOADING, MASTERDOWN). */
  refused = false;
  /** The replication stream it has produced or applied, in bytes. */
  offset: number | undefined;
  /** Its availability zone, as it says itself. */
  zone: string | undefined;
  /** The least of the last times it took to answer: what queued in between is left out. */
  latencyMs: number | undefined;
  /** A question is under way. */
  asked = false;
  /** It was asked for its zone. */
  zoneAsked = false;
  private readonly samples: number[] = [];
  private count = 0;

  /** It answered after so many milliseconds. */
  answeredIn(ms: number): void {
    this.samples[this.count % SAMPLES] = ms;
    this.count += 1;
    this.latencyMs = Math.min(...this.samples);
  }
}
