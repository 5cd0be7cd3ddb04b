import { ErrorReply } from '../../protocol/error-reply.js';
import type { BarrierCommand } from './barrier-connection.js';
import type { ShardWrites } from '../writes/shard-writes.js';
import { isAsking } from '../writes/slot-keys.js';

/** Below this many keys of a slot a repetition is looked for. */
const LOOK_FOR_REPETITION = 16;

/**
 * Asks, behind a WAIT, whether the primary still serves the slots it wrote:
 * acknowledgements of its replicas say nothing about a slot that has moved on.
 *
 * One EXISTS per slot, with all the keys written there: MOVED says that the
 * slot is gone, ASK and TRYAGAIN that some of these keys are. EXISTS does not
 * touch a key's idle time or frequency; it counts as a keyspace hit or miss.
 *
 * @internal
 */
export class SlotProbes {
  readonly #keys = new Map<number, (string | Buffer)[]>();
  /** The slot of each command, in the order sent. */
  readonly #sent: number[] = [];
  readonly #failed = new Map<number, string>();

  add(writes: ShardWrites): void {
    writes.written.each(this.#add);
  }

  /** Appends the probes to a barrier. */
  appendTo(commands: BarrierCommand[]): void {
    for (const [marked, keys] of this.#keys) {
      if (isAsking(marked)) {
        commands.push(['ASKING']);
        this.#sent.push(-1); // refused, it shows in the probe behind it
      }
      commands.push(['EXISTS', ...keys]);
      this.#sent.push(marked);
    }
  }

  /** @param index counted from the first probe */
  replied(reply: unknown, index: number): void {
    if (!(reply instanceof ErrorReply)) return;
    const marked = this.#sent[index]!;
    if (marked !== -1) this.#failed.set(marked, reasonOf(reply));
  }

  /** Why these writes are not where their keys are looked up; undefined if they are. */
  failure(writes: ShardWrites): string | undefined {
    if (this.#failed.size === 0) return undefined;
    return writes.written.firstAmong(this.#failed);
  }

  readonly #add = (marked: number, key: string | Buffer): void => {
    const keys = this.#keys.get(marked);
    if (keys === undefined) this.#keys.set(marked, [key]);
    else if (keys.length >= LOOK_FOR_REPETITION || !keys.includes(key)) {
      keys.push(key);
    }
  };
}

function reasonOf(error: ErrorReply): string {
  switch (error.prefix) {
    case 'MOVED':
      return 'a written slot has moved to another shard';
    case 'ASK':
    case 'TRYAGAIN':
      return 'a written slot is moving to another shard';
    default:
      return `whether the primary still owns a written slot is not known: ${error.message}`;
  }
}
