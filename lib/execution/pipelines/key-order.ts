import { keyIndexes } from '../../routing/command-keys.js';
import { clock } from '../../time/clock.js';
import type { Call } from '../calls/call.js';
import {
  DISPATCH,
  type CallOrder,
  type NextAttempt,
} from '../calls/call-order.js';
import type { CallRunner } from '../calls/call-runner.js';
import type { ClusterNode } from '../cluster-node.js';

/** The calls of one slot, in order. */
interface Lane {
  calls: Call[];
  /** Those to be sent again, or not sent at all yet; how. */
  readonly held: Map<Call, NextAttempt>;
  /** The others that have not ended. */
  inFlight: number;
  /** Something is amiss: what comes anew waits behind what is here. */
  troubled: boolean;
  releasing: boolean;
}

/** What order needs to know of the pipeline and the cluster. */
export interface OrderedCalls {
  /** All calls sent so far, in order. */
  sent(): Iterable<Call>;
  /** Whether a call that has ended may have been executed. */
  executed(call: Call): boolean;
  ownerOf(slot: number): ClusterNode | undefined;
}

/**
 * Keeps the commands on each key in the order of their calls when a node
 * refuses some of them, or is lost. Made at the first trouble: where there is
 * none, one connection per node keeps the order.
 *
 * What was sent behind a refused call cannot be taken back, and may have run:
 * the slot came back, the node woke up, of two keys one had moved already. So
 * what did not run waits until everything of its slot that is under way has
 * ended, which is no more than what the same connection owes anyway. Then it
 * is sent again, in order and together. Only a call of which a later one on
 * the same key has run by then fails: sent again, it would come too late, in
 * silence.
 */
export class KeyOrder implements CallOrder<Call> {
  private readonly lanes = new Map<number, Lane>();

  constructor(
    private readonly calls: OrderedCalls,
    private readonly runner: CallRunner,
  ) {
    for (const call of calls.sent()) {
      const lane = this.laneOf(call);
      lane.calls.push(call);
      if (!call.settled) lane.inFlight += 1;
    }
  }

  /** Whether a call must wait behind others of its slot; it is sent in its turn, then. */
  setAside(call: Call): boolean {
    const lane = this.laneOf(call);
    lane.calls.push(call);
    if (lane.troubled) lane.held.set(call, DISPATCH);
    else lane.inFlight += 1;
    return lane.troubled;
  }

  hold(call: Call, next: NextAttempt): void {
    const lane = this.laneOf(call);
    lane.inFlight -= 1;
    lane.held.set(call, next);
    lane.troubled = true;
    this.goOn(lane);
  }

  awaits(call: Call): void {
    this.laneOf(call).troubled = true;
  }

  ended(call: Call): void {
    const lane = this.laneOf(call);
    if (!lane.held.delete(call)) lane.inFlight -= 1;
    this.goOn(lane);
  }

  /** Takes out everything that waits. */
  takeHeld(): Call[] {
    return [...this.lanes.values()].flatMap(({ held }) => [...held.keys()]);
  }

  private laneOf({ slot }: Call): Lane {
    let lane = this.lanes.get(slot);
    if (lane === undefined) {
      lane = {
        calls: [],
        held: new Map(),
        inFlight: 0,
        troubled: false,
        releasing: false,
      };
      this.lanes.set(slot, lane);
    }
    return lane;
  }

  /** Sends again what waits, once nothing is under way. */
  private goOn(lane: Lane): void {
    // calls may end while others are sent: one loop, not one inside the other
    if (lane.releasing) return;
    lane.releasing = true;
    while (lane.inFlight === 0 && lane.held.size > 0) {
      this.refuseOvertaken(lane);
      this.release(lane);
    }
    lane.releasing = false;
    if (lane.inFlight > 0) return;
    lane.troubled = false;
    lane.calls = [];
  }

  /** Ends the calls that would come behind later ones. */
  private refuseOvertaken(lane: Lane): void {
    const touched = new TouchedKeys();
    const overtaken: Call[] = [];
    for (const call of lane.calls.toReversed()) {
      if (lane.held.has(call)) {
        if (touched.conflict(call)) overtaken.push(call);
      } else if (this.calls.executed(call)) {
        touched.add(call);
      }
    }
    for (const call of overtaken.toReversed()) this.runner.overtaken(call);
  }

  /**
   * Sends what goes the way of the first call that waits: one node is one
   * connection, which keeps their order. What goes elsewhere waits, and so does
   * everything on the same keys behind it.
   */
  private release(lane: Lane): void {
    let way: string | undefined;
    let next: NextAttempt = DISPATCH;
    const waiting = new TouchedKeys();
    const released: [Call, NextAttempt][] = [];
    for (const call of lane.calls) {
      const own = lane.held.get(call);
      if (own === undefined) continue;
      const ownWay = this.wayOf(own, call);
      if (way === undefined) {
        way = ownWay;
        next = own;
      }
      if (ownWay === way && !waiting.conflict(call)) released.push([call, own]);
      else waiting.add(call);
    }
    const now = clock.refresh();
    for (const [call] of released) lane.held.delete(call);
    lane.inFlight += released.length;
    let bounced = false;
    for (const [call, own] of released) {
      if (call.settled) continue;
      if (bounced) {
        lane.inFlight -= 1;
        lane.held.set(call, own);
      } else if (call.deadline <= now) {
        this.runner.endUnsent(call);
      } else {
        // one delay for all, or they would change places
        this.runner.attempt(call, next.kind === 'rest' ? next : own);
        bounced = lane.held.has(call);
      }
    }
  }

  private wayOf(next: NextAttempt, { node, slot }: Call): string {
    if (next.kind === 'rest') return 'rest';
    if (next.kind === 'load') return `load ${node?.label}`;
    if (next.kind === 'there') {
      return next.asking ? `ask ${next.node.label}` : next.node.label;
    }
    return this.calls.ownerOf(slot)?.label ?? 'unknown';
  }
}

/** The keys that some calls read and wrote. */
class TouchedKeys {
  private readonly read = new Set<string>();
  private readonly written = new Set<string>();
  private wholeSlotRead = false;

  add(call: Call): void {
    const keys = keysOf(call);
    if (keys.length === 0) this.wholeSlotRead = true;
    const touched = call.readOnly ? this.read : this.written;
    for (const key of keys) touched.add(key);
  }

  /** Whether the order of a call and of those added matters. */
  conflict(call: Call): boolean {
    const keys = keysOf(call);
    if (keys.length === 0) return this.written.size > 0;
    if (call.readOnly) return keys.some((key) => this.written.has(key));
    return (
      this.wholeSlotRead ||
      keys.some((key) => this.written.has(key) || this.read.has(key))
    );
  }
}

/** Stands for what commands without keys may touch, one after the other. */
const NO_KEY = '\0 no key';

/** The keys of a call, as bytes; none for one that is about its whole slot (CLUSTER COUNTKEYSINSLOT). */
function keysOf({ spec, args }: Call): string[] {
  if (spec.requestPolicy === 'slot_argument') return [];
  const indexes = keyIndexes(spec, args);
  if (indexes.length === 0) return [NO_KEY];
  return indexes.map((index) => {
    const key = args[index]!;
    return Buffer.isBuffer(key)
      ? key.toString('latin1')
      : Buffer.from(String(key)).toString('latin1');
  });
}
