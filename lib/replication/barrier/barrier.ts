import type { BarrierGroup } from './barrier-group.js';
import type { BarrierReading } from './barrier-reading.js';

/**
 * One way to learn that replicas have everything a primary executed.
 *
 * @internal
 */
export interface Barrier {
  readonly by: 'marker' | 'offset' | 'plainWait';
  /**
   * Asks on the group's connection, and sets the group's `offset` as soon as
   * it is known. Resolves when every reply is in, so that the connection is
   * free again; rejects when the connection is lost.
   */
  ask(group: BarrierGroup): Promise<BarrierReading>;
  /** Ends what it has opened itself. */
  close(): void;
}
