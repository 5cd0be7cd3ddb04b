import {
  OutcomeUnknownError,
  ReplicationError,
  type ShardReplication,
} from '../../lib/index.js';

/**
 * What the caller of a write was told.
 *
 * - `acknowledged`: it is applied, and with a scope on the required replicas
 * - `unproven`: it is applied, and not known to be on the required replicas
 * - `unknown`: it may be applied or not
 * - `refused`: it is not applied
 */
export type Told = 'acknowledged' | 'unproven' | 'unknown' | 'refused';

/** How a token is kept: pushed to a list, counted in a field of a hash, or as one step of a counter. */
export type Kind = 'list' | 'hash' | 'counter';

/** One attempt to write a token. */
interface Entry {
  readonly told: Told;
  /** Where and by what it was acknowledged, or why not. */
  readonly why: string;
  /** When the caller was told, in milliseconds since the run began. */
  readonly atMs: number;
  /** The reply of INCR. */
  readonly count?: number;
}

/** What the servers have of a book's key at the end. */
export interface Kept {
  /** How often each token is there; of a counter nothing. */
  readonly tokens: ReadonlyMap<string, number>;
  /** The value of a counter. */
  readonly count: number;
}

/** What one book comes to, held against the servers. */
export interface Finding {
  readonly told: Readonly<Record<Told, number>>;
  /** Tokens acknowledged and absent. */
  readonly lost: readonly string[];
  /** How many; of a counter the least that is certain. */
  readonly lostCount: number;
  /** Effects more than the token's one. */
  readonly duplicates: number;
  /** Tokens refused and present; of a counter they are among the duplicates. */
  readonly falselyRefused: readonly string[];
  /** Tokens on the servers that nobody wrote. */
  readonly foreign: number;
  /** How many of the unproven and of the unknown ones are there; of a counter not known. */
  readonly kept: { readonly unproven: number; readonly unknown: number };
}

/** All tokens that one writer wrote to one key, one after the other, and what it was told of each. */
export class TokenBook {
  private readonly entries: Entry[] = [];
  private acknowledgedCount = 0;

  constructor(
    readonly kind: Kind,
    readonly key: string,
    readonly slot: number,
  ) {}

  get size(): number {
    return this.entries.length;
  }

  /** How many tokens are acknowledged. */
  get acknowledged(): number {
    return this.acknowledgedCount;
  }

  /** The token that is written next. */
  get next(): string {
    return `t${this.entries.length}`;
  }

  note(told: Told, why: string, atMs: number, count?: number): void {
    if (told === 'acknowledged') this.acknowledgedCount += 1;
    this.entries.push({
      told,
      why,
      atMs,
      ...(count !== undefined && { count }),
    });
  }

  /** Holds the book against what the servers have. */
  check(kept: Kept): Finding {
    const told = { acknowledged: 0, unproven: 0, unknown: 0, refused: 0 };
    for (const entry of this.entries) told[entry.told] += 1;
    return this.kind === 'counter'
      ? this.checkCounter(told, kept.count)
      : this.checkTokens(told, kept.tokens);
  }

  private checkTokens(
    told: Record<Told, number>,
    present: ReadonlyMap<string, number>,
  ): Finding {
    const lost: string[] = [];
    const falselyRefused: string[] = [];
    const kept = { unproven: 0, unknown: 0 };
    let duplicates = 0;
    let known = 0;
    for (const [index, entry] of this.entries.entries()) {
      const times = present.get(`t${index}`) ?? 0;
      if (times > 0) known += 1;
      if (times > 1) duplicates += times - 1;
      if (entry.told === 'acknowledged') {
        if (times === 0) lost.push(this.described(index, entry));
      } else if (times > 0) {
        if (entry.told === 'refused') {
          falselyRefused.push(this.described(index, entry));
        } else kept[entry.told] += 1;
      }
    }
    return {
      told,
      lost,
      lostCount: lost.length,
      duplicates,
      falselyRefused,
      foreign: present.size - known,
      kept,
    };
  }

  /**
   * Only sums can be compared, so what is counted is the least that is certain:
   * the value is at least each acknowledged reply, which includes every effect
   * before it, and acknowledged replies rise; and it is at most one for each
   * write that was not refused, at every reply and at the end.
   */
  private checkCounter(told: Record<Told, number>, value: number): Finding {
    let highest = 0;
    let fallen = 0;
    let possible = 0;
    let duplicates = 0;
    const lost: string[] = [];
    for (const [index, entry] of this.entries.entries()) {
      if (entry.told !== 'refused') possible += 1;
      const { count = 0 } = entry;
      duplicates = Math.max(duplicates, count - possible);
      if (entry.told !== 'acknowledged') continue;
      if (count <= highest) {
        fallen += 1;
        lost.push(`${this.described(index, entry)}: ${count} after ${highest}`);
      }
      highest = Math.max(highest, count);
    }
    if (value < highest) lost.push(`${this.key} ${value} after ${highest}`);
    return {
      told,
      lost,
      lostCount: Math.max(fallen, highest - value, told.acknowledged - value),
      duplicates: Math.max(duplicates, value - possible),
      falselyRefused: [],
      foreign: 0,
      kept: { unproven: 0, unknown: 0 },
    };
  }

  private described(index: number, { why, atMs }: Entry): string {
    return `${this.key} t${index} (${why}, ${Math.round(atMs)} ms)`;
  }
}

/** What the error of a write says about it. */
export function toldByError(error: unknown): Told {
  return error instanceof OutcomeUnknownError ? 'unknown' : 'refused';
}

/** What a scope's report, or its error, says about a write to a slot that was answered. */
export function toldByScope(
  shards: readonly ShardReplication[],
  slot: number,
): { readonly told: Told; readonly why: string } {
  const shard = shards.find(({ slots }) => slots.includes(slot));
  if (shard === undefined) {
    return { told: 'unproven', why: 'another write of the work failed' };
  }
  const { applied, proof, acknowledged, required, reason, node } = shard;
  const by = `${acknowledged} of ${required} at ${node} by ${proof}`;
  if (applied === 'unknown') return { told: 'unknown', why: reason ?? by };
  if (proof === 'none') return { told: 'unproven', why: reason ?? by };
  return acknowledged >= required
    ? { told: 'acknowledged', why: by }
    : { told: 'unproven', why: by };
}

/** The shards an error tells of, where it is a scope's. */
export function shardsOf(
  error: unknown,
): readonly ShardReplication[] | undefined {
  return error instanceof ReplicationError ? error.shards : undefined;
}
