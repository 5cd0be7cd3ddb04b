import type { ReplicationIdentity } from './replication-identity.js';
import { SlotKeys } from './slot-keys.js';
import type { SharedConnection } from './write-connection.js';
import type { WritesRide } from './writes-ride.js';
import type { WrittenPrimary } from './written-primary.js';

const NONE: readonly ReplicationIdentity[] = [];

/**
 * What one replication scope wrote to one primary. Not yet answered writes are
 * only counted; what the primary executed is kept by slot and key.
 *
 * @typeParam Primary what more its user knows of the primary
 * @internal
 */
export class ShardWrites<Primary extends WrittenPrimary = WrittenPrimary> {
  /** Writes handed to a connection so far, each attempt counted. */
  begun = 0;
  /** The barrier that goes along with the last of them. */
  #ride: WritesRide | undefined = undefined;
  /** How many of them it goes along with. */
  #riding = 0;
  /** The turn of the ride in which the last of them was answered. */
  answeredIn = 0;
  /** Writes handed to a connection and not yet answered. */
  unanswered = 0;
  /** True once the primary has executed a write. */
  executed = false;
  /** True once a write's reply was lost. */
  unknown = false;
  /** Called when the last unanswered write is answered. */
  onAnswered: (() => void) | undefined = undefined;
  readonly written = new SlotKeys();
  /** Nearly always one; a second one means a failover between two writes. */
  identities: readonly ReplicationIdentity[] = NONE;
  /** What was executed rode on this one; undefined where that is not shared. */
  connection: SharedConnection | undefined = undefined;
  /** Some of it rode on another one. */
  scattered = false;
  #mergedInto: ShardWrites<Primary> | undefined = undefined;

  constructor(readonly primary: Primary) {}

  /** Whether there is anything to answer for. */
  get touched(): boolean {
    return this.executed || this.unknown || this.unanswered > 0;
  }

  /** The object that answers for these writes: an outer scope's, after {@link moveInto}. */
  get owner(): ShardWrites<Primary> {
    return this.#mergedInto === undefined ? this : this.#mergedInto.owner;
  }

  /** Why no barrier can prove anything about these writes, as far as that shows before it. */
  get conflict(): string | undefined {
    let id: string | undefined;
    for (const { replicationId, failure, hidden } of this.identities) {
      if (hidden) continue;
      if (failure !== undefined) {
        return `the replication id at a write is not known: ${failure}`;
      }
      if (id !== undefined && replicationId !== id) {
        return 'the primary was demoted or restarted between two writes (its replication id changed)';
      }
      id = replicationId;
    }
    return undefined;
  }

  /** The one history that all writes ran in; undefined where that is not known. */
  get replicationId(): string | undefined {
    const [identity] = this.identities;
    return this.conflict === undefined && !this.#anyHidden
      ? identity?.replicationId
      : undefined;
  }

  get #anyHidden(): boolean {
    return this.identities.some(({ hidden }) => hidden);
  }

  add({ identity, connection, slot, key, asking }: WriteRecord): void {
    this.#ranIn(identity.alone);
    this.#rodeOn(connection, false);
    this.executed = true;
    this.written.add(slot, key, asking);
    const { ride } = this;
    if (ride !== undefined) this.answeredIn = ride.writeAnswered();
  }

  /** A barrier goes along with one of them. */
  ridesOn(ride: WritesRide): void {
    this.#riding = this.#ride === ride ? this.#riding + 1 : 1;
    this.#ride = ride;
  }

  /** The barrier that goes along with all of them; undefined where there is none. */
  get ride(): WritesRide | undefined {
    return this.#riding === this.begun ? this.#ride : undefined;
  }

  answered(): void {
    this.unanswered -= 1;
    if (this.unanswered === 0) this.onAnswered?.();
  }

  /** Leaves these writes, also those still unanswered, to an outer scope. */
  moveInto(outer: ShardWrites<Primary>): void {
    outer.begun += this.begun;
    outer.unanswered += this.unanswered;
    outer.#ranIn(this.identities);
    if (this.executed) outer.#rodeOn(this.connection, this.scattered);
    outer.executed ||= this.executed;
    outer.unknown ||= this.unknown;
    outer.written.addAll(this.written);
    this.#mergedInto = outer;
  }

  /** Shared as long as there is one: that costs a scope nothing. */
  #ranIn(identities: readonly ReplicationIdentity[]): void {
    const known = this.identities;
    if (known === identities) return;
    if (known.length === 0) {
      this.identities = identities;
    } else if (identities.some((identity) => !known.includes(identity))) {
      this.identities = [...new Set([...known, ...identities])];
    }
  }

  /** Before it counts as executed. */
  #rodeOn(connection: SharedConnection | undefined, scattered: boolean): void {
    if (!this.executed) this.connection = connection;
    this.scattered ||= scattered || this.connection !== connection;
  }
}

/**
 * One attempt of one write, from the moment it is handed to a connection.
 * Exactly one of its methods is called when it has ended; a second call does
 * nothing.
 *
 * @internal
 */
export class WriteRecord {
  /** Whether the primary executed it. */
  executed = false;
  #writes: ShardWrites | undefined;
  /** The primary that expects its reply shortly. */
  #expectedBy: WrittenPrimary | undefined = undefined;

  constructor(
    writes: ShardWrites,
    readonly slot: number,
    readonly key: string | Buffer | undefined,
    readonly identity: ReplicationIdentity,
    readonly asking: boolean,
    readonly connection: SharedConnection | undefined,
  ) {
    this.#writes = writes;
    writes.unanswered += 1;
    writes.begun += 1;
  }

  /** What it belongs to, until it has ended. */
  get writes(): ShardWrites | undefined {
    return this.#writes;
  }

  /** Its reply comes in a moment, on a connection that nothing blocks: the next barrier may wait for its scope. */
  expected(): void {
    const primary = this.#writes?.primary;
    if (primary === undefined) return;
    this.#expectedBy = primary;
    primary.expectWrite();
  }

  /** The primary executed it. */
  applied(): void {
    const writes = this.#end();
    if (writes === undefined) return;
    this.executed = true;
    writes.add(this);
    writes.answered();
  }

  /** It failed, but may have written before it did: a script, a transaction. */
  maybeApplied(): void {
    this.applied();
  }

  /**
   * The server refused it, or it was never sent: nothing was executed. Where it
   * will be tried again, call this only when the next attempt's record exists:
   * until then its scope has to wait for it.
   */
  rejected(): void {
    this.#end()?.answered();
  }

  /** It was sent and its reply never came. */
  unknown(): void {
    const writes = this.#end();
    if (writes === undefined) return;
    writes.unknown = true;
    writes.written.add(this.slot, this.key, this.asking);
    writes.answered();
  }

  #end(): ShardWrites | undefined {
    const writes = this.#writes?.owner;
    this.#writes = undefined;
    this.#expectedBy?.expectedWriteEnded();
    this.#expectedBy = undefined;
    return writes;
  }
}
