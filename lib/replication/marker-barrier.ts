import { ErrorReply } from '../protocol/error-reply.js';
import type { Barrier } from './barrier.js';
import type { BarrierCommand } from './barrier-connection.js';
import type { BarrierGroup } from './barrier-group.js';
import { BarrierReading } from './barrier-reading.js';
import { MARKER } from './marker.js';
import { primaryOffset } from './replication-info.js';
import { SlotProbes } from './slot-probes.js';

/** @internal */
export const INFO_REPLICATION: BarrierCommand = ['INFO', 'replication'];

const ROLE: BarrierCommand = ['ROLE'];

/** How many commands stand before the probes. */
const BEFORE_PROBES = 4;

/**
 * Marker, ROLE, WAIT, INFO replication and the slot probes in one write.
 *
 * ROLE (4 us) gives the offset that a replica's own one is compared with when
 * a scope's deadline comes while WAIT still blocks. It stands before WAIT
 * because WAIT's own GETACK raises the offset.
 *
 * @internal
 */
export class MarkerBarrier implements Barrier {
  async ask(group: BarrierGroup): Promise<BarrierReading | undefined> {
    const probes = new SlotProbes();
    for (const request of group.requests) probes.add(request.writes);
    const commands: BarrierCommand[] = [
      MARKER,
      ROLE,
      ['WAIT', group.required, waitTimeout(group.deadline)],
      INFO_REPLICATION,
    ];
    probes.appendTo(commands);

    let refused = false;
    let count: unknown;
    let info: unknown;
    const refuse = (what: string, { message }: ErrorReply): void => {
      refused = true;
      group.refuse(`${what}: ${message}`);
    };
    await group.connection.exchange(commands, (reply, index) => {
      switch (index) {
        case 0:
          if (reply instanceof ErrorReply) {
            refuse('the server refused the marker', reply);
          }
          break;
        case 1:
          group.offset = primaryOffset(reply);
          break;
        case 2:
          if (reply instanceof ErrorReply) {
            refuse('the server broke off WAIT', reply);
          } else count = reply;
          break;
        case 3:
          info = reply;
          break;
        default:
          probes.replied(reply, index - BEFORE_PROBES);
      }
    });
    return refused
      ? undefined
      : new BarrierReading(Number(count), info, probes);
  }
}

/** Whole milliseconds from now; never 0, which would wait for ever. */
function waitTimeout(deadline: number): number {
  return Math.max(1, Math.ceil(deadline - performance.now()));
}
