import type { BarrierRequest } from './barrier-request.js';
import type { ReplicationInfo } from '../writes/replication-info.js';
import { inRootContext } from '../root-context.js';
import { type Takeover, takeoverShownBy } from './takeover.js';
import type { PrimaryAccess, SlotOwner } from './primary-access.js';

/** How often it is looked whether a lost primary has a successor. */
const LOOK_AGAIN_MS = 25;

/**
 * What becomes of the scopes of a primary that was demoted, or whose process
 * has ended: whoever took its slots over may have all that it executed, and
 * then proves it, and counts its own replicas.
 *
 * @internal
 */
export class Succession {
  /** Those whose slots have no new owner yet. */
  readonly #orphans: BarrierRequest[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly access: PrimaryAccess) {}

  /**
   * This node says that it is a primary no more.
   *
   * @param info what it said, if that is readable
   * @returns whether it may say more in a moment
   */
  demoted(request: BarrierRequest, info: ReplicationInfo | string): boolean {
    const shown =
      request.takeover ??
      knownTakeover(request) ??
      (typeof info === 'string'
        ? undefined
        : takeoverShownBy(info, request.writes));
    if (shown === undefined) {
      request.notProven('the primary was demoted after a write');
    } else if (shown === 'pending') {
      this.access.doubt();
      return true;
    } else {
      this.#seek(request, shown);
    }
    return false;
  }

  /** Its process has ended. How far its history went may be known from a barrier before. */
  gone(request: BarrierRequest): void {
    const takeover = knownTakeover(request);
    if (takeover === undefined) {
      request.notProven('the primary refuses connections');
    } else {
      this.#seek(request, takeover);
    }
  }

  /**
   * It says that it is a primary: perhaps restarted, and not yet told that
   * somebody took over.
   *
   * @returns whether somebody did
   */
  replaced(request: BarrierRequest, info: ReplicationInfo | string): boolean {
    const takeover = knownTakeover(request);
    if (
      takeover === undefined ||
      request.takeover !== undefined ||
      typeof info === 'string' ||
      info.replicationId === takeover.replicationId ||
      this.#successorOf(request) === undefined
    ) {
      return false;
    }
    this.#seek(request, takeover);
    return true;
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #seek(request: BarrierRequest, takeover: Takeover): void {
    request.takeover = takeover;
    request.group = undefined;
    const successor = this.#successorOf(request);
    if (successor !== undefined) {
      request.waitingIn?.delete(request);
      successor.acknowledge(request);
      return;
    }
    this.access.doubt();
    this.#orphans.push(request);
    this.#timer ??= inRootContext(() => setTimeout(this.#look, LOOK_AGAIN_MS));
  }

  #successorOf({ writes }: BarrierRequest): SlotOwner | undefined {
    const owner = this.access.ownerOf(writes.written.slots());
    return owner === writes.primary ? undefined : owner;
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    for (const request of this.#orphans.splice(0)) {
      if (request.outcome === undefined) this.#seek(request, request.takeover!);
    }
  };
}

/** How far the history of its writes went, from a barrier that was broken off. */
function knownTakeover({
  offset,
  writes,
}: BarrierRequest): Takeover | undefined {
  const { replicationId } = writes;
  return offset === undefined || replicationId === undefined
    ? undefined
    : { replicationId, offset };
}
