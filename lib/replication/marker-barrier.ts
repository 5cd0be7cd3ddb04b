import { ReplyError } from '../errors/reply-error.js';
import type { Barrier } from './barrier.js';
import type { BarrierGroup } from './barrier-group.js';
import type { BarrierConnection } from './barrier-connection.js';
import { BarrierReading } from './barrier-reading.js';
import { MARKER } from './marker.js';
import { parseReplicationInfo, primaryOffset } from './replication-info.js';
import { SlotProbes } from './slot-probes.js';

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
    const { connection } = group;
    const probes = new SlotProbes();
    for (const request of group.requests) probes.add(request.writes);

    const marker = connection.send(MARKER);
    const role = connection.send(['ROLE']);
    const wait = connection.send([
      'WAIT',
      group.required,
      waitTimeout(group.deadline),
    ]);
    const sent: Promise<unknown>[] = [marker, role, wait];
    const info = readInfo(connection, sent);
    probes.send(connection, sent);

    marker.catch((error: unknown) => {
      if (error instanceof ReplyError) {
        group.refuse(`the server refused the marker: ${error.message}`);
      }
    });
    role.then(
      (reply) => (group.offset = primaryOffset(reply)),
      () => undefined, // then the count at an early deadline is not known
    );
    wait.catch((error: unknown) => {
      if (error instanceof ReplyError) {
        group.refuse(`the server broke off WAIT: ${error.message}`);
      }
    });

    const replies = await Promise.allSettled(sent);
    for (const reply of replies) {
      if (reply.status === 'rejected' && !(reply.reason instanceof ReplyError))
        throw reply.reason;
    }
    const [marked, , waited] = replies;
    if (marked!.status === 'rejected' || waited!.status === 'rejected') {
      return undefined; // refused above
    }
    return new BarrierReading(Number(waited!.value), await info, probes);
  }
}

/** INFO replication as a {@link BarrierReading} wants it. @internal */
export function readInfo(
  connection: BarrierConnection,
  sent: Promise<unknown>[],
): Promise<BarrierReading['info']> {
  const reply = connection.send(['INFO', 'replication']);
  const info = reply.then(
    (text) =>
      parseReplicationInfo(text) ?? 'the server shows no replication id',
    (error: unknown) =>
      `the replication id behind the writes is not known: ${(error as Error).message}`,
  );
  sent.push(reply);
  return info;
}

/** Whole milliseconds from now; never 0, which would wait for ever. @internal */
export function waitTimeout(deadline: number): number {
  return Math.max(1, Math.ceil(deadline - performance.now()));
}
