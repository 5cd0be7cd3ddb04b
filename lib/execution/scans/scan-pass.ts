import type { CensusNode, SlotCensus } from '../../topology/slot-census.js';
import { keySlot } from '../../routing/key-slot.js';
import { END, START, type Page, type PageReader } from './page-reader.js';
import type { Arrival, PassResult, PassWatch } from './pass-watch.js';
import { processOf, type PassProgress } from './scan-cursor.js';
import type { ScanExecutor } from './scan-executor.js';

/** Between two looks at who holds the slots, in milliseconds. */
const LOOK_MS = 1_000;

/** What a pass needs from its scan. */
export interface PassOwner {
  /** Nobody wants more pages. */
  readonly closed: boolean;
  readonly executor: ScanExecutor;
  /** Takes a page with keys, for the caller; it comes back by {@link ScanPass.handedOut}. */
  offer(pass: ScanPass, keys: (string | Buffer)[]): void;
  /** A page arrived: the scan gets on. */
  progressed(): void;
  /** A census that begins now, in which the node has answered, or owns no slot any more. */
  look(node: string): Promise<SlotCensus>;
}

/** How a pass ended: by itself, or by an error that the rest of its slots survive. */
export type PassEnd = PassResult & { readonly error?: Error };

/** One iteration over one node, with at most one page waiting and one on its way. */
export class ScanPass {
  private process: string;
  private epoch: number;
  /** Behind the last page that was fetched. */
  private position: string;
  /** Behind the last page that the caller is done with. */
  private delivered: string;
  /** At the last look that found nothing changed. */
  private confirmed: string;
  private lookedAt = performance.now();
  private lookEvery = LOOK_MS;
  /** Behind the pages that the caller is not done with. */
  private readonly undelivered: string[] = [];
  private waiting = 0;
  private wake: () => void = () => {};

  /**
   * @param node as it was at the first look, which `watch` has observed
   * @param filters whether the node has keys of slots that are none of the pass's
   */
  constructor(
    private readonly owner: PassOwner,
    readonly node: CensusNode,
    private readonly watch: PassWatch,
    private readonly reader: PageReader,
    private readonly filters: boolean,
    position = START,
  ) {
    this.process = node.runId;
    this.epoch = node.epoch;
    this.position = position;
    this.delivered = position;
    this.confirmed = position;
  }

  /** Reads the node to its end. Never rejects. */
  async run(): Promise<PassEnd> {
    try {
      while (!this.owner.closed) {
        const page = this.position === END ? undefined : await this.fetch();
        if (page !== undefined) await this.pass(page);
        const isDue = performance.now() - this.lookedAt >= this.lookEvery;
        if (this.position !== END && !isDue) continue;
        const result = await this.look(page?.throughBelow ?? 0);
        if (result !== undefined) return result;
      }
    } catch (error) {
      return { ...this.nothing(), error: error as Error };
    }
    return this.nothing();
  }

  /** The caller is done with the oldest page that it was offered. */
  handedOut(): void {
    this.delivered = this.undelivered.shift()!;
    this.wake();
  }

  /** The caller has begun with the oldest page. */
  taken(): void {
    this.waiting -= 1;
    this.wake();
  }

  /** Its scan has ended. */
  close(): void {
    this.wake();
  }

  /** What another process needs to go on; and slots that it has to begin with anew. */
  progress(): { pass: PassProgress | undefined; open: number[] } {
    const { here, others } = this.watch.split();
    if (here.length === 0 || this.delivered === START) {
      return { pass: undefined, open: [...here, ...others] };
    }
    const pass: PassProgress = {
      node: this.node.id,
      process: processOf(this.process),
      epoch: this.epoch,
      position: this.delivered,
      slots: here,
    };
    return { pass, open: others };
  }

  private async fetch(): Promise<Page> {
    const page = await this.reader.read(this.position);
    this.position = page.position;
    this.owner.progressed();
    return page;
  }

  /** Gives a page to the caller, once the one before has been taken. */
  private async pass(page: Page): Promise<void> {
    const keys = this.filters ? page.keys.filter(this.isOurs) : page.keys;
    if (keys.length === 0) {
      const last = this.undelivered.length - 1;
      if (last === -1) this.delivered = page.position;
      else this.undelivered[last] = page.position;
      return;
    }
    while (this.waiting > 0 && !this.owner.closed) await this.change();
    if (this.owner.closed) return;
    this.waiting += 1;
    this.undelivered.push(page.position);
    this.owner.offer(this, keys);
  }

  private readonly isOurs = (key: string | Buffer): boolean =>
    this.watch.has(keySlot(this.owner.executor.wireKey(key)));

  /** Finds out what the pages since the last look are worth. */
  private async look(throughBelow: number): Promise<PassEnd | undefined> {
    // what a census proves must be with the caller
    while (this.undelivered.length > 0) {
      if (this.owner.closed) return this.nothing();
      await this.change();
    }
    const census = await this.owner.look(this.node.id);
    const now = census.nodes.get(this.node.id);
    this.watch.observe(census);
    this.lookedAt = performance.now();
    if (now === undefined || now.runId !== this.process) {
      // demoted, or another process: its cursor means nothing any more
      return this.nothing();
    }
    if (now.epoch !== this.epoch) {
      this.epoch = now.epoch;
      this.position = this.confirmed;
      this.delivered = this.confirmed;
      // soon again: nodes that take many slots change their epoch often
      this.lookEvery = 0;
      return undefined;
    }
    this.confirmed = this.position;
    this.lookEvery = Math.min(LOOK_MS, this.lookEvery * 2 + 1);
    if (this.position === END) return this.watch.settle(census);
    this.watch.release((slot) => slot < throughBelow);
    return undefined;
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  private nothing(): PassResult {
    const { here, others } = this.watch.split();
    const arrivals: [number, Arrival][] = [];
    return { covered: [], arrivals, lost: [...here, ...others] };
  }
}
