import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUS_PORT_OFFSET } from './port-block.js';
import { parseClusterNodes, SLOTS } from './cluster-view.js';
import type { LocalRedisNode } from './local-redis-node.js';
import { untilNoProblem } from './polling.js';
import type { ServerFleet } from './server-fleet.js';
import { instability } from './stability.js';
import { StartingTopology } from './starting-topology.js';

/** Far above what a boot takes (0.5 s; on Redis 8 2.1 s), for machines that are busy. */
const BOOT_TIMEOUT_MS = 60_000;

/**
 * Starts the servers of a new cluster and resolves when it is stable, with
 * the wanted node timeout and coverage rule set.
 *
 * @internal
 */
export async function bootCluster(fleet: ServerFleet): Promise<void> {
  const { settings, version } = fleet;
  const { primaries, replicas, host } = settings;
  const topology = new StartingTopology(
    primaries,
    replicas,
    !(version.kind === 'redis' && version.major >= 8),
  );
  const nodes = topology.ids.map((id, index) => {
    const node = fleet.addNode(index < primaries ? 'primary' : 'replica');
    node.identify(id);
    return node;
  });
  const addressOf = (index: number): string => {
    const { port, hostname } = nodes[index] as LocalRedisNode;
    const address = `${host}:${port}@${port + BUS_PORT_OFFSET}`;
    return hostname === undefined ? address : `${address},${hostname}`;
  };
  const withShardIds = version.major > 7 || version.minor >= 2;
  for (const node of nodes) {
    writeFileSync(
      join(node.directory, 'nodes.conf'),
      topology.nodesConf(node.index, addressOf, withShardIds),
    );
    fleet.launch(node, true);
  }
  await Promise.all(nodes.map((node) => node.untilAnswering()));
  if (topology.takeOver) {
    await Promise.all(nodes.slice(0, primaries).map(takeOver));
  }
  await forgetGhosts(nodes, topology.ghosts);
  const configure = (...words: (string | number)[]): Promise<unknown> =>
    Promise.all(nodes.map((node) => node.command('CONFIG', 'SET', ...words)));
  await untilStable(nodes, BOOT_TIMEOUT_MS);
  await configure(
    'cluster-node-timeout',
    settings.nodeTimeoutMs,
    'cluster-require-full-coverage',
    settings.requireFullCoverage ? 'yes' : 'no',
  );
  if (settings.args.includes('--cluster-replica-no-failover')) return;
  // nobody has been taken for dead by the timeout of before
  await untilStable(nodes, BOOT_TIMEOUT_MS);
  await configure('cluster-replica-no-failover', 'no');
}

/**
 * Resolves when nothing keeps the cluster from being stable.
 *
 * @throws Error with what does, after the timeout
 * @internal
 */
export async function untilStable(
  nodes: readonly LocalRedisNode[],
  timeoutMs: number,
): Promise<void> {
  await untilNoProblem(
    () =>
      // a node that ends or hangs while it is asked is one more reason
      instability(nodes).catch((error: Error) => error.message),
    timeoutMs,
  );
}

async function takeOver(node: LocalRedisNode): Promise<void> {
  await untilNoProblem(async () => {
    const info = String(await node.command('CLUSTER', 'INFO'));
    return info.includes('cluster_state:ok')
      ? undefined
      : `${node.address} does not say cluster_state:ok`;
  }, BOOT_TIMEOUT_MS);
  await node.command('CLUSTER', 'FAILOVER', 'TAKEOVER');
}

/** Only once every node knows the real owners: forgetting an owner drops its slots. */
async function forgetGhosts(
  nodes: readonly LocalRedisNode[],
  ghosts: readonly string[],
): Promise<void> {
  if (ghosts.length === 0) return;
  await untilNoProblem(async () => {
    const views = await Promise.all(
      nodes.map((node) => node.command('CLUSTER', 'NODES')),
    );
    const owned = views.map((view) =>
      parseClusterNodes(String(view))
        .filter(({ id }) => !ghosts.includes(id))
        .flatMap(({ slots }) => slots.map(([from, to]) => to - from + 1))
        .reduce((sum, count) => sum + count, 0),
    );
    return owned.every((count) => count === SLOTS)
      ? undefined
      : 'the primaries do not know each other as owners of the slots';
  }, BOOT_TIMEOUT_MS);
  await Promise.all(
    nodes.flatMap((node) =>
      ghosts.map((ghost) => node.command('CLUSTER', 'FORGET', ghost)),
    ),
  );
}
