import { Observable } from 'rxjs';
import type { CallSettings } from '../execution/calls/call-settings.js';
import { ClusterScan } from '../execution/scans/cluster-scan.js';
import { NO_CURSOR } from '../execution/scans/scan-cursor.js';
import type { ScanExecutor } from '../execution/scans/scan-executor.js';
import { positive } from '../options/resolve-options.js';
import { observe } from './observe.js';
import { checkOptions } from './known-options.js';
import { countOption, patternOption, textOption } from './scan-options.js';

/** How many nodes are scanned at a time. Each has up to three pages in memory. */
const PARALLEL = 16;

/** What `scanIterator` looks for, and how. @publicApi */
export interface KeyScanOptions {
  /**
   * A glob pattern of the keys, without the client's `keyPrefix`. Keys of one
   * hash tag in front (`user:{42}:*`) are scanned on their node alone.
   */
  readonly match?: string | Buffer;
  /** Only keys of this type: `string`, `hash`, `zset` ... */
  readonly type?: string;
  /** How many keys a server looks at for one page. It does nothing else meanwhile. @default 1000 */
  readonly count?: number;
  /** How many nodes are scanned at a time. @default 16 */
  readonly parallel?: number;
  /** Where to go on: the `cursor` of an earlier scan with the same `match` and `type`. @default '0', the beginning */
  readonly cursor?: string;
  /** Ends the scan when it is aborted: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

const OPTIONS = ['match', 'type', 'count', 'parallel', 'cursor', 'signal'];

/**
 * A scan of the whole cluster's keys: an iterator of them, one by one. Read it
 * once, in one way: as it is, by {@link pages}, {@link keys$} or {@link pages$}.
 *
 * @publicApi
 */
export class KeyScan<
  Text extends string | Buffer = string,
> implements AsyncIterableIterator<Text, undefined> {
  private readonly scan: ClusterScan;
  private page: Text[] = [];
  private index = 0;
  private turn: Promise<unknown> = Promise.resolve();

  /** @internal */
  constructor(
    executor: ScanExecutor,
    settings: CallSettings,
    options: KeyScanOptions,
  ) {
    checkOptions('scanIterator', options, OPTIONS);
    const { signal = settings.signal, cursor } = options;
    const query = {
      match: patternOption('scanIterator', options.match),
      type: textOption('scanIterator', 'type', options.type),
      count: countOption('scanIterator', options.count),
      parallel: positive('parallel', options.parallel, PARALLEL),
      settings: { ...settings, signal },
    };
    this.scan = new ClusterScan(
      executor,
      query,
      textOption('scanIterator', 'cursor', cursor) ?? NO_CURSOR,
    );
  }

  /**
   * Where another scan can go on, in this process or another, at any later
   * time: behind the last page that was read to its end. `'0'` before the
   * first page, and when nothing is left.
   */
  get cursor(): string {
    return this.scan.cursor;
  }

  /**
   * The next key.
   *
   * @throws {ScanError} when the scan cannot go on; it has the cursor
   */
  next(): Promise<IteratorResult<Text, undefined>> {
    const { page, index } = this;
    if (index < page.length) {
      this.index = index + 1;
      return Promise.resolve({ done: false, value: page[index]! });
    }
    return this.inTurn(() => this.fromNextPage());
  }

  /** Ends the scan: what `break` in a loop does. */
  return(): Promise<IteratorReturnResult<undefined>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Itself, for `for await`. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The same, a page of at least one key at a time. */
  pages(): AsyncIterableIterator<Text[], undefined> {
    const iterator: AsyncIterableIterator<Text[], undefined> = {
      next: () =>
        this.inTurn(async () => {
          const value = await this.scan.nextPage();
          return value === undefined
            ? { done: true, value }
            : { done: false, value: value as Text[] };
        }),
      return: async () => this.return(),
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** The keys as an Observable, which begins to scan when it is subscribed to, and ends when nobody is any more. */
  get keys$(): Observable<Text> {
    return observe(this);
  }

  /** The same, a page of at least one key at a time. */
  get pages$(): Observable<Text[]> {
    return observe(this.pages());
  }

  private async fromNextPage(): Promise<IteratorResult<Text, undefined>> {
    // another call may have been in front
    if (this.index >= this.page.length) {
      this.page = ((await this.scan.nextPage()) as Text[] | undefined) ?? [];
      this.index = 0;
    }
    const value = this.page[this.index];
    if (value === undefined) return { done: true, value };
    this.index += 1;
    return { done: false, value };
  }

  private inTurn<Result>(take: () => Promise<Result>): Promise<Result> {
    const result = this.turn.then(take);
    this.turn = result.catch(() => {});
    return result;
  }

  private end(): void {
    this.scan.close();
    this.page = [];
    this.index = 0;
  }
}
