import { sizeOf } from '../../connection/request.js';
import type { Call } from '../calls/call.js';
import type { ClusterNode } from '../cluster-node.js';
import type { ClusterNodes } from '../cluster-nodes.js';

/** How much of a pipeline is with one node at a time. */
export interface Window {
  readonly commands: number;
  readonly bytes: number;
}

/** A command that goes to several nodes as a whole: what is before it ends first, what is behind it begins after. */
export interface Barrier {
  /** How many calls stand before it. */
  readonly behind: number;
  /** Sends it; calls back when it has ended. */
  readonly run: (ended: () => void) => void;
}

/** The calls of a pipeline that go to one node. */
interface Share {
  readonly calls: Call[];
  /** How many of them are sent. */
  sent: number;
  /** How many of those have not ended, and their size. */
  outstanding: number;
  bytes: number;
  /** The routes by which they were sent. */
  routes: number;
  feeding: boolean;
}

/**
 * Sends the calls of a large pipeline as their nodes take them: no node's
 * queue overflows, no node waits for another, and other callers find room.
 */
export class PipelineFeeder {
  private shares = new Map<ClusterNode | undefined, Share>();
  private readonly shareOf = new Map<number, Share>();
  /** Calls of the present stretch between two barriers that have not ended. */
  private left = 0;
  private from = 0;
  private nextBarrier = 0;
  private running = false;
  private advancing = false;

  /**
   * @param calls all calls, in order
   * @param barriers what stands between them, in order
   */
  constructor(
    private readonly calls: readonly Call[],
    private readonly barriers: readonly Barrier[],
    private readonly window: Window,
    private readonly nodes: ClusterNodes,
    private readonly send: (call: Call) => void,
  ) {}

  /** Goes on to the next stretch when everything before has ended. */
  advance(): void {
    // a stretch may end while it is sent: one loop, not one inside the other
    if (this.advancing) return;
    this.advancing = true;
    while (this.left === 0 && !this.running && this.hasMore) {
      const barrier = this.barriers[this.nextBarrier];
      if (barrier !== undefined && barrier.behind === this.from) {
        this.nextBarrier += 1;
        this.running = true;
        barrier.run(() => {
          this.running = false;
          this.advance();
        });
      } else {
        this.begin(barrier?.behind ?? this.calls.length);
      }
    }
    this.advancing = false;
  }

  /** A call has ended. */
  ended(call: Call): void {
    this.left -= 1;
    const share = this.shareOf.get(call.slot)!;
    share.outstanding -= 1;
    share.bytes -= sizeOf(call.args);
    const { commands, bytes } = this.window;
    if (
      share.sent < share.calls.length &&
      share.outstanding <= commands / 2 &&
      share.bytes <= bytes / 2
    ) {
      this.feed(share);
    }
    if (this.left === 0) this.advance();
  }

  /** The calls sent of the present stretch. */
  *sent(): Iterable<Call> {
    for (const { calls, sent } of this.shares.values()) {
      for (let index = 0; index < sent; index++) yield calls[index]!;
    }
  }

  private get hasMore(): boolean {
    return (
      this.from < this.calls.length || this.nextBarrier < this.barriers.length
    );
  }

  /** Begins with the calls up to the next barrier. */
  private begin(end: number): void {
    this.shares = new Map();
    this.shareOf.clear();
    const { calls, from } = this;
    for (let index = from; index < end; index++) {
      const call = calls[index]!;
      (this.shareOf.get(call.slot) ?? this.newShare(call.slot)).calls.push(
        call,
      );
    }
    this.left += end - from;
    this.from = end;
    for (const share of this.shares.values()) this.feed(share);
  }

  /** A slot stays in the share of the node that owned it at first: it keeps the order. */
  private newShare(slot: number): Share {
    const node = this.nodes.owners[slot];
    let share = this.shares.get(node);
    if (share === undefined) {
      share = {
        calls: [],
        sent: 0,
        outstanding: 0,
        bytes: 0,
        routes: this.nodes.changes,
        feeding: false,
      };
      this.shares.set(node, share);
    }
    this.shareOf.set(slot, share);
    return share;
  }

  private feed(share: Share): void {
    if (share.feeding) return;
    share.feeding = true;
    const { commands, bytes } = this.window;
    while (
      share.sent < share.calls.length &&
      share.outstanding < commands &&
      (share.bytes < bytes || share.outstanding === 0)
    ) {
      if (share.routes !== this.nodes.changes) {
        // what is under way may be refused by an owner that is none any more,
        // and must not be overtaken at the new one
        if (share.outstanding > 0) break;
        share.routes = this.nodes.changes;
      }
      const call = share.calls[share.sent]!;
      share.sent += 1;
      share.outstanding += 1;
      share.bytes += sizeOf(call.args);
      this.send(call);
    }
    share.feeding = false;
  }
}
