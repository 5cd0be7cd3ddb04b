import type { BarrierConnection } from './barrier-connection.js';
import type { BarrierGoal } from './barrier-goal.js';
import type { BarrierRequest, GroupUnderWay } from './barrier-request.js';

/**
 * The requests that one barrier serves: one marker, one WAIT.
 *
 * @internal
 */
export class BarrierGroup implements GroupUnderWay {
  readonly size: number;
  /**
   * How long its WAIT lasts: to the last deadline of all. WAITAOF to the
   * first: at its deadline a scope cannot be counted otherwise, as no server
   * shows how much a replica has on disk.
   */
  readonly deadline: number;
  offset: number | undefined = undefined;

  constructor(
    readonly requests: readonly BarrierRequest[],
    readonly goal: BarrierGoal,
    readonly connection: BarrierConnection,
    readonly by: 'marker' | 'offset' | 'plainWait',
  ) {
    this.size = requests.length;
    const inMemory = goal.local === undefined;
    let deadline = inMemory ? 0 : Infinity;
    for (const request of requests) {
      request.group = this;
      if (request.deadline > deadline === inMemory) deadline = request.deadline;
    }
    this.deadline = deadline;
  }

  /** Whether nobody waits for it any more. */
  get settled(): boolean {
    return this.requests.every(({ outcome }) => outcome !== undefined);
  }
}
