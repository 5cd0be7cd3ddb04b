import { setTimeout as delay } from 'node:timers/promises';
import type { RedisClusterClient, ShardReplication } from '../../lib/index.js';
import { Arena } from '../torture/arena.js';
import type { SeededRandom } from '../torture/random.js';
import {
  shardsOf,
  TokenBook,
  toldByError,
  toldByScope,
  type Kind,
} from './token-book.js';

/** Whether writers work inside scopes that require all replicas, or without one. */
export type Guard = 'all replicas' | 'no scope';

/** A slot of each shard that the cluster starts with. */
export const SLOTS = [1_000, 7_000, 15_450] as const;

const KINDS: readonly Kind[] = ['list', 'hash', 'counter'];

/** How long scopes may wait: from too short for a failover to long enough for any. */
const SCOPE_TIMEOUTS_MS = [150, 600, 2_000, 6_000] as const;

/** How long a write itself may take: from too short for a dark shard, so that some are refused or unknown, to long enough. */
const COMMAND_TIMEOUTS_MS = [80, 1_000, 6_000] as const;

/** Between two tokens of a writer, on average. */
const PAUSE_MS = 15;

/** What all writers of a guard have been told, by the words it was told in. */
export type Tally = Map<string, number>;

/** The answered write of one token, or its error. */
type Written =
  | { readonly book: TokenBook; readonly reply: unknown }
  | { readonly book: TokenBook; readonly error: unknown };

/**
 * Writers of one guard, with a client of their own: for each shard some that
 * write to one key, and some that write each token to all shards in one scope.
 */
export class Writers {
  readonly books: TokenBook[] = [];
  readonly tally: Tally = new Map();
  private readonly startedAt = performance.now();
  private readonly loops: Promise<void>[] = [];
  private stopping = false;

  constructor(
    private readonly client: RedisClusterClient,
    readonly guard: Guard,
  ) {}

  /** Begins to write: with so many writers of each kind and shard, and as many across the shards. */
  start(perKind: number, random: SeededRandom): void {
    for (let n = 0; n < perKind; n += 1) {
      for (const kind of KINDS) {
        const all = SLOTS.map((slot) => this.open(kind, slot, `${n}`));
        for (const book of all) this.loops.push(this.write([book], random));
      }
      const across = SLOTS.map((slot, at) =>
        this.open(KINDS[at]!, slot, `across ${n}`),
      );
      this.loops.push(this.write(across, random));
    }
  }

  /** Resolves when a write to a slot that began behind this call is acknowledged. */
  async untilAcknowledged(slot: number): Promise<void> {
    const books = this.books.filter((book) => book.slot === slot);
    const before = books.map(({ acknowledged }) => acknowledged);
    // of two more in one book, whose writes follow each other, the second
    while (
      !books.some(({ acknowledged }, at) => acknowledged >= before[at]! + 2)
    ) {
      await delay(5);
    }
  }

  /** Resolves when the last write has been answered for. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.loops);
  }

  private open(kind: Kind, slot: number, name: string): TokenBook {
    const key = `{${Arena.tagOf(slot)}}${this.guard}:${kind}:${name}`;
    const book = new TokenBook(kind, key, slot);
    this.books.push(book);
    return book;
  }

  private async write(
    books: readonly TokenBook[],
    random: SeededRandom,
  ): Promise<void> {
    while (!this.stopping) {
      const timeoutMs = random.pick(COMMAND_TIMEOUTS_MS);
      if (this.guard === 'all replicas') {
        await this.inScope(books, timeoutMs, random.pick(SCOPE_TIMEOUTS_MS));
      } else {
        for (const written of await this.attempt(books, timeoutMs)) {
          this.note(written, { told: 'acknowledged', why: 'a reply' });
        }
      }
      await delay(random.between(1, 2 * PAUSE_MS));
    }
  }

  private async inScope(
    books: readonly TokenBook[],
    commandMs: number,
    timeoutMs: number,
  ): Promise<void> {
    let all: Written[] = [];
    let shards: readonly ShardReplication[];
    try {
      const { report } = await this.client.ensureReplicationWithReport(
        'all',
        timeoutMs,
        async () => {
          all = await this.attempt(books, commandMs);
          for (const written of all) {
            // as an application would: the work fails with its first error
            if ('error' in written) throw written.error;
          }
        },
      );
      ({ shards } = report);
    } catch (error) {
      // the work's own error: what was answered is applied, and nobody has asked the replicas
      shards = shardsOf(error) ?? [];
    }
    for (const written of all) {
      this.note(written, toldByScope(shards, written.book.slot));
    }
  }

  private attempt(
    books: readonly TokenBook[],
    timeoutMs: number,
  ): Promise<Written[]> {
    return Promise.all(
      books.map((book) =>
        this.send(book, timeoutMs).then(
          (reply) => ({ book, reply }),
          (error: unknown) => ({ book, error }),
        ),
      ),
    );
  }

  private send(
    { kind, key, next }: TokenBook,
    timeoutMs: number,
  ): Promise<number> {
    const within = this.client.with({ timeoutMs });
    if (kind === 'list') return within.rpush(key, next);
    if (kind === 'hash') return within.hincrby(key, next, 1);
    return within.incr(key);
  }

  private note(
    written: Written,
    answered: ReturnType<typeof toldByScope>,
  ): void {
    const { book } = written;
    const atMs = performance.now() - this.startedAt;
    if ('error' in written) {
      const told = toldByError(written.error);
      const name = (written.error as Error).name;
      book.note(told, name, atMs);
      this.count(`${told}: ${name}`);
      return;
    }
    const { told, why } = answered;
    const count = book.kind === 'counter' ? Number(written.reply) : undefined;
    book.note(told, why, atMs, count);
    this.count(`${told}: ${why.replace(/\S+:\d+/g, 'a node')}`);
  }

  private count(words: string): void {
    this.tally.set(words, (this.tally.get(words) ?? 0) + 1);
  }
}
