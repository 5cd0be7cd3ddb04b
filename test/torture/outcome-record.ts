/** Milliseconds since the epoch, with fractions; comparable between processes of one machine. */
export function epochMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Successes further apart than this are a gap worth a line. */
const GAP_MS = 100;

/** Successes whose times are kept; later ones are only counted. */
const KEPT = 1 << 16;

/** A stretch of time, in milliseconds since the epoch. */
export type Span = readonly [from: number, to: number];

/** What the callers of one stream saw. */
export class OutcomeRecord {
  succeeded = 0;
  /** Calls that have not settled. */
  pending = 0;
  readonly errors = new Map<string, number>();
  readonly samples: string[] = [];
  readonly gaps: Span[] = [];
  private lastSuccess: number;
  private kept = 0;
  // outside of the heap that is measured
  private readonly times = new Float64Array(KEPT);
  private readonly latencies = new Float32Array(KEPT);

  constructor() {
    this.lastSuccess = epochMs();
  }

  success(startedAt: number): void {
    const now = epochMs();
    this.succeeded += 1;
    if (now - this.lastSuccess > GAP_MS) {
      this.gaps.push([this.lastSuccess, now]);
    }
    this.lastSuccess = now;
    if (this.kept === KEPT) return;
    this.times[this.kept] = now;
    this.latencies[this.kept] = now - startedAt;
    this.kept += 1;
  }

  failure(error: unknown): void {
    const label = classOf(error);
    this.errors.set(label, (this.errors.get(label) ?? 0) + 1);
    if (this.samples.length < 3) this.samples.push(describe(error));
  }

  /** Nothing more comes: silence up to now is a gap too. */
  end(): void {
    const now = epochMs();
    if (now - this.lastSuccess > GAP_MS) {
      this.gaps.push([this.lastSuccess, now]);
    }
  }

  /** The 99th percentile of the latencies in a stretch of time, in milliseconds; 0 where nothing succeeded. */
  p99([from, to]: Span): number {
    const inside: number[] = [];
    for (let index = 0; index < this.kept; index += 1) {
      const at = this.times[index]!;
      if (at >= from && at < to) inside.push(this.latencies[index]!);
    }
    inside.sort((a, b) => a - b);
    return inside[Math.floor(inside.length * 0.99)] ?? 0;
  }
}

/** Short enough to count by: our code, the server's first word, or the class. */
function classOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'ReplyError') return error.message.split(' ', 1)[0]!;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return code;
  // node-redis: the server's text in classes of its own
  const [word = ''] = error.message.split(' ', 1);
  return /^[A-Z]{4,}$/.test(word) ? word : error.constructor.name;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause =
    error.cause instanceof Error ? ` <- ${error.cause.message}` : '';
  return `${error.constructor.name}: ${error.message}${cause}`.slice(0, 400);
}
