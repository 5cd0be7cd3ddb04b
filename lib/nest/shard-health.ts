import type {
  ReplicaProgress,
  ReplicationInfo,
} from '../replication/writes/replication-info.js';
import {
  SLOT_COUNT,
  type TopologyShard,
} from '../topology/cluster-topology.js';
import type {
  HealthStatus,
  ReplicaHealth,
  ShardHealth,
} from './cluster-health.interface.js';
import type { PrimaryAnswer, PrimarySilence } from './node-probe.js';

/** Beyond which a shard is degraded. @internal */
export interface HealthLimits {
  readonly maxLagSeconds: number;
  readonly maxLagBytes: number;
  readonly minReplicas: number;
}

/** Judges one shard by the topology and by what its primary answered. @internal */
export function judgeShard(
  shard: TopologyShard,
  answer: PrimaryAnswer | PrimarySilence,
  limits: HealthLimits,
): ShardHealth {
  const { address } = shard.primary;
  const base = { slots: shard.slots.map(([from, to]) => [from, to] as const) };
  if ('error' in answer) {
    return {
      ...base,
      status: 'down',
      message: `${address}: ${answer.error}`,
      primary: { address, reachable: false, latencyMs: null },
      replicas: shard.replicas.map(unknownReplica),
    };
  }
  const primary = { address, reachable: true, latencyMs: answer.latencyMs };
  if (answer.clusterState !== 'ok') {
    return {
      ...base,
      status: 'down',
      message: `${address} refuses commands: cluster_state is ${answer.clusterState}`,
      primary,
      replicas: shard.replicas.map(unknownReplica),
    };
  }
  if (!answer.info.primary) {
    // served all the same: it redirects to the new primary
    return {
      ...base,
      status: 'degraded',
      message: `${address} is a replica now; its successor is not known yet`,
      primary,
      replicas: shard.replicas.map(unknownReplica),
    };
  }
  const replicas = judgeReplicas(shard, answer.info);
  const troubles = replicas.flatMap((replica) => troubleOf(replica, limits));
  if (replicas.length < limits.minReplicas) {
    troubles.push(
      `${address} has ${replicas.length} of ${limits.minReplicas} required replicas`,
    );
  }
  const status: HealthStatus = troubles.length === 0 ? 'up' : 'degraded';
  return { ...base, status, message: troubles.join('; '), primary, replicas };
}

function judgeReplicas(
  shard: TopologyShard,
  info: ReplicationInfo,
): ReplicaHealth[] {
  const lines = matchLines(shard, info.replicas);
  return shard.replicas.map((replica, index) => {
    const line = lines[index];
    return {
      address: replica.address,
      reachable: replica.healthy,
      linkUp: line?.online ?? false,
      lagBytes:
        line === undefined ? null : Math.max(0, info.offset - line.offset),
      lagSeconds: line?.lagSeconds ?? null,
    };
  });
}

/**
 * Which line of the primary's answer belongs to which replica. The primary
 * names replicas by the address it sees, which behind NAT or with announced
 * host names is not the topology's: then by port, then whichever is left, so
 * that the number of linked replicas is right in any case.
 */
function matchLines(
  shard: TopologyShard,
  lines: readonly ReplicaProgress[],
): (ReplicaProgress | undefined)[] {
  const left = new Set(lines);
  const matched = shard.replicas.map(
    (): ReplicaProgress | undefined => undefined,
  );
  const passes: ((line: ReplicaProgress, index: number) => boolean)[] = [
    (line, index) => line.address === shard.replicas[index]?.address,
    (line, index) => line.address.endsWith(`:${shard.replicas[index]?.port}`),
    () => true,
  ];
  for (const fits of passes) {
    for (const index of matched.keys()) {
      if (matched[index] !== undefined) continue;
      const line = [...left].find((candidate) => fits(candidate, index));
      if (line === undefined) continue;
      matched[index] = line;
      left.delete(line);
    }
  }
  return matched;
}

function troubleOf(replica: ReplicaHealth, limits: HealthLimits): string[] {
  const { address, lagSeconds, lagBytes } = replica;
  if (!replica.reachable) return [`replica ${address} has failed`];
  if (!replica.linkUp) return [`replica ${address} is not linked`];
  if (lagSeconds !== null && lagSeconds > limits.maxLagSeconds) {
    return [`replica ${address} was last heard of ${lagSeconds} s ago`];
  }
  if (lagBytes !== null && lagBytes > limits.maxLagBytes) {
    return [`replica ${address} is ${lagBytes} bytes behind`];
  }
  return [];
}

function unknownReplica(
  replica: TopologyShard['replicas'][number],
): ReplicaHealth {
  return {
    address: replica.address,
    reachable: replica.healthy,
    linkUp: false,
    lagBytes: null,
    lagSeconds: null,
  };
}

/** The ranges of slots that no shard of the topology owns. @internal */
export function uncoveredSlots(
  shards: readonly TopologyShard[],
): [number, number][] {
  const ranges = shards
    .flatMap((shard) => shard.slots)
    .toSorted(([a], [b]) => a - b);
  const gaps: [number, number][] = [];
  let next = 0;
  for (const [from, to] of ranges) {
    if (from > next) gaps.push([next, from - 1]);
    next = Math.max(next, to + 1);
  }
  if (next < SLOT_COUNT) gaps.push([next, SLOT_COUNT - 1]);
  return gaps;
}
