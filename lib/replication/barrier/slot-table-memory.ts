import { SlotTable } from './slot-table.js';

/** From so many keys on CLUSTER NODES is less work than an EXISTS for each, for the server and for us. */
const LEAST_KEYS = 32;

/** It grows with the cluster: so many bytes of it are as much work as one EXISTS. */
const BYTES_PER_KEY = 32;

/** Where it is refused, it is tried again after so long: rights change. */
const REFUSED_MS = 30_000;

/**
 * What CLUSTER NODES has said at one primary, for the next group.
 *
 * @internal
 */
export class SlotTableMemory {
  last: SlotTable | undefined = undefined;
  #bytes = 0;
  #againAt = -Infinity;

  /** Whether it is the cheaper question for so many keys. */
  isWorthIt(keys: number): boolean {
    return (
      keys >= LEAST_KEYS &&
      keys >= this.#bytes / BYTES_PER_KEY &&
      performance.now() >= this.#againAt
    );
  }

  read(reply: unknown): SlotTable | undefined {
    const table = SlotTable.read(reply, this.last);
    if (table === undefined) {
      this.#againAt = performance.now() + REFUSED_MS;
      return undefined;
    }
    this.#bytes = (reply as string).length;
    this.last = table;
    return table;
  }
}
