import { ErrorReply } from '../../protocol/error-reply.js';
import type {
  BarrierCommand,
  BarrierConnection,
} from './barrier-connection.js';
import type { ShardWrites } from '../writes/shard-writes.js';
import { isAsking, type SlotKeys } from '../writes/slot-keys.js';
import type { SlotTable } from './slot-table.js';
import type { SlotTableMemory } from './slot-table-memory.js';

/** Below this many keys of a slot a repetition is looked for. */
const LOOK_FOR_REPETITION = 16;

/**
 * While probes are made, by slot as {@link SlotKeys.each} numbers them: where
 * its probe stands, from 1. A Map for it took 100 bytes of every scope.
 */
const placeOf = new Uint16Array(1 << 15);

const CLUSTER_NODES: BarrierCommand = ['CLUSTER', 'NODES'];

/**
 * Asks, behind a WAIT, whether the primary still serves the slots it wrote:
 * acknowledgements of its replicas say nothing about a slot that has moved on.
 *
 * One EXISTS per slot, with all the keys written there: MOVED says that the
 * slot is gone, ASK and TRYAGAIN that some of these keys are. EXISTS does not
 * touch a key's idle time or frequency; it counts as a keyspace hit or miss.
 *
 * A large group asks CLUSTER NODES instead, which tells of all slots at once,
 * and one EXISTS, since only commands on keys are refused while the cluster is
 * down. Where the slots that it does not settle have to be asked for one by
 * one, {@link lookCloser} does.
 *
 * @internal
 */
export class SlotProbes {
  readonly #written: SlotKeys[] = [];
  #keysWritten = 0;
  /** The slot of each command, in the order sent; undefined for what is no probe of one. */
  readonly #sent: (number | undefined)[] = [];
  /** Where one of the slots is now, as MOVED says it. */
  moved: string | undefined;
  #failed: Map<number, string> | undefined;
  /** Where CLUSTER NODES was asked. */
  #asked: SlotTableMemory | undefined;
  #table: SlotTable | undefined;

  add(written: SlotKeys): void {
    this.#written.push(written);
    this.#keysWritten += written.length;
  }

  /**
   * Appends the probes to a barrier.
   *
   * @param memory where given, {@link lookCloser} or {@link openQuestions} has to be called behind the replies
   */
  appendTo(commands: BarrierCommand[], memory?: SlotTableMemory): void {
    if (memory?.isWorthIt(this.#keysWritten) !== true) {
      this.#append(commands, () => true);
      return;
    }
    this.#asked = memory;
    commands.push(CLUSTER_NODES);
    this.#sent.push(undefined);
    let one = false;
    this.#append(commands, (marked) => {
      if (one || isAsking(marked)) return false;
      one = true;
      return true;
    });
  }

  /** @param index counted from the first probe */
  replied(reply: unknown, index: number): void {
    if (index === 0 && this.#asked !== undefined) {
      this.#table = this.#asked.read(reply);
      return;
    }
    const marked = this.#sent[index];
    if (!(reply instanceof ErrorReply) || marked === undefined) return;
    if (reply.prefix === 'MOVED') this.moved ??= reply.message;
    this.#fail(marked, reasonOf(reply));
    // the cluster is down, or EXISTS is not allowed: that may be so for every key
    if (!REDIRECTS.has(reply.prefix)) this.#table = undefined;
  }

  /** Asks for the slots of which CLUSTER NODES told too little. */
  async lookCloser(connection: BarrierConnection): Promise<void> {
    const before = this.#sent.length;
    const commands = this.openQuestions();
    if (commands.length === 0) return;
    await connection.exchange(commands, (reply, index) =>
      this.replied(reply, before + index),
    );
  }

  /** Why these writes are not where their keys are looked up; undefined if they are. */
  failure(writes: ShardWrites): string | undefined {
    return this.#failed === undefined
      ? undefined
      : writes.written.firstAmong(this.#failed);
  }

  /**
   * Judges the slots by what CLUSTER NODES told, where it was asked.
   *
   * @returns the probes of those of which it told too little: {@link lookCloser} sends them
   */
  openQuestions(): readonly BarrierCommand[] {
    const commands: BarrierCommand[] = [];
    if (this.#asked === undefined) return commands;
    const table = this.#table;
    this.#append(commands, (marked) => {
      if (table === undefined || isAsking(marked)) return true;
      if (table.lacks(marked)) this.#fail(marked, MOVED);
      return table.isLeaving(marked);
    });
    return commands;
  }

  /** An EXISTS for each slot that is `wanted`. */
  #append(
    commands: BarrierCommand[],
    wanted: (marked: number) => boolean,
  ): void {
    const first = commands.length;
    const slots = this.#sent;
    const add = (marked: number, key: string | Buffer): void => {
      const place = placeOf[marked]!;
      if (place > 0) {
        const probe = commands[first + place - 1] as (string | Buffer)[];
        if (probe.length > LOOK_FOR_REPETITION || !probe.includes(key, 1)) {
          probe.push(key);
        }
      } else if (wanted(marked)) {
        if (isAsking(marked)) {
          commands.push(['ASKING']);
          // refused, it shows in the probe behind it
          slots.push(undefined);
        }
        placeOf[marked] = commands.push(['EXISTS', key]) - first;
        slots.push(marked);
      }
    };
    const before = slots.length;
    for (const written of this.#written) written.each(add);
    for (let nth = before; nth < slots.length; nth += 1) {
      const marked = slots[nth];
      if (marked !== undefined) placeOf[marked] = 0;
    }
  }

  #fail(marked: number, reason: string): void {
    this.#failed ??= new Map();
    this.#failed.set(marked, reason);
  }
}

const MOVED = 'a written slot has moved to another shard';

const REDIRECTS = new Set(['MOVED', 'ASK', 'TRYAGAIN']);

function reasonOf(error: ErrorReply): string {
  switch (error.prefix) {
    case 'MOVED':
      return MOVED;
    case 'ASK':
    case 'TRYAGAIN':
      return 'a written slot is moving to another shard';
    default:
      return `whether the primary still owns a written slot is not known: ${error.message}`;
  }
}
