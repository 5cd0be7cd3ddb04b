import { ScanError } from '../../errors/scan-error.js';
import { SlotNotServedError } from '../../errors/slot-not-served-error.js';
import { SLOT_COUNT } from '../../topology/cluster-topology.js';
import type { CensusNode, SlotCensus } from '../../topology/slot-census.js';
import { CensusTaker } from './census-taker.js';
import { ClusterScanSupport } from './cluster-scan-support.js';
import {
  ClusterScanReader,
  isClusterPosition,
  ScanReader,
  START,
  type PageReader,
} from './page-reader.js';
import { OpenSlots } from './open-slots.js';
import { PassWatch } from './pass-watch.js';
import {
  decodeCursor,
  encodeCursor,
  processOf,
  type PassProgress,
  type ScanProgress,
} from './scan-cursor.js';
import type { ScanExecutor } from './scan-executor.js';
import { ScanPass, type PassEnd, type PassOwner } from './scan-pass.js';
import { isFinal, ScanTrouble } from './scan-trouble.js';
import {
  fingerprintOf,
  pageOptions,
  slotOfQuery,
  type ScanQuery,
} from './scan-query.js';

const ALL_SLOTS = Array.from({ length: SLOT_COUNT }, (_, slot) => slot);

type Keys = (string | Buffer)[];

/**
 * A scan of the whole cluster: passes over its nodes, side by side, until each
 * slot is covered by one. See {@link PassWatch} for what covers a slot. A slot
 * that a pass lost (its node failed, or it moved) is left to the next pass over
 * the node that holds it then, so keys may come twice, and none is missed that
 * existed throughout.
 */
export class ClusterScan implements PassOwner {
  closed = false;
  private readonly fingerprint: string;
  private readonly censuses: CensusTaker;
  private readonly passes = new Set<ScanPass>();
  private readonly open = new OpenSlots();
  /** Passes that go on where they were left, if their nodes are still what they were. */
  private resumed: PassProgress[];
  private readonly ready: { pass: ScanPass; keys: Keys }[] = [];
  /** The pass whose page the caller is busy with. */
  private current: ScanPass | undefined;
  private started = false;
  private failure: Error | undefined;
  private wake: () => void = () => {};
  private readonly support: ClusterScanSupport;
  private advancing = false;
  private shallAdvance = false;
  private readonly slots: readonly number[];
  /** Whether all keys that match lie in one slot. */
  private readonly hasOneSlot: boolean;
  private readonly trouble: ScanTrouble;
  /** Where an ended scan was left. */
  private lastCursor: string | undefined;

  /** @throws {ConfigurationError} for a cursor that is none, or another scan's */
  constructor(
    readonly executor: ScanExecutor,
    private readonly query: ScanQuery,
    cursor: string,
  ) {
    this.fingerprint = fingerprintOf(query, executor);
    this.censuses = new CensusTaker(executor, query.settings);
    this.support = new ClusterScanSupport(executor, query.settings);
    this.trouble = new ScanTrouble(executor, query.settings);
    const onlySlot = slotOfQuery(query, executor);
    this.hasOneSlot = onlySlot !== -1;
    this.slots = this.hasOneSlot ? [onlySlot] : ALL_SLOTS;
    const progress = decodeCursor(cursor, this.fingerprint);
    this.resumed = [...(progress?.passes ?? [])];
    this.open.add(progress?.open ?? this.slots);
  }

  /**
   * The next page; undefined at the end. Calling it says that the caller is
   * done with the page before.
   *
   * @throws {ScanError} when the scan cannot go on
   */
  async nextPage(): Promise<Keys | undefined> {
    this.current?.handedOut();
    this.current = undefined;
    // what went wrong while nobody wanted a page does not count
    this.progressed();
    if (!this.started) {
      this.started = true;
      void this.advance();
    }
    for (;;) {
      if (this.closed) return undefined;
      this.query.settings.signal?.throwIfAborted();
      const page = this.ready.shift();
      if (page !== undefined) {
        this.current = page.pass;
        page.pass.taken();
        return page.keys;
      }
      if (this.failure !== undefined) throw this.giveUp(this.failure);
      if (this.isDone) return undefined;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** Where another process can go on: behind the last page that the caller is done with. */
  get cursor(): string {
    if (this.lastCursor !== undefined) return this.lastCursor;
    const open = this.open.list();
    const passes = [...this.resumed];
    for (const pass of this.passes) {
      const progress = pass.progress();
      open.push(...progress.open);
      if (progress.pass !== undefined) passes.push(progress.pass);
    }
    const isNew = passes.length === 0 && open.length === this.slots.length;
    const left: ScanProgress = { open: isNew ? [] : open, passes };
    return encodeCursor(left, this.fingerprint);
  }

  /** Nothing is left to scan. */
  get isDone(): boolean {
    return (
      this.open.size === 0 &&
      this.passes.size === 0 &&
      this.resumed.length === 0
    );
  }

  /** Ends the scan; nothing of it is left but replies under way. */
  close(): void {
    if (this.closed) return;
    this.lastCursor = this.cursor;
    this.closed = true;
    this.ready.length = 0;
    for (const pass of this.passes) pass.close();
    this.wake();
  }

  offer(pass: ScanPass, keys: Keys): void {
    this.ready.push({ pass, keys });
    this.wake();
  }

  progressed(): void {
    this.trouble.over();
  }

  async look(node?: string): Promise<SlotCensus> {
    for (;;) {
      const census = await this.censuses.take();
      const silent = node !== undefined && !census.nodes.has(node);
      const answered =
        census.isMajority && !(silent && census.countOf(node) > 0);
      if (answered || this.closed) {
        this.open.dropStale(census);
        return census;
      }
      await this.trouble.rest(
        silent
          ? new SlotNotServedError('SCAN: a node does not say what it holds')
          : new SlotNotServedError(
              'SCAN: fewer than half of the primaries say who holds the slots',
            ),
      );
    }
  }

  /** Starts passes until every open slot has one, or waits for its node's. */
  private async advance(): Promise<void> {
    this.shallAdvance = true;
    if (this.advancing) return;
    this.advancing = true;
    try {
      while (this.shallAdvance && !this.closed) {
        this.shallAdvance = false;
        await this.trouble.restIfAny();
        const census = await this.look();
        this.resume(census);
        await this.startPasses(census);
        const slot = this.open.unserved(census);
        if (slot === undefined) continue;
        this.shallAdvance = true;
        const words = `SCAN: slot ${slot} is served by no node`;
        await this.trouble.rest(
          new SlotNotServedError(words, { slot }),
          census.mistaken(),
        );
      }
    } catch (error) {
      this.failure ??= error as Error;
    } finally {
      this.advancing = false;
      this.wake();
    }
  }

  /** Goes on with the passes of a cursor where their nodes are what they were. */
  private resume(census: SlotCensus): void {
    const { resumed } = this;
    this.resumed = [];
    for (const { node: id, process, epoch, slots, position } of resumed) {
      const node = census.nodes.get(id);
      const isSame =
        node !== undefined &&
        processOf(node.runId) === process &&
        node.epoch === epoch &&
        !this.hasPass(id);
      this.open.add(slots);
      if (!isSame) continue;
      const here = slots.filter((slot) => {
        const holder = census.holderOf(slot);
        return holder?.owner === id && holder.taker === undefined;
      });
      this.startPass(census, node, here, isClusterPosition(position), position);
    }
  }

  private async startPasses(census: SlotCensus): Promise<void> {
    const waiting = [...this.open.byNode(census)].filter(
      ([node]) => !this.hasPass(node.id),
    );
    const supported = await Promise.all(
      waiting.map(async ([node, slots]) => ({
        node,
        slots,
        clusterScan: await this.supports(node.address),
      })),
    );
    for (const { node, slots, clusterScan } of supported) {
      if (this.closed || this.passes.size >= this.query.parallel) return;
      if (clusterScan === undefined) continue;
      this.startPass(census, node, slots, clusterScan);
    }
  }

  /** Whether a node has CLUSTERSCAN; undefined when it was lost over the question, which passes as in a pass. */
  private async supports(address: string): Promise<boolean | undefined> {
    try {
      return await this.support.at(address);
    } catch (error) {
      if (isFinal(error as Error)) throw error;
      this.trouble.note(error as Error);
      this.shallAdvance = true;
      return undefined;
    }
  }

  private startPass(
    census: SlotCensus,
    node: CensusNode,
    slots: readonly number[],
    clusterScan: boolean,
    position = START,
  ): void {
    const watch = new PassWatch(node.id, this.open.take(slots));
    watch.observe(census);
    const target = {
      executor: this.executor,
      address: node.address,
      options: pageOptions(this.query),
      settings: this.query.settings,
    };
    // a slot on the move is refused by CLUSTERSCAN at both of its nodes
    const settled = watch.split().others.length === 0;
    const reader: PageReader =
      clusterScan && settled
        ? new ClusterScanReader(target, slots)
        : new ScanReader(target);
    const filters =
      !this.hasOneSlot && slots.length !== census.countOf(node.id);
    const pass = new ScanPass(this, node, watch, reader, filters, position);
    this.passes.add(pass);
    void pass.run().then((end) => this.ended(pass, end));
  }

  private ended(pass: ScanPass, end: PassEnd): void {
    if (this.closed) return;
    const { arrivals, lost, error } = end;
    if (error !== undefined && isFinal(error)) {
      // it stays among the passes: the cursor tells how far it came
      this.failure ??= error;
    } else if (error !== undefined) {
      this.trouble.note(error);
      this.passes.delete(pass);
      // the connection may be all that was lost: the next census tells
      const progress = pass.progress();
      this.open.add(progress.open);
      if (progress.pass !== undefined) this.resumed.push(progress.pass);
    } else {
      this.passes.delete(pass);
      this.open.add(lost);
      this.open.follow(arrivals);
    }
    const left = this.open.size > 0 || this.resumed.length > 0;
    if (this.failure === undefined && left) void this.advance();
    this.wake();
  }

  private hasPass(id: string): boolean {
    for (const { node } of this.passes) if (node.id === id) return true;
    return false;
  }

  private giveUp(cause: Error): Error {
    const { signal } = this.query.settings;
    this.close();
    if (signal?.aborted === true) return signal.reason as Error;
    return new ScanError(
      `The scan could not go on: ${cause.message}`,
      this.cursor,
      { command: 'SCAN', cause },
    );
  }
}
