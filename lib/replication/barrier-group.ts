import type { BarrierConnection } from './barrier-connection.js';
import type { BarrierRequest } from './barrier-request.js';

/**
 * The requests that one barrier serves: one marker, one WAIT.
 *
 * @internal
 */
export class BarrierGroup {
  readonly size: number;
  /** The last deadline of all: how long its WAIT lasts. */
  readonly deadline: number;
  /** An offset of the replication stream behind all the writes, once known. */
  offset: number | undefined;

  constructor(
    readonly requests: readonly BarrierRequest[],
    readonly required: number,
    readonly connection: BarrierConnection,
  ) {
    this.size = requests.length;
    let deadline = 0;
    for (const request of requests) {
      request.group = this;
      if (request.deadline > deadline) deadline = request.deadline;
    }
    this.deadline = deadline;
  }

  /** What this barrier cannot do, no later one of this primary can. */
  refuse(reason: string): void {
    for (const request of this.requests) request.notProven(reason);
  }
}
