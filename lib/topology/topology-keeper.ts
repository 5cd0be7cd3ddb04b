import { isDeepStrictEqual } from 'node:util';
import { BehaviorSubject } from 'rxjs';
import type { NodeAddress } from '../options/client-options.js';
import { formatAddress } from '../options/node-address.js';
import type { ClusterTopology } from './cluster-topology.js';
import type { EndpointContext } from './announced-endpoint.js';
import type { ClusterView } from './cluster-view.js';
import { readClusterView, type Ask } from './read-cluster-view.js';
import type { TopologyCause, TopologyReason } from './topology-change.js';
import { TopologyMap } from './topology-map.js';

/** A connection that the keeper asks over, and keeps as long as it answers. */
export interface ControlConnection {
  readonly address: NodeAddress;
  readonly usable: boolean;
  readonly ask: Ask;
  destroy(): void;
}

/** What the keeper needs from the layers around it. */
export interface TopologyKeeperSettings {
  readonly seeds: readonly NodeAddress[];
  readonly refreshMs: number;
  readonly tls: boolean;
  readonly mapAddress: (address: NodeAddress) => NodeAddress;
  openControl(address: NodeAddress): ControlConnection;
  /** Whether calls wait for a topology that names a node for them. */
  routeAwaited(): boolean;
  /** A redirect named a slot's owner; {@link changed} follows, once for all of a turn. */
  slotMoved(slot: number, owner: NodeAddress): void;
  /** The topology changed. */
  changed(topology: ClusterTopology, cause: TopologyCause): void;
  /** No node could be asked; the old topology stays in use. */
  refreshFailed(
    causes: ReadonlyMap<string, Error>,
    reason: TopologyReason,
  ): void;
}

/** Two refreshes start at least this far apart: a storm of redirects is one question. */
const MIN_INTERVAL_MS = 50;

/**
 * While a node in use is away or a slot has no owner, this often the others
 * are asked who took its place: each time a sixtieth of the trouble's age
 * later, within these bounds. A default failover (20 s) is noticed within
 * 340 ms, and an owner that is dead for good is no reason to ask for ever.
 */
const TROUBLE_INTERVAL = { min: 200, max: 5_000 };
const TROUBLE_AGE_PART = 1 / 60;

/** A doubt moves the control connection to another node this often at most. */
const MIN_CONTROL_MS = 1_000;

/**
 * Refreshes in a row that look at CLUSTER SLOTS alone. It tells of every slot
 * that moved and every replica that failed or came, in the fewest bytes (2 to
 * 26 us of the server's CPU for six nodes); not of nodes without slots.
 */
const MAX_GLANCES = 9;

/**
 * Keeps the topology true: asks on every sign of change and periodically, one
 * question at a time, over one long-lived connection that moves to another
 * node when its own fails.
 */
export class TopologyKeeper {
  readonly map = new TopologyMap();
  readonly topology$ = new BehaviorSubject<ClusterTopology>(this.map.topology);
  private control: ControlConnection | undefined;
  private running: Promise<void> | undefined;
  private again = false;
  /** The first hint since the reading under way began, or the last one ended. */
  private hint: TopologyReason | undefined;
  /** What the reading under way is for. */
  private reason: TopologyReason = 'connect';
  /** The node that redirected last. */
  private redirector = '';
  private lastStart = -Infinity;
  private timer: NodeJS.Timeout | undefined;
  private periodic: NodeJS.Timeout | undefined;
  private patching: NodeJS.Immediate | undefined;
  private readonly troubled = new Set<string>();
  /** When the latest trouble began. */
  private troubleSince: number | undefined;
  private readonly doubted = new Set<string>();
  private controlSince = 0;
  /** CLUSTER SLOTS of the control connection's node when it was asked everything; nothing contradicted it since. */
  private agreed: unknown;
  private glances = 0;
  private redirects = 0;
  private endPause: (() => void) | undefined;
  private closed = false;

  constructor(private readonly settings: TopologyKeeperSettings) {}

  /**
   * Reads the topology now, or joins the reading under way; what was asked for
   * while one ran is answered by one more behind it.
   *
   * Never rejects: a failed refresh is told to `refreshFailed`.
   */
  refresh(reason: TopologyReason = 'connect'): Promise<void> {
    if (this.closed) return Promise.resolve();
    this.hint ??= reason;
    if (this.running !== undefined) {
      this.again = true;
      return this.running;
    }
    clearTimeout(this.timer);
    this.timer = undefined;
    this.running = this.run();
    return this.running;
  }

  /**
   * Reads the topology soon: something hinted at a change.
   *
   * @param doubted the node that did so, where it may be cut off: others are asked first
   */
  refreshSoon(doubted?: string, reason: TopologyReason = 'doubt'): void {
    if (doubted !== undefined) this.doubted.add(doubted);
    this.hint ??= reason;
    if (this.closed || this.timer !== undefined) return;
    if (this.running !== undefined) {
      this.again = true;
      return;
    }
    const since = performance.now() - this.lastStart;
    const wait = Math.max(0, MIN_INTERVAL_MS - since);
    this.timer = setTimeout(() => void this.refresh(reason), wait);
  }

  /** A node in use went away: asks often until it is back or replaced. */
  trouble(address: string): void {
    const known = this.troubled.has(address);
    this.troubled.add(address);
    // a question that it will not answer holds up the others
    if (this.control && formatAddress(this.control.address) === address) {
      this.dropControl();
    }
    // every further attempt to reconnect tells of it again
    if (known) return;
    this.troubleSince = performance.now();
    this.refreshSoon(undefined, 'nodeLost');
  }

  /** The node is back. */
  calm(address: string): void {
    this.troubled.delete(address);
  }

  /**
   * A redirect named the owner of `slot`.
   *
   * @param source the node that redirected, as `host:port`
   */
  moved(slot: number, address: NodeAddress, source = ''): void {
    this.agreed = undefined;
    this.redirects += 1;
    this.redirector = source;
    const owner = this.map.patch(slot, address);
    if (owner !== undefined && !this.closed) {
      this.settings.slotMoved(slot, owner);
      // one snapshot for all redirects of this turn
      this.patching ??= setImmediate(() => {
        this.patching = undefined;
        if (!this.map.publish()) return;
        this.publish({ reason: 'redirect', node: this.redirector });
      });
    }
    this.refreshSoon(undefined, 'redirect');
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.endPause?.();
    clearTimeout(this.periodic);
    clearImmediate(this.patching);
    this.control?.destroy();
    this.topology$.complete();
  }

  private async run(): Promise<void> {
    do {
      this.again = false;
      this.reason = this.hint ?? this.reason;
      this.hint = undefined;
      this.lastStart = performance.now();
      if (!(await this.isUnchanged())) await this.askSomebody();
      if (this.again && !this.closed) await this.pause();
    } while (this.again && !this.closed);
    this.running = undefined;
    this.scheduleNext();
  }

  private pause(): Promise<void> {
    return new Promise<void>((resolve) => {
      this.endPause = resolve;
      this.timer = setTimeout(resolve, MIN_INTERVAL_MS);
    }).then(() => {
      this.timer = undefined;
    });
  }

  /**
   * Whether the node that told everything last says the same again: one reply
   * to compare, where reading all of it costs 10 times as much (38 against 4 ms
   * of CPU with 1,000 nodes).
   */
  private async isUnchanged(): Promise<boolean> {
    const { agreed, control } = this;
    if (agreed === undefined || !this.keepsControl() || this.isUneasy) {
      return false;
    }
    this.glances += 1;
    if (this.glances > MAX_GLANCES) return false;
    try {
      const slots = await control!.ask('CLUSTER', 'SLOTS');
      return isDeepStrictEqual(slots, agreed);
    } catch {
      // it may be frozen: others are asked, without waiting for it again
      this.dropControl();
      return false;
    }
  }

  /** Somebody has to be asked everything: a hint is not answered yet. */
  private get isUneasy(): boolean {
    return (
      this.troubled.size > 0 ||
      this.doubted.size > 0 ||
      this.settings.routeAwaited()
    );
  }

  private async askSomebody(): Promise<void> {
    const causes = new Map<string, Error>();
    let strange: ClusterView | undefined;
    for (const address of this.candidates()) {
      if (this.closed) return;
      const { redirects } = this;
      try {
        const view = await this.ask(address);
        if (this.learn(view)) {
          this.doubted.clear();
          // what was redirected meanwhile it may not know
          this.agreed = this.redirects === redirects ? view.slots : undefined;
          this.glances = 0;
          await this.settleDisputes();
          return;
        }
        strange = view;
        throw new Error(`${view.source} is alone with what it says`);
      } catch (error) {
        causes.set(formatAddress(address), error as Error);
        this.dropControl();
      }
    }
    if (this.closed) return;
    // nobody is left who would contradict it
    if (strange === undefined) this.settings.refreshFailed(causes, this.reason);
    else this.learn(strange, true);
  }

  /** Asks those who alone can tell whether a slot is theirs. */
  private async settleDisputes(): Promise<void> {
    for (const address of this.map.disputed) {
      if (this.closed) return;
      this.agreed = undefined;
      const rival = this.settings.openControl(address);
      try {
        this.learn(await this.read(rival));
      } catch {
        // it cannot be asked: what the redirect said stands
      } finally {
        rival.destroy();
      }
    }
  }

  private ask(address: NodeAddress): Promise<ClusterView> {
    const label = formatAddress(address);
    if (
      this.control === undefined ||
      !this.control.usable ||
      formatAddress(this.control.address) !== label
    ) {
      this.dropControl();
      this.control = this.settings.openControl(address);
      this.controlSince = performance.now();
    }
    return this.read(this.control);
  }

  private read({ ask, address }: ControlConnection): Promise<ClusterView> {
    const { tls, mapAddress } = this.settings;
    const context: EndpointContext = { source: address, tls, mapAddress };
    return readClusterView(ask, address, context);
  }

  /** @returns false for a view that is not believed yet */
  private learn(view: ClusterView, soleAnswer = false): boolean {
    // one that was reset, or never joined, would be asked for ever: others know more
    if (!view.nodes.some((node) => node.slots.length > 0)) {
      throw new Error(`${view.source} knows no node that serves slots`);
    }
    const applied = this.map.apply(view, soleAnswer);
    if (applied === 'changed') {
      this.publish({ reason: this.reason, node: view.source });
    }
    return applied !== 'disbelieved';
  }

  private publish(cause: TopologyCause): void {
    if (this.closed) return;
    const { topology } = this.map;
    const owners = new Set(topology.shards.map((s) => s.primary.address));
    for (const address of this.troubled) {
      if (!owners.has(address)) this.troubled.delete(address);
    }
    this.settings.changed(topology, cause);
    this.topology$.next(topology);
  }

  /**
   * Whom to ask, best first: the control connection's node, healthy nodes in
   * random order and the seeds in turns, the rest. Where all addresses have
   * changed behind the seeds' names, every other node may cost a timeout.
   */
  private candidates(): NodeAddress[] {
    const { shards, spare } = this.map.topology;
    const nodes = shuffled(
      shards
        .flatMap((shard) => [shard.primary, ...shard.replicas])
        .concat(spare),
    );
    const isSuspect = (label: string): boolean =>
      this.troubled.has(label) || this.doubted.has(label);
    const trusted = nodes.filter(
      (node) => node.healthy && !isSuspect(node.address),
    );
    const { seeds } = this.settings;
    const fresh = seeds.filter((seed) => !isSuspect(formatAddress(seed)));
    const control = this.keepsControl() ? [this.control!.address] : [];
    const seen = new Set<string>();
    const inTurns = alternating<NodeAddress>(trusted, fresh);
    return [...control, ...inTurns, ...seeds, ...nodes].filter((address) => {
      const label = formatAddress(address);
      return !seen.has(label) && seen.add(label);
    });
  }

  private keepsControl(): boolean {
    if (this.control?.usable !== true) return false;
    const label = formatAddress(this.control.address);
    if (this.troubled.has(label)) return false;
    // in a cluster that is down every node is in doubt: no new connection per question
    const since = performance.now() - this.controlSince;
    return !this.doubted.has(label) || since < MIN_CONTROL_MS;
  }

  private dropControl(): void {
    this.control?.destroy();
    this.control = undefined;
    this.agreed = undefined;
  }

  private scheduleNext(): void {
    if (this.closed) return;
    clearTimeout(this.periodic);
    if (this.troubled.size > 0 || this.settings.routeAwaited()) {
      this.troubleSince ??= performance.now();
      const { min, max } = TROUBLE_INTERVAL;
      const age = performance.now() - this.troubleSince;
      const wait = Math.min(max, Math.max(min, age * TROUBLE_AGE_PART));
      const reason = this.troubled.size > 0 ? 'nodeLost' : 'slotNotServed';
      this.periodic = setTimeout(() => void this.refresh(reason), wait);
      return;
    }
    this.troubleSince = undefined;
    // jittered by a fifth, so that many clients do not ask in step
    const { refreshMs } = this.settings;
    const wait = refreshMs * (0.8 + Math.random() * 0.4);
    this.periodic = setTimeout(() => void this.refresh('periodic'), wait);
    this.periodic.unref();
  }
}

/** One of each in turns, then what is left of the longer. */
function alternating<T>(first: readonly T[], second: readonly T[]): T[] {
  const longer = Math.max(first.length, second.length);
  return Array.from({ length: longer }, (_, nth) => [
    ...first.slice(nth, nth + 1),
    ...second.slice(nth, nth + 1),
  ]).flat();
}

function shuffled<T>(items: readonly T[]): T[] {
  const copy = [...items];
  for (let index = copy.length - 1; index > 0; index--) {
    const other = Math.floor(Math.random() * (index + 1));
    [copy[index], copy[other]] = [copy[other]!, copy[index]!];
  }
  return copy;
}
