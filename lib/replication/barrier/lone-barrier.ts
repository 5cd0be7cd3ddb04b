import { ErrorReply } from '../../protocol/error-reply.js';
import { inRootContext } from '../root-context.js';
import { ShardWrites, type WriteRecord } from '../writes/shard-writes.js';
import type { AccompaniedConnection } from './accompanied-connection.js';
import type { BarrierChoice } from './barrier-choice.js';
import type { BarrierCommand } from './barrier-connection.js';
import type { BarrierOutcome } from './barrier-outcome.js';
import { BarrierReading } from './barrier-reading.js';
import { BarrierRequest } from './barrier-request.js';
import { MARKER } from './marker.js';
import { INFO_REPLICATION, waitCommand } from './marker-barrier.js';
import { Ride, RIDE_MS } from './ride.js';
import { SlotProbes } from './slot-probes.js';
import { Speculation } from './speculation.js';

/** How many chances are let pass after one that was of no use; doubled each time. */
const LEAST_PASSED = 4;
const MOST_PASSED = 64;

/** A write that has just been pushed on a connection that carried nothing else. @internal */
export interface LoneWrite {
  readonly record: WriteRecord;
  /** How many replicas its scope requires. */
  readonly replicas: number;
  readonly connection: AccompaniedConnection;
  /** Whether it enters the replication stream whenever it succeeds: then it is its own marker. */
  readonly replicates: boolean;
}

/**
 * A barrier behind the write itself, on its connection and in the same socket
 * write: for a caller who is alone and writes once, one round trip and one
 * write instead of two. (On a connection of its own, sent at the same time, it
 * took 457 us of CPU a scope instead of 395, and had 0.54 to 0.70 of the
 * throughput of `pipeline().set().wait()` instead of 0.90 to 0.98; Node 20,
 * Redis 7.0.15.)
 *
 * Every command of it is in the way of the reply: a marker and ROLE made it
 * 0.150 ms at the median where `pipeline().set().wait()` took 0.122, without
 * ROLE 0.143, without both 0.135. So there is no ROLE, which the count at a
 * deadline needs, and no marker where the write is one itself.
 *
 * It is sent only where the write is all that the connection has to carry.
 * Where somebody else comes meanwhile, or the scope writes again, the scope
 * takes an ordinary barrier, and the next chances are let pass.
 *
 * @internal
 */
export class LoneBarrier {
  #toPass = 0;
  #passed = LEAST_PASSED;

  constructor(private readonly choice: BarrierChoice) {}

  /**
   * Has a barrier go along, where that promises to be of use.
   *
   * @param stillAlone whether no other barrier is under way, asked when the
   *   write leaves
   */
  begin(write: LoneWrite, stillAlone: () => boolean): void {
    const { record, connection } = write;
    if (record.writes?.begun !== 1) return;
    if (record.identity.replicationId === undefined) return;
    if (!this.choice.usesMarker) return;
    if (this.#toPass > 0) {
      this.#toPass -= 1;
      return;
    }
    connection.accompany({
      writing: () => {
        connection.accompany(undefined);
        const { writes } = record;
        if (writes?.begun !== 1 || connection.load !== 1 || !stillAlone()) {
          return;
        }
        inRootContext(() => this.#go(write));
      },
    });
  }

  #go(write: LoneWrite): void {
    const ride = new Ride(write.connection);
    const speculation = new Speculation((useful) => this.#learn(useful));
    write.record.writes!.speculation = speculation;
    const ended = (outcome: BarrierOutcome | undefined): void => {
      ride.end();
      if (ride.crowded) this.#toPass = MOST_PASSED;
      speculation.read(outcome);
    };
    ask(write, ride).then(ended, () => ended(undefined));
  }

  #learn(useful: boolean): void {
    this.#passed = useful
      ? LEAST_PASSED
      : Math.min(this.#passed * 2, MOST_PASSED);
    if (!useful) this.#toPass = Math.max(this.#toPass, this.#passed);
  }
}

/** Marker, WAIT, INFO replication and the slot probe; tells what they prove. */
async function ask(
  { record, replicas, replicates }: LoneWrite,
  ride: Ride,
): Promise<BarrierOutcome | undefined> {
  const written = new ShardWrites(record.writes!.primary);
  written.add(record);
  const goal = { replicas, local: undefined, among: undefined };
  const now = performance.now();
  const request = new BarrierRequest(written, goal, now, now + RIDE_MS, IGNORE);
  const probes = new SlotProbes();
  probes.add(written);
  const marker: BarrierCommand[] = replicates ? [] : [MARKER];
  const waitIndex = marker.length;
  const infoIndex = waitIndex + 1;
  const commands: BarrierCommand[] = [
    ...marker,
    waitCommand(goal, request.deadline),
    INFO_REPLICATION,
  ];
  probes.appendTo(commands);

  let marked = true;
  let count: unknown;
  let info: unknown;
  await ride.exchange(commands, waitIndex, (reply, index) => {
    if (index > infoIndex) probes.replied(reply, index - infoIndex - 1);
    else if (index === infoIndex) info = reply;
    else if (index === waitIndex) count = reply;
    else if (reply instanceof ErrorReply) marked = false;
  });
  if (!marked || typeof count !== 'number') return undefined;
  const reading = new BarrierReading(
    'marker',
    undefined,
    { replicas: count },
    info,
    probes,
  );
  if (reading.demoted || reading.doubt(request) !== undefined) return undefined;
  const outcome = reading.outcome(request);
  return request.isMetBy(outcome) ? outcome : undefined;
}

const IGNORE = { settled: () => undefined };
