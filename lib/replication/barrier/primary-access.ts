import type { WrittenPrimary } from '../writes/written-primary.js';
import type { RidesUnderWay } from './another-look.js';
import type { BarrierConnection } from './barrier-connection.js';
import type { BarrierRequest } from './barrier-request.js';

/** A primary that can be asked for what another one executed. @internal */
export interface SlotOwner extends WrittenPrimary {
  /** The request joins its next barrier. */
  acknowledge(request: BarrierRequest): void;
}

/**
 * What the replication room needs to know of one primary, and to ask of it.
 *
 * @internal
 */
export interface PrimaryAccess {
  /** Where the primary listens, as `host:port`. */
  readonly address: string;
  /** The client whose primary this is; scopes may cover some clients only. */
  readonly client: object;
  /** Shared by all primaries of the client. */
  readonly rides: RidesUnderWay;
  /** The replicas that the topology lists for the shard (`host:port`), failed ones included. */
  configuredReplicas(): readonly string[];
  /** Whether the topology has a node with this `host:port`, in whatever role. */
  isMember(address: string): boolean;
  /** The primary that owns all these slots now; undefined where no one does. */
  ownerOf(slots: readonly number[]): SlotOwner | undefined;
  /** Somebody else may own its slots by now: the topology ought to be read. */
  doubt(): void;
  /** It named another owner of one of its slots, in this MOVED. */
  redirected(moved: string): void;
  openBarrierConnection(timeoutMs: number): Promise<BarrierConnection>;
}
