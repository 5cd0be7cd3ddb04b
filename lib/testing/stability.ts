import {
  agreement,
  parseClusterNodes,
  type NodeRecord,
} from './cluster-view.js';
import type { LocalRedisNode } from './local-redis-node.js';

/** What one node says about itself and the cluster. */
interface Report {
  readonly node: LocalRedisNode;
  readonly info: string;
  readonly view: NodeRecord[];
  readonly replication: string;
  readonly slots: SlotsEntry[];
  readonly shards: unknown[][];
}

type SlotsEntry = [number, number, ...[string, number, string][]];

/**
 * `FUNCTION RESTORE <no functions> APPEND` changes nothing and touches no key,
 * but enters the replication stream. A replica whose offset is still 0 is
 * hidden by CLUSTER SLOTS and "loading" in CLUSTER SHARDS.
 */
const EMPTY_FUNCTION_DUMP = Buffer.from('0a005d9b5c400f7fa2da', 'hex');

/**
 * Asks every running node and tells the first thing that keeps the cluster
 * from being stable: all running nodes are `cluster_state:ok`, name the same
 * nodes, roles and slot owners, every replica follows its primary, CLUSTER SLOTS and CLUSTER
 * SHARDS on every node list every running replica, and nodes that do not run
 * are known to have failed.
 *
 * @param nodes all nodes of the cluster, running or not
 * @internal
 */
export async function instability(
  nodes: readonly LocalRedisNode[],
): Promise<string | undefined> {
  const running = nodes.filter(({ state }) => state === 'running');
  // the cheap question first: a node that boots has no answer to the others
  const early = stateProblem(
    running,
    await Promise.all(running.map(clusterInfo)),
  );
  if (early !== undefined) return early;
  const reports = await Promise.all(running.map(report));
  return (
    stateProblem(
      running,
      reports.map(({ info }) => info),
    ) ??
    disagreement(nodes, reports) ??
    (await chain(reports)) ??
    (await replicationGap(reports)) ??
    (await listingGap(reports))
  );
}

function stateProblem(
  running: readonly LocalRedisNode[],
  infos: readonly string[],
): string | undefined {
  const index = infos.findIndex((info) => !info.includes('cluster_state:ok'));
  return index === -1
    ? undefined
    : `${running[index]?.address} does not say cluster_state:ok`;
}

async function clusterInfo(node: LocalRedisNode): Promise<string> {
  return String(await node.command('CLUSTER', 'INFO').catch(() => ''));
}

async function report(node: LocalRedisNode): Promise<Report> {
  const [info, view, replication, slots, shards] = await Promise.all([
    node.command('CLUSTER', 'INFO'),
    node.command('CLUSTER', 'NODES'),
    node.command('INFO', 'replication'),
    node.command('CLUSTER', 'SLOTS'),
    node.command('CLUSTER', 'SHARDS'),
  ]);
  return {
    node,
    info: String(info),
    view: parseClusterNodes(String(view)),
    replication: String(replication),
    slots: slots as SlotsEntry[],
    shards: shards as unknown[][],
  };
}

function disagreement(
  nodes: readonly LocalRedisNode[],
  reports: readonly Report[],
): string | undefined {
  const [first] = reports;
  if (first === undefined) return 'no node runs';
  for (const { node, view } of reports) {
    if (view.length !== nodes.length) {
      return `${node.address} knows ${view.length} of ${nodes.length} nodes`;
    }
    for (const { id, flags, slots } of view) {
      const known = nodes.find((candidate) => candidate.id === id);
      if (known === undefined) return `${node.address} knows a foreign node`;
      const alive = known.state === 'running';
      if (alive === flags.has('fail') || flags.has('fail?')) {
        return `${node.address} thinks ${known.address} is ${[...flags].join(',')}`;
      }
      // flagged, but the state is still ok and the election still to come
      if (
        !alive &&
        slots.length > 0 &&
        runningReplicasOf(id, reports).length > 0
      ) {
        return `no replica has taken over from ${known.address} yet`;
      }
    }
    if (agreement(view) !== agreement(first.view)) {
      return `${node.address} and ${first.node.address} disagree on roles or slots`;
    }
  }
  return undefined;
}

/**
 * After a failover a second replica may stay with the former primary (Redis
 * 8.6, in one of four), for good, and no client is told of it. It is pointed
 * to the new primary, as an operator would.
 */
async function chain(reports: readonly Report[]): Promise<string | undefined> {
  for (const { node, view } of reports) {
    const record = (id: string | undefined): NodeRecord | undefined =>
      view.find((known) => known.id === id);
    const above = record(record(node.id)?.primaryId)?.primaryId;
    if (above !== undefined) {
      await node.command('CLUSTER', 'REPLICATE', above);
      return `${node.address} is a replica of a replica`;
    }
  }
  return undefined;
}

async function replicationGap(
  reports: readonly Report[],
): Promise<string | undefined> {
  for (const { node, view, replication } of reports) {
    const myself = view.find(({ flags }) => flags.has('myself'));
    if (myself?.role === 'replica') {
      const primary = reports.find(
        (other) => other.node.id === myself.primaryId,
      );
      if (primary === undefined) continue;
      if (!replication.includes('master_link_status:up')) {
        return `${node.address} is not in sync with its primary`;
      }
      // asked itself: what the others know may be the offset of its time as a primary
      if (/^slave_repl_offset:0\r?$/m.test(replication)) {
        await advanceOffset(primary.node);
        return `${node.address} has received nothing from its primary`;
      }
    } else {
      const wanted = runningReplicasOf(node.id, reports).length;
      const online = replication.match(/^slave\d+:.*state=online/gm) ?? [];
      if (online.length < wanted) {
        return `${node.address} has ${online.length} of ${wanted} replicas online`;
      }
    }
  }
  return undefined;
}

/** What clients are told: CLUSTER SLOTS and CLUSTER SHARDS of every node. */
async function listingGap(
  reports: readonly Report[],
): Promise<string | undefined> {
  const owners = reports.filter(({ node, view }) =>
    view.some(({ id, slots }) => id === node.id && slots.length > 0),
  );
  for (const { node, slots, shards } of reports) {
    for (const owner of owners) {
      const replicas = runningReplicasOf(owner.node.id, reports);
      const listed = new Set(
        slots
          .filter(([, , primary]) => primary?.[2] === owner.node.id)
          .flatMap(([, , ...listedNodes]) => listedNodes.map(([, , id]) => id)),
      );
      const missing = [owner.node, ...replicas].find(
        ({ id }) => !listed.has(id),
      );
      if (missing !== undefined) {
        await advanceOffset(owner.node);
        return `CLUSTER SLOTS of ${node.address} does not list ${missing.address}`;
      }
      const online = onlineInShardOf(owner.node.id, shards);
      const offline = [owner.node, ...replicas].find(
        ({ id }) => !online.has(id),
      );
      if (offline !== undefined) {
        await advanceOffset(owner.node);
        return `CLUSTER SHARDS of ${node.address} does not list ${offline.address} as online`;
      }
    }
  }
  return undefined;
}

function runningReplicasOf(
  primaryId: string,
  reports: readonly Report[],
): LocalRedisNode[] {
  return reports
    .filter(({ node, view }) =>
      view.some(
        (record) => record.id === node.id && record.primaryId === primaryId,
      ),
    )
    .map(({ node }) => node);
}

function onlineInShardOf(primaryId: string, shards: unknown[][]): Set<unknown> {
  for (const shard of shards) {
    const members = (pairs(shard).get('nodes') as unknown[][]).map(pairs);
    const primary = members.find((member) => member.get('id') === primaryId);
    if (primary?.get('role') === 'master') {
      return new Set(
        members
          .filter((member) => member.get('health') === 'online')
          .map((member) => member.get('id')),
      );
    }
  }
  return new Set();
}

/** A RESP2 map. */
function pairs(flat: unknown[]): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  for (let i = 0; i + 1 < flat.length; i += 2) map.set(flat[i], flat[i + 1]);
  return map;
}

async function advanceOffset(primary: LocalRedisNode): Promise<void> {
  await primary.command('FUNCTION', 'RESTORE', EMPTY_FUNCTION_DUMP, 'APPEND');
}
