import { ErrorReply } from '../../protocol/error-reply.js';
import type { Barrier } from './barrier.js';
import type { BarrierCommand } from './barrier-connection.js';
import type { BarrierGoal } from './barrier-goal.js';
import type { BarrierGroup } from './barrier-group.js';
import { BarrierReading, type Count, type Refusal } from './barrier-reading.js';
import { MARKER } from './marker.js';
import { primaryOffset } from '../writes/replication-info.js';
import { SlotProbes } from './slot-probes.js';
import type { SlotTableMemory } from './slot-table-memory.js';

/** @internal */
export const INFO_REPLICATION: BarrierCommand = ['INFO', 'replication'];

/** @internal */
export const ROLE: BarrierCommand = ['ROLE'];

/** Where WAIT stands among the commands, behind marker and ROLE. */
const WAIT_INDEX = 2;

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
  readonly by = 'marker';

  constructor(private readonly slots: SlotTableMemory) {}

  async ask(group: BarrierGroup): Promise<BarrierReading> {
    const probes = new SlotProbes();
    for (const request of group.requests) probes.add(request.writes.written);
    const commands: BarrierCommand[] = [
      MARKER,
      ROLE,
      waitCommand(group.goal, group.deadline),
      INFO_REPLICATION,
    ];
    probes.appendTo(commands, this.slots);

    let refusal: Refusal | undefined;
    let count: Count | undefined;
    let info: unknown;
    const replied = (reply: unknown, index: number): void => {
      switch (index) {
        case 0:
          if (reply instanceof ErrorReply) {
            refusal = { what: 'marker', error: reply };
            // another barrier takes over now, not when this WAIT has expired;
            // a replica refuses WAIT as well, and says in INFO what it is
            if (reply.prefix !== 'READONLY') group.connection.destroy();
          }
          break;
        case 1:
          if (refusal === undefined) group.offset = primaryOffset(reply);
          break;
        case WAIT_INDEX:
          if (reply instanceof ErrorReply) {
            refusal ??= { what: 'wait', error: reply };
          } else count = countOf(reply);
          break;
        case 3:
          info = reply;
          break;
        default:
          probes.replied(reply, index - BEFORE_PROBES);
      }
    };
    try {
      await group.connection.exchange(commands, replied);
      if (refusal === undefined) await probes.lookCloser(group.connection);
    } catch (error) {
      if (refusal === undefined) throw error;
    }
    return new BarrierReading(
      'marker',
      group.offset,
      count,
      info,
      probes,
      refusal,
    );
  }

  close(): void {}
}

/** WAIT or WAITAOF, to a deadline. @internal */
export function waitCommand(
  { replicas, local }: BarrierGoal,
  deadline: number,
): BarrierCommand {
  // whole milliseconds; never 0, which would wait for ever
  const timeout = Math.max(1, Math.ceil(deadline - performance.now()));
  return local === undefined
    ? ['WAIT', replicas, timeout]
    : ['WAITAOF', local ? 1 : 0, replicas, timeout];
}

function countOf(reply: unknown): Count {
  return Array.isArray(reply)
    ? { local: Number(reply[0]) > 0, replicas: Number(reply[1]) }
    : { replicas: Number(reply) };
}
