import { types } from 'node:util';
import {
  refusedPromise,
  type ReadChooser,
  type ReadFrom,
} from '../../options/read-from.js';
import type { ReadMember } from './read-member.js';
import type { ShardReaders } from './shard-readers.js';

/** One way to choose among the members of a shard; all that it accepts take turns. */
type Tier = (member: ReadMember, policy: ReadPolicy) => boolean;

const healthy: Tier = (member) => member.healthy;
const healthyReplica: Tier = (member) =>
  member.role === 'replica' && member.healthy;
const healthyPrimary: Tier = (member) =>
  member.role === 'primary' && member.healthy;
const healthyThere: Tier = (member, policy) =>
  member.zone === policy.zone && healthyReplica(member, policy);
const primaryThere: Tier = (member, policy) =>
  member.zone === policy.zone && healthyPrimary(member, policy);
const hopefulThere: Tier = (member, policy) =>
  member.zone === policy.zone && hopeful(member, policy);
const fast: Tier = (member, policy) =>
  member.healthy && (member.latencyMs ?? Infinity) <= policy.latencyLimit;
const hopeful: Tier = (member) => member.role === 'replica' && member.hopeful;
/** Has lost its primary, or is said to load its data: what it has is older. */
const stale: Tier = (member) => member.role === 'replica' && member.answers;
const notFailed: Tier = (member) =>
  member.role === 'replica' && !member.flagged;
const primary: Tier = (member) => member.role === 'primary';

const LAST_RESORT: readonly Tier[] = [hopeful, healthyPrimary, stale, primary];

/** Of two nodes, one that takes so much longer is not as near as the other. */
const LATENCY_FACTOR = 1.5;
const LATENCY_MARGIN_MS = 0.1;

/** Chooses the node of each read: the first tier that accepts one. */
export class ReadPolicy {
  /** For tiers that look at latency: nodes up to it are as good as the fastest. */
  latencyLimit = Infinity;
  readonly zone: string | undefined;

  constructor(
    readonly readFrom: ReadFrom,
    private readonly tiers: readonly Tier[],
  ) {
    this.zone = typeof readFrom === 'object' ? readFrom.zone : undefined;
  }

  /** Whether it would rather fail than read the primary. */
  get neverPrimary(): boolean {
    return this.readFrom === 'replica';
  }

  /** Allocates nothing. */
  choose(
    shard: ShardReaders,
    members: readonly ReadMember[],
  ): ReadMember | undefined {
    this.look(members);
    for (let nth = 0; nth < this.tiers.length; nth++) {
      const member = shard.next(members, this.tiers[nth]!, this);
      if (member !== undefined) return member;
    }
    return undefined;
  }

  /** Those that take turns now. */
  eligible(members: readonly ReadMember[]): readonly ReadMember[] {
    this.look(members);
    for (const tier of this.tiers) {
      const found = members.filter((member) => tier(member, this));
      if (found.length > 0) return found;
    }
    return [];
  }

  /** Looks at all members before it chooses. */
  protected look(_members: readonly ReadMember[]): void {}
}

class LatencyPolicy extends ReadPolicy {
  protected override look(members: readonly ReadMember[]): void {
    let least = Infinity;
    for (const member of members) {
      const { latencyMs } = member;
      if (latencyMs !== undefined && latencyMs < least && member.healthy) {
        least = latencyMs;
      }
    }
    this.latencyLimit = least * LATENCY_FACTOR + LATENCY_MARGIN_MS;
  }
}

/** What the caller's function chooses. */
class ChosenPolicy extends ReadPolicy {
  constructor(private readonly chooser: ReadChooser) {
    super(chooser, []);
  }

  override choose(
    _shard: ShardReaders,
    members: readonly ReadMember[],
  ): ReadMember | undefined {
    return this.eligible(members)[0];
  }

  override eligible(members: readonly ReadMember[]): readonly ReadMember[] {
    const given = this.chooser(members);
    if (types.isPromise(given)) {
      // what it may reject with is told by nobody, and is no reason to end the process
      given.catch(() => undefined);
      throw refusedPromise();
    }
    const order = given === undefined ? [] : [given].flat();
    const chosen = order.flatMap(
      ({ address }) =>
        members.find((member) => member.address === address) ?? [],
    );
    const best =
      chosen.find((member) => member.healthy) ??
      chosen.find((member) => member.hopeful) ??
      chosen[0] ??
      members.at(-1);
    return best === undefined ? [] : [best];
  }
}

const BY_NAME: Readonly<Record<string, ReadPolicy>> = {
  preferReplica: new ReadPolicy('preferReplica', [
    healthyReplica,
    ...LAST_RESORT,
  ]),
  replica: new ReadPolicy('replica', [
    healthyReplica,
    hopeful,
    stale,
    notFailed,
  ]),
  any: new ReadPolicy('any', [healthy, ...LAST_RESORT]),
  lowestLatency: new LatencyPolicy('lowestLatency', [
    fast,
    healthy,
    ...LAST_RESORT,
  ]),
};

const IN_ZONE: readonly Tier[] = [
  healthyThere,
  hopefulThere,
  primaryThere,
  healthyReplica,
  ...LAST_RESORT,
];

/** The policy of a `readFrom`; undefined for the primary, which is no choice. */
export function readPolicy(readFrom: ReadFrom): ReadPolicy | undefined {
  if (typeof readFrom === 'function') return new ChosenPolicy(readFrom);
  return typeof readFrom === 'object'
    ? new ReadPolicy(readFrom, IN_ZONE)
    : BY_NAME[readFrom];
}
