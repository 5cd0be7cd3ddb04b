import {
  NodeConnections,
  type NodeListener,
  type NodeSettings,
} from '../../connection/node-connections.js';
import type { Request } from '../../connection/request.js';
import type { NodeAddress } from '../../options/client-options.js';
import { STALL_MS } from '../../time/deadline-ticker.js';

/** Reads wait so long for the connection to a replica that is being made, before they go elsewhere. */
const HOPE_MS = 250;

/** What the readers of a node tell. */
export interface NodeReadersListener {
  /** The shared connection is ready. */
  connected(): void;
  /** It owes replies and is silent. */
  silent(): void;
  /** It speaks again. */
  heard(): void;
}

/**
 * The connections over which a replica is read: they said READONLY. They are no
 * others' (READONLY stays with a connection): on one that routed commands
 * share, a primary that was demoted would answer reads from what it has left.
 */
export class NodeReaders extends NodeConnections {
  /** Reads are to go there: a lost connection is made anew without one. */
  private wanted = false;
  private hope: 'fresh' | 'waiting' | 'lost' = 'fresh';
  private hopeEnds: NodeJS.Timeout | undefined;

  constructor(
    address: NodeAddress,
    settings: NodeSettings,
    /** @internal */
    readonly told: NodeReadersListener,
  ) {
    super(address, { ...settings, readOnly: true }, LISTENER);
  }

  /** Whether it can be expected to be usable in a moment. */
  get hopeful(): boolean {
    return !this.connected && this.hope !== 'lost';
  }

  /** Opens the shared connection, and again after each loss. Reads wait for it a moment, no longer. */
  want(): void {
    this.wanted = true;
    if (this.connected || this.hope !== 'fresh') return;
    this.hope = 'waiting';
    this.hopeFor(HOPE_MS);
    this.warmUp();
  }

  /** A stalled event loop costs the node nothing: what it missed is added. */
  private hopeFor(ms: number): void {
    const due = performance.now() + ms;
    this.hopeEnds = setTimeout(() => {
      const late = performance.now() - due;
      if (late >= STALL_MS) {
        this.hopeFor(Math.min(late, HOPE_MS));
        return;
      }
      this.hope = 'lost';
      this.recallReads(() => true, 'takes long to be made');
    }, ms);
    this.hopeEnds.unref();
  }

  /**
   * It is no replica any more. What is under way has its reply first; should
   * it become one again, the next read opens a connection anew.
   */
  retire(): void {
    this.wanted = false;
    clearTimeout(this.hopeEnds);
    this.hope = 'fresh';
    this.retireShared('is not for reads any more: the node is no replica');
  }

  /** Hands back reads that another node can answer as well. */
  recallReads(which: (request: Request) => boolean, why: string): void {
    recallReads(this, which, why);
  }

  override async end(): Promise<void> {
    clearTimeout(this.hopeEnds);
    await super.end();
  }

  override destroy(cause: Error): void {
    clearTimeout(this.hopeEnds);
    super.destroy(cause);
  }

  /** @internal */
  noteConnected(): void {
    clearTimeout(this.hopeEnds);
    this.hope = 'fresh';
    this.told.connected();
  }

  /** @internal */
  noteDisconnected(): void {
    // one that lived may be back at once (a restart, CLIENT KILL)
    if (this.failedAttempts > 0) {
      clearTimeout(this.hopeEnds);
      this.hope = 'lost';
    }
    if (this.wanted) this.warmUp();
  }
}

/** Hands back reads for which a policy chose the node, so that another does as well. */
export function recallReads(
  node: NodeConnections,
  which: (request: Request) => boolean,
  why: string,
): void {
  node.recall((request) => request.elsewhere && which(request), why);
}

const LISTENER: NodeListener = {
  nodeConnected: (node) => (node as NodeReaders).noteConnected(),
  nodeDisconnected: (node) => (node as NodeReaders).noteDisconnected(),
  nodeSilent: (node) => (node as NodeReaders).told.silent(),
  nodeHeard: (node) => (node as NodeReaders).told.heard(),
};
