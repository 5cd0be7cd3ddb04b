import { randomBytes } from 'node:crypto';
import { SLOTS } from './cluster-view.js';

/**
 * A nodes.conf for each node of a new cluster, written so that the intended
 * primaries start as *replicas*.
 *
 * A primary whose state is "fail" stays so for 2 s after its start
 * (CLUSTER_WRITABLE_DELAY in the servers' cluster.c, not configurable); a
 * replica has no such delay. So the first replica of each shard starts as the
 * owner of its slots, and CLUSTER FAILOVER TAKEOVER makes the intended
 * primary, which is "ok" already, the real one: ready after 0.5 s, not 2.4 s.
 *
 * Not on Redis 8, where takeovers side by side went wrong in 20 of 900 boots
 * (8.6.3; in none of 99 on Redis 7.0, none of 156 on Valkey 9): a node kept
 * an older epoch of itself than the others had of it, or spun for ever with a
 * primary and its replica each a replica of the other. There the intended
 * primaries own the slots from the start.
 *
 * @internal
 */
export class StartingTopology {
  readonly ids: readonly string[];
  /** Ids of nodes that do not exist, which own the slots where there are no replicas. */
  readonly ghosts: readonly string[];
  private readonly shardIds: readonly string[];

  constructor(
    private readonly primaries: number,
    private readonly replicas: number,
    /** Whether the intended primaries have to take over; else they own the slots at the start. */
    readonly takeOver: boolean,
  ) {
    const nodes = primaries * (1 + replicas);
    this.ids = randomIds(nodes);
    this.ghosts = randomIds(takeOver && replicas === 0 ? primaries : 0);
    this.shardIds = randomIds(primaries);
  }

  /** Nodes 0 to P-1 are primaries; the replicas of primary p follow from P + p * R on. */
  shardOf(index: number): number {
    return index < this.primaries
      ? index
      : Math.floor((index - this.primaries) / this.replicas);
  }

  /**
   * @param myself the node the file is for
   * @param addressOf a node's `ip:port@busport[,hostname]`
   * @param withShardIds from Redis 7.2 on: without it every node makes up its
   *   own shard id, and CLUSTER SHARDS stays wrong for good; 7.0 refuses it
   */
  nodesConf(
    myself: number,
    addressOf: (index: number) => string,
    withShardIds: boolean,
  ): string {
    const lines = this.ids.map((id, index) => {
      const shard = this.shardOf(index);
      let address = addressOf(index);
      if (withShardIds) {
        // an empty host name keeps its comma
        if (!address.includes(',')) address += ',';
        address += `,shard-id=${this.shardIds[shard]}`;
      }
      const flags = index === myself ? 'myself,' : '';
      const owner = this.ownerAtStart(shard);
      return owner === id
        ? `${id} ${address} ${flags}${this.ownerFields(shard)}`
        : `${id} ${address} ${flags}slave ${owner} 0 0 ${shard + 1} connected`;
    });
    this.ghosts.forEach((id, shard) => {
      lines.push(`${id} 127.0.0.1:1@2 ${this.ownerFields(shard)}`);
    });
    lines.push(`vars currentEpoch ${this.primaries} lastVoteEpoch 0`, '');
    return lines.join('\n');
  }

  private ownerAtStart(shard: number): string | undefined {
    if (!this.takeOver) return this.ids[shard];
    return this.replicas === 0
      ? this.ghosts[shard]
      : this.ids[this.primaries + shard * this.replicas];
  }

  private ownerFields(shard: number): string {
    const from = Math.floor((shard * SLOTS) / this.primaries);
    const to = Math.floor(((shard + 1) * SLOTS) / this.primaries) - 1;
    return `master - 0 0 ${shard + 1} connected ${from}-${to}`;
  }
}

function randomIds(count: number): string[] {
  return Array.from({ length: count }, () => randomBytes(20).toString('hex'));
}
