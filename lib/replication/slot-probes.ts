import { ReplyError } from '../errors/reply-error.js';
import type { BarrierConnection } from './barrier-connection.js';
import type { ShardWrites } from './shard-writes.js';
import { isAsking } from './slot-keys.js';

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
  readonly #failed = new Map<number, string>();

  add(writes: ShardWrites): void {
    writes.written.each(this.#add);
  }

  /** Sends them; what a slot's probe says is in {@link failure} once all are answered. */
  send(connection: BarrierConnection, sent: Promise<unknown>[]): void {
    for (const [marked, keys] of this.#keys) {
      // refused ASKING shows in the probe behind it
      if (isAsking(marked)) connection.send(['ASKING']).catch(() => undefined);
      sent.push(
        connection.send(['EXISTS', ...keys]).catch((error: unknown) => {
          if (!(error instanceof ReplyError)) throw error;
          this.#failed.set(marked, reasonOf(error));
        }),
      );
    }
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

function reasonOf(error: ReplyError): string {
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
