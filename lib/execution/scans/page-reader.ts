import { findCommand } from '../../commands/command-table.js';
import type { Argument } from '../../commands/command-spec.js';
import type { ScannedKeys } from '../../commands/replies/scan-replies.js';
import { parseAddress } from '../../options/node-address.js';
import { hashTagOf } from '../../replication/writes/slot-key.js';
import { keySlot } from '../../routing/key-slot.js';
import { SLOT_COUNT } from '../../topology/cluster-topology.js';
import type { CallSettings } from '../calls/call-settings.js';
import type { Place } from '../fan-outs/place.js';
import type { ScanExecutor } from './scan-executor.js';

/** Before the first page of a pass. */
export const START = '';
/** Behind the last one. */
export const END = '.';

/** One page of a pass, and where the pass stands behind it. */
export interface Page {
  readonly keys: (string | Buffer)[];
  readonly position: string;
  /** Slots below this one are through; {@link SLOT_COUNT} at the end. */
  readonly throughBelow: number;
}

/** Reads the pages of one node. */
export interface PageReader {
  /** The page behind a position. */
  read(position: string): Promise<Page>;
}

const SCAN = findCommand(['SCAN'])!.spec;
const CLUSTERSCAN = findCommand(['CLUSTERSCAN'])!.spec;

/** What a reader has to know of its pass. */
export interface PassTarget {
  readonly executor: ScanExecutor;
  /** `host:port` */
  readonly address: string;
  readonly options: readonly Argument[];
  readonly settings: CallSettings;
}

/** A node, the loss of which ends the pass at once: the cluster tells who has its slots then. */
export function placeOf(address: string): Place {
  return {
    address: parseAddress(address)!,
    label: address,
    failsWhenLost: true,
  };
}

/** Reads with SCAN: the keys of the whole node, in no order; its slots are through only at the end. */
export class ScanReader implements PageReader {
  private readonly place: Place;

  constructor(private readonly target: PassTarget) {
    this.place = placeOf(target.address);
  }

  async read(position: string): Promise<Page> {
    const { executor, options, settings } = this.target;
    const from = position === START ? '0' : position;
    const args = [from, ...options];
    const step = (await executor.executeAt(
      this.place,
      SCAN,
      args,
      settings,
    )) as ScannedKeys<string | Buffer>;
    const ended = step.cursor === '0';
    return {
      keys: step.keys,
      position: ended ? END : step.cursor,
      throughBelow: ended ? SLOT_COUNT : 0,
    };
  }
}

/**
 * Reads with CLUSTERSCAN (Valkey 9.1), which goes through the slots of a node
 * in ascending order. Its cursor is `fingerprint-{tag}-position`: the tag tells
 * the slot, and another fingerprint than that of the process (0 among them)
 * makes it begin that slot anew. So what is behind the slot of the cursor stays
 * read, whatever happens to the node.
 *
 * It says MOVED for a slot that has left, and ASK for one on its way although
 * some keys are still there; both end the pass.
 */
export class ClusterScanReader implements PageReader {
  private readonly place: Place;
  private readonly slots: readonly number[];

  constructor(
    private readonly target: PassTarget,
    slots: Iterable<number>,
  ) {
    this.place = placeOf(target.address);
    this.slots = [...slots].sort((one, other) => one - other);
  }

  async read(position: string): Promise<Page> {
    const { executor, options, settings } = this.target;
    const from = this.cursorAt(position);
    if (from === undefined) {
      return { keys: [], position: END, throughBelow: SLOT_COUNT };
    }
    const step = (await executor.executeAt(
      this.place,
      CLUSTERSCAN,
      [from, ...options],
      settings,
    )) as ScannedKeys<string | Buffer>;
    const { cursor, keys } = step;
    const reached = cursor === '0' ? SLOT_COUNT : keySlot(cursor);
    const next = this.slots.find((slot) => slot >= reached);
    if (next === undefined) {
      return { keys, position: END, throughBelow: SLOT_COUNT };
    }
    return {
      keys,
      position: next === reached ? cursor : beginningOf(next),
      throughBelow: next,
    };
  }

  /** Where the pass goes on: its next slot, if that of the position has left. */
  private cursorAt(position: string): string | undefined {
    const reached = position === START ? 0 : keySlot(position);
    const next = this.slots.find((slot) => slot >= reached);
    if (next === undefined) return undefined;
    return next === reached && position !== START
      ? position
      : beginningOf(next);
  }
}

/** The cursor at the beginning of a slot. */
function beginningOf(slot: number): string {
  return `0-{${hashTagOf(slot)}}-0`;
}

/** Whether a position was given by CLUSTERSCAN. */
export function isClusterPosition(position: string): boolean {
  return position.includes('{');
}
