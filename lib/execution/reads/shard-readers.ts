import type { TopologyShard } from '../../topology/cluster-topology.js';
import type { ClusterNode } from '../cluster-node.js';
import { ReadMember } from './read-member.js';

/** The nodes of one shard that can be read, and whose turn it is. */
export class ShardReaders {
  /** Reads went there since somebody looked. */
  used = false;
  private readonly replicas: readonly ReadMember[];
  private members: readonly ReadMember[] = [];
  private primary: ClusterNode | undefined;
  // clients that begin together do not begin at the same one
  private turn = Math.floor(Math.random() * 1_000);

  /** @param nodeOf the node behind an address of the topology */
  constructor(
    private readonly shard: TopologyShard,
    nodeOf: (address: TopologyShard['primary']) => ClusterNode,
  ) {
    const primary = nodeOf(shard.primary);
    this.replicas = shard.replicas.map(
      (replica) =>
        new ReadMember(
          nodeOf(replica),
          'replica',
          !replica.healthy,
          replica.zone,
          primary,
        ),
    );
  }

  /**
   * The replicas, then the primary.
   *
   * @param primary the owner of the slot: a redirect may have named another
   *   than the topology has, and the replicas are kept until it is read again
   */
  membersFor(primary: ClusterNode): readonly ReadMember[] {
    if (this.primary === primary) return this.members;
    this.primary = primary;
    const zone =
      this.shard.primary.address === primary.label
        ? this.shard.primary.zone
        : undefined;
    this.members = [
      ...this.replicas.filter(({ node }) => node !== primary),
      new ReadMember(primary, 'primary', false, zone, undefined),
    ];
    return this.members;
  }

  /** The next in turn of those that a policy accepts. Allocates nothing. */
  next<Context>(
    members: readonly ReadMember[],
    accepts: (member: ReadMember, context: Context) => boolean,
    context: Context,
  ): ReadMember | undefined {
    const count = members.length;
    for (let nth = 0; nth < count; nth++) {
      const index = (this.turn + nth) % count;
      const member = members[index]!;
      if (!accepts(member, context)) continue;
      // behind the one that was taken: the neighbour of one that is left out has no double share
      this.turn = index + 1;
      return member;
    }
    return undefined;
  }
}
