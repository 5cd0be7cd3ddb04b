import { ErrorReply } from '../../protocol/error-reply.js';
import type { BarrierOutcome } from './barrier-outcome.js';
import type { BarrierRequest } from './barrier-request.js';
import {
  acknowledgedUpTo,
  parseReplicationInfo,
  type ReplicaProgress,
  type ReplicationInfo,
} from '../writes/replication-info.js';
import type { SlotProbes } from './slot-probes.js';
import { takeoverDoubt } from './takeover.js';

const NONE: readonly string[] = [];

/** What a server would not do for a barrier. @internal */
export interface Refusal {
  readonly what: 'marker' | 'wait' | 'info' | 'plainWait';
  readonly error: ErrorReply;
}

/** What WAIT, WAITAOF or the offsets said. @internal */
export interface Count {
  readonly replicas: number;
  /** From WAITAOF: whether the primary has it on disk. */
  readonly local?: boolean | undefined;
}

/**
 * What a primary said behind a barrier: how many replicas have its stream, and
 * whether it is still the primary that executed the writes.
 *
 * @internal
 */
export class BarrierReading {
  /** INFO replication, or why it could not be read. */
  readonly info: ReplicationInfo | string;
  #replicas: readonly ReplicaProgress[] | undefined;
  #outcome: BarrierOutcome | undefined;
  /** The histories, all shown, that are the present one: nearly every scope of a group has the same. */
  #present: BarrierRequest['writes']['identities'] | undefined;

  /**
   * @param by the barrier
   * @param offset of the replication stream, behind the writes; undefined where it is not known
   * @param count undefined where nothing was counted
   * @param info the reply of INFO replication
   * @param probes the slot probes, answered
   * @param refusal what the server would not do
   */
  constructor(
    private readonly by: 'marker' | 'offset' | 'plainWait',
    private readonly offset: number | undefined,
    readonly count: Count | undefined,
    info: unknown,
    private readonly probes: SlotProbes,
    readonly refusal?: Refusal,
  ) {
    this.info =
      info instanceof ErrorReply
        ? info.message
        : (parseReplicationInfo(info) ?? 'the server shows no replication id');
  }

  /** The MOVED with which it answered for a slot that it served. */
  get moved(): string | undefined {
    return this.probes.moved;
  }

  /** Whether the node says that it is a primary no more. */
  get demoted(): boolean {
    return typeof this.info !== 'string' && !this.info.primary;
  }

  /**
   * Why the count says nothing about these writes; undefined where it does.
   * The replication id must be the one before each write (a failover and
   * failback on a living connection changes it), or the one that the present
   * one continues from behind the writes; the slots still served here.
   */
  doubt({ writes, takeover }: BarrierRequest): string | undefined {
    const { info } = this;
    if (typeof info === 'string') {
      if (takeover !== undefined) {
        return 'the primary was demoted after a write, and the new one does not show its history';
      }
      return this.probes.failure(writes);
    }
    if (!info.primary) return 'the primary was demoted after a write';
    const changed =
      takeover === undefined
        ? this.#identityDoubt(info, writes.identities)
        : takeoverDoubt(takeover, info);
    return changed ?? this.probes.failure(writes);
  }

  /**
   * The connected replicas that a share of all is not counted of, and should
   * be: members of the cluster that the topology did not list for this shard.
   * A copying tool that follows the primary is no member. Behind a takeover
   * the share stays that of the shard before it.
   */
  unlisted({ goal, writes, takeover }: BarrierRequest): readonly string[] {
    const { among } = goal;
    if (
      among === undefined ||
      takeover !== undefined ||
      typeof this.info === 'string'
    ) {
      return NONE;
    }
    this.#replicas ??= this.info.replicas;
    if (this.#replicas.every(({ address }) => among.includes(address))) {
      return NONE;
    }
    return this.#replicas
      .map(({ address }) => address)
      .filter(
        (address) =>
          !among.includes(address) && writes.primary.isMember(address),
      );
  }

  /** What is counted for a scope, behind the offset of its own barrier where that is another one. */
  outcome(request: BarrierRequest, offset = this.offset): BarrierOutcome {
    const { goal, takeover } = request;
    const own = offset === this.offset;
    const shared =
      own &&
      takeover === undefined &&
      goal.among === undefined &&
      request.writes.identities === this.#present;
    if (shared && this.#outcome !== undefined) return this.#outcome;
    const acknowledgedBy = (): readonly string[] | undefined =>
      goal.local === undefined ? this.#names(offset) : undefined;
    const uncovered = this.#uncovered(request);
    const outcome: BarrierOutcome = {
      acknowledged: this.#counted(request, acknowledgedBy, own),
      acknowledgedBy,
      local: goal.local === true ? (this.count?.local ?? false) : undefined,
      proof:
        takeover !== undefined
          ? 'takeover'
          : uncovered !== undefined && this.by !== 'plainWait'
            ? 'wait'
            : this.by,
      uncovered,
      takenOverBy: undefined,
      reason: undefined,
    };
    if (shared) this.#outcome = outcome;
    return outcome;
  }

  #identityDoubt(
    info: ReplicationInfo,
    identities: BarrierRequest['writes']['identities'],
  ): string | undefined {
    if (identities === this.#present) return undefined;
    let shown = true;
    for (const { hidden, replicationId } of identities) {
      if (hidden) {
        shown = false;
        continue;
      }
      if (replicationId === undefined) {
        return 'the replication id at a write is not known';
      }
      if (replicationId !== info.replicationId) {
        return 'the primary was demoted or restarted after a write (its replication id changed)';
      }
    }
    if (shown) this.#present = identities;
    return undefined;
  }

  #uncovered({ writes, takeover }: BarrierRequest): string | undefined {
    if (takeover !== undefined) return undefined;
    const why =
      typeof this.info === 'string'
        ? this.info
        : writes.identities.find(({ hidden }) => hidden)?.failure;
    if (why === undefined) return undefined;
    const unnoticed = `a failover and failback between a write and its barrier: the replication id is not known (${why})`;
    return this.by === 'plainWait'
      ? `a write that changed nothing, as another connection had made the change; ${unnoticed}`
      : unnoticed;
  }

  #names(offset: number | undefined): string[] | undefined {
    if (typeof this.info === 'string') return undefined;
    this.#replicas ??= this.info.replicas;
    const upTo = offset ?? this.#leastCounted(this.#replicas);
    return upTo === undefined
      ? undefined
      : acknowledgedUpTo(this.#replicas, upTo);
  }

  /**
   * How far all that the marker's WAIT counted are at least: they are those
   * that have come furthest, as INFO was asked behind WAIT.
   */
  #leastCounted(replicas: readonly ReplicaProgress[]): number | undefined {
    const { by, count } = this;
    if (by !== 'marker' || count === undefined) return undefined;
    const offsets = replicas
      .filter(({ online }) => online)
      .map(({ offset }) => offset)
      .sort((one, other) => other - one);
    return count.replicas === 0 ? Infinity : offsets[count.replicas - 1];
  }

  /** Whether nobody follows the primary but these: then there is no need for names. */
  #hasNoOther(replicas: readonly string[]): boolean {
    return typeof this.info !== 'string' && this.info.hasNoOther(replicas);
  }

  #counted(
    { goal, writes }: BarrierRequest,
    acknowledgedBy: BarrierOutcome['acknowledgedBy'],
    own: boolean,
  ): number {
    const { among } = goal;
    const count = own ? this.count?.replicas : undefined;
    if (
      among === undefined &&
      count !== undefined &&
      this.#hasNoOther(writes.primary.configuredReplicas)
    ) {
      return count;
    }
    const names = acknowledgedBy();
    if (names === undefined) return count ?? 0;
    if (among === undefined) {
      return (count ?? names.length) - this.#strangers(names, writes.primary);
    }
    // a primary behind an address translation calls its replicas other names:
    // then they can be counted, but not told apart
    const known = this.#replicas!.some(({ address }) =>
      among.includes(address),
    );
    if (!known) return count ?? names.length;
    return names.filter((name) => among.includes(name)).length;
  }

  /**
   * How many of these are no nodes of the cluster, such as a tool that copies
   * the stream: nobody can promote them. None where the primary calls all its
   * replicas by other names than the topology does.
   */
  #strangers(
    names: readonly string[],
    primary: BarrierRequest['writes']['primary'],
  ): number {
    const { configuredReplicas } = primary;
    if (names.every((name) => configuredReplicas.includes(name))) return 0;
    const isKnown = (name: string): boolean =>
      configuredReplicas.includes(name) || primary.isMember(name);
    if (!this.#replicas!.some(({ address }) => isKnown(address))) return 0;
    return names.filter((name) => !isKnown(name)).length;
  }
}
