import { ErrorReply } from '../../protocol/error-reply.js';
import type {
  BarrierCommand,
  BarrierConnection,
} from './barrier-connection.js';
import type { BarrierRequest } from './barrier-request.js';
import { BarrierReading } from './barrier-reading.js';
import { MARKER } from './marker.js';
import { INFO_REPLICATION, ROLE } from './marker-barrier.js';
import { pokeAfter } from './poke.js';
import { primaryOffset } from '../writes/replication-info.js';
import { SlotProbes } from './slot-probes.js';

/** How long replicas are given to report for a scope whose barrier could not be sent: also for one that has to be scheduled first. */
const WAIT_MS = 40;

/**
 * What is known at the deadline. A WAIT that expires does so up to 100 ms late
 * on an idle server, and one that serves a group lasts to the group's last
 * deadline, so a scope whose time has come is counted on another connection:
 * replicas whose acknowledged offset covers the group's marker. A scope whose
 * barrier was never sent (its lanes are blocked) gets a short one here.
 *
 * @internal
 */
export async function lastCall(
  connection: BarrierConnection,
  requests: readonly BarrierRequest[],
): Promise<void> {
  const probes = new SlotProbes();
  let mostRequired = 0;
  for (const request of requests) {
    probes.add(request.writes.written);
    if (
      request.goal.local === undefined &&
      !isCountable(request) &&
      request.group?.by !== 'plainWait'
    ) {
      mostRequired = Math.max(mostRequired, request.goal.replicas);
    }
  }
  const barrier: BarrierCommand[] =
    mostRequired === 0 ? [] : [MARKER, ROLE, ['WAIT', mostRequired, WAIT_MS]];
  const commands = [...barrier, INFO_REPLICATION];
  const firstProbe = commands.length;
  probes.appendTo(commands);

  let poke: NodeJS.Timeout | undefined;
  if (mostRequired > 0) {
    poke = pokeAfter(WAIT_MS + 2, (ping) => {
      connection.exchange(ping, () => undefined).catch(() => undefined);
    });
  }
  const replies: unknown[] = [];
  try {
    await connection.exchange(commands, (reply, index) => {
      if (index < firstProbe) replies.push(reply);
      else probes.replied(reply, index - firstProbe);
    });
  } finally {
    clearTimeout(poke);
  }
  const marked = mostRequired > 0 && !(replies[0] instanceof ErrorReply);
  const [, role, count] = replies;
  const reading = new BarrierReading(
    'marker',
    marked ? primaryOffset(role) : undefined,
    marked && typeof count === 'number' ? { replicas: count } : undefined,
    replies[firstProbe - 1],
    probes,
  );
  for (const request of requests) settle(request, reading);
}

/** Whether its barrier has come so far that INFO tells who has its writes. */
function isCountable({ group, writes }: BarrierRequest): boolean {
  return (
    group?.offset !== undefined &&
    writes.identities.every(({ hidden }) => !hidden)
  );
}

function settle(request: BarrierRequest, reading: BarrierReading): void {
  const { group, goal } = request;
  // only its own WAITAOF, or WAIT, tells: asked anything, the server has looked at its timeout
  if (group?.by === 'plainWait') return;
  if (goal.local !== undefined && group !== undefined) return;
  const doubt = reading.doubt(request);
  if (doubt !== undefined) {
    request.notProven(doubt);
    return;
  }
  request.owedBy(reading.unlisted(request));
  if (isCountable(request) && typeof reading.info !== 'string') {
    request.settle({
      ...reading.outcome(request, group!.offset),
      ...(request.takeover === undefined ? { proof: group!.by } : {}),
    });
  } else if (reading.count !== undefined && goal.local === undefined) {
    request.settle(reading.outcome(request));
  } else {
    request.notProven('the primary did not answer the barrier in time');
  }
}
