import type { BarrierGroup } from './barrier-group.js';
import type { BarrierReading } from './barrier-reading.js';

/**
 * One way to learn that replicas have everything a primary executed. The
 * marker barrier is the one there is; others may take over where a server
 * refuses the marker.
 *
 * @internal
 */
export interface Barrier {
  /**
   * Sends the whole barrier in one write on the group's connection. Sets the
   * group's `offset` as soon as it is known, and refuses the group at once
   * where the server will not do it. Resolves when every reply is in, so that
   * the connection is free again; rejects when the connection is lost.
   */
  ask(group: BarrierGroup): Promise<BarrierReading | undefined>;
}
