import { ErrorReply } from '../protocol/error-reply.js';
import type {
  BarrierCommand,
  BarrierConnection,
} from './barrier-connection.js';
import type { BarrierRequest } from './barrier-request.js';
import { BarrierReading } from './barrier-reading.js';
import { MARKER } from './marker.js';
import { INFO_REPLICATION } from './marker-barrier.js';
import { acknowledgedUpTo } from './replication-info.js';
import { SlotProbes } from './slot-probes.js';

/** How long replicas are given to report for a scope whose barrier could not be sent. */
const WAIT_MS = 10;

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
    probes.add(request.writes);
    if (request.group?.offset === undefined) {
      mostRequired = Math.max(mostRequired, request.required);
    }
  }
  const barrier: BarrierCommand[] =
    mostRequired === 0 ? [] : [MARKER, ['WAIT', mostRequired, WAIT_MS]];
  const commands = [...barrier, INFO_REPLICATION];
  const firstProbe = commands.length;
  probes.appendTo(commands);

  let poke: NodeJS.Timeout | undefined;
  if (mostRequired > 0) {
    // any byte makes an idle server look at its timeouts, ten a second else
    poke = setTimeout(() => {
      connection.exchange([['PING']], () => undefined).catch(() => undefined);
    }, WAIT_MS + 2);
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
  const reading = new BarrierReading(
    marked && typeof replies[1] === 'number' ? replies[1] : undefined,
    replies[firstProbe - 1],
    probes,
  );
  for (const request of requests) settle(request, reading);
}

function settle(request: BarrierRequest, reading: BarrierReading): void {
  const mismatch = reading.mismatch(request.writes);
  if (mismatch !== undefined) {
    request.notProven(mismatch);
    return;
  }
  const offset = request.group?.offset;
  if (offset !== undefined && typeof reading.info !== 'string') {
    request.count(acknowledgedUpTo(reading.info, offset));
  } else if (reading.count !== undefined) {
    request.count(reading.count);
  } else {
    request.notProven('the primary did not answer the barrier in time');
  }
}
