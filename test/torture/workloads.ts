import { setTimeout as delay } from 'node:timers/promises';
import { epochMs, OutcomeRecord, type Span } from './outcome-record.js';
import type { TortureClient } from './torture-client.js';

/** What a stream's callers do over and over. */
export type WorkloadName =
  | 'read'
  | 'incr'
  | 'mget'
  | 'slot mget'
  | 'transaction'
  | 'blocking pop'
  | 'idle pop'
  | 'fan-out'
  | 'scoped write';

/** Callers of one workload on one shard. */
export interface StreamSpec {
  readonly workload: WorkloadName;
  /** What the keys have in common, for the report: a shard, or `all`. */
  readonly shard: string;
  /** Each caller uses keys of its own, in turns. */
  readonly keys: readonly string[];
  readonly callers: number;
  /** Between two calls of one caller. */
  readonly pauseMs: number;
}

/** How far a counter came, as its only writer knows it. */
export interface CounterState {
  /** The last value that was acknowledged. */
  readonly last: number;
  /** Calls since then that failed, and may have run. */
  readonly doubtful: number;
}

/** What became of a stream. */
export interface StreamResult {
  readonly workload: WorkloadName;
  readonly shard: string;
  readonly succeeded: number;
  readonly pending: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly samples: readonly string[];
  /** Failed calls of which the client says that nobody knows whether they ran. */
  readonly unknown: number;
  readonly gaps: readonly Span[];
  /** Effects beyond those that were acknowledged or failed. */
  readonly duplicates: number;
  /** Acknowledged effects that were gone later. */
  readonly lost: number;
  readonly counters: Readonly<Record<string, CounterState>>;
  /** The 99th percentile of the latency in each window asked for, in milliseconds. */
  readonly p99: readonly number[];
}

const POP_SECONDS = 1;

/** Runs the callers of one stream until it is stopped. */
export class Stream {
  private readonly record = new OutcomeRecord();
  private readonly counters = new Map<string, CounterState>();
  private readonly popped = new Set<string>();
  private readonly written = new Set<string>();
  private duplicates = 0;
  private lost = 0;
  private unknown = 0;
  private running = true;
  private readonly callers: Promise<void>[] = [];

  constructor(
    private readonly client: TortureClient,
    private readonly spec: StreamSpec,
  ) {
    for (let caller = 0; caller < spec.callers; caller += 1) {
      const own = spec.keys.filter((_, at) => at % spec.callers === caller);
      this.callers.push(this.loop(own));
      if (spec.workload === 'blocking pop') this.callers.push(this.feed(own));
    }
  }

  /**
   * Resolves when every caller has ended, or after `patienceMs`: what has not
   * settled by then is `pending`.
   */
  async stop(
    patienceMs: number,
    windows: readonly Span[],
  ): Promise<StreamResult> {
    this.running = false;
    const timer = new AbortController();
    await Promise.race([
      Promise.all(this.callers),
      delay(patienceMs, undefined, { signal: timer.signal }).catch(() => {}),
    ]);
    timer.abort();
    const { record, spec } = this;
    return {
      workload: spec.workload,
      shard: spec.shard,
      succeeded: record.succeeded,
      pending: record.pending,
      errors: Object.fromEntries(record.errors),
      samples: record.samples,
      unknown: this.unknown,
      gaps: record.gaps,
      duplicates: this.duplicates,
      lost: this.lost,
      counters: Object.fromEntries(this.counters),
      p99: windows.map((window) => record.p99(window)),
    };
  }

  /** The silence up to now counts. */
  markEnd(): void {
    this.running = false;
    this.record.end();
  }

  private async loop(keys: readonly string[]): Promise<void> {
    // one key of a pair made before its slot moves, the other one while it does:
    // the pair is on two nodes until all is over, and whom that hits is chance
    if (this.spec.workload === 'slot mget') {
      for (const key of keys) await this.once(keys, key);
    }
    for (let turn = 0; this.running; turn += 1) {
      await this.once(keys, keys[turn % keys.length] ?? '');
      await delay(this.spec.pauseMs);
    }
  }

  private async once(keys: readonly string[], key: string): Promise<void> {
    const { record } = this;
    record.pending += 1;
    const startedAt = epochMs();
    try {
      await this.call(keys, key);
      if (this.running) record.success(startedAt);
    } catch (error) {
      record.failure(error);
      if (this.client.isUnknown(error)) this.unknown += 1;
    } finally {
      record.pending -= 1;
    }
  }

  private async call(keys: readonly string[], key: string): Promise<void> {
    const { client } = this;
    switch (this.spec.workload) {
      case 'read':
        await client.get(key);
        return;
      case 'mget':
        await client.mget(keys);
        return;
      case 'slot mget':
        await this.mgetInSlot(key);
        return;
      case 'incr':
        await this.count(key, () => client.incr(key));
        return;
      case 'transaction':
        await this.count(key, () => client.transaction!(key));
        return;
      case 'scoped write':
        await this.count(key, async () => {
          const { last, doubtful } = this.counterOf(key);
          const next = last + doubtful + 1;
          await client.setReplicated!(key, String(next));
          return next;
        });
        return;
      case 'fan-out':
        await client.dbsize!();
        return;
      case 'idle pop':
        await client.blpop(key, POP_SECONDS);
        return;
      case 'blocking pop': {
        const value = await client.blpop(key, POP_SECONDS);
        if (value === undefined) return;
        if (this.popped.has(value)) this.duplicates += 1;
        this.popped.add(value);
      }
    }
  }

  /** Keys that exist: of two that do not, a slot on the move has neither here nor there. */
  private async mgetInSlot(key: string): Promise<void> {
    const pair = [key, `${key}:2`];
    if (!this.written.has(key)) {
      for (const each of pair) await this.client.set(each, 'value');
      this.written.add(key);
    }
    await this.client.mget(pair);
  }

  /** A counter has one writer, one call at a time: each reply says what ran before it. */
  private async count(key: string, add: () => Promise<number>): Promise<void> {
    const { last, doubtful } = this.counterOf(key);
    try {
      const value = await add();
      this.duplicates += Math.max(0, value - (last + doubtful + 1));
      this.lost += Math.max(0, last + 1 - value);
      this.counters.set(key, { last: value, doubtful: 0 });
    } catch (error) {
      this.counters.set(key, { last, doubtful: doubtful + 1 });
      throw error;
    }
  }

  private counterOf(key: string): CounterState {
    return this.counters.get(key) ?? { last: 0, doubtful: 0 };
  }

  /** Values for the blocking pops, each once. */
  private async feed([key = '']: readonly string[]): Promise<void> {
    for (let id = 0; this.running; id += 1) {
      try {
        await this.client.rpush(key, `${key} ${id}`);
      } catch {
        // the pops are what is judged
      }
      await delay(this.spec.pauseMs);
    }
  }
}
