import type {
  LocalRedisCluster,
  LocalRedisNode,
} from 'nest-redis-cluster/testing';

/** The nodes that can be asked. */
const running = (cluster: LocalRedisCluster): LocalRedisNode[] =>
  cluster.nodes.filter(({ state }) => state === 'running');

/** Sets the counters of every running node to zero. */
export async function resetStatistics(
  cluster: LocalRedisCluster,
): Promise<void> {
  await Promise.all(
    running(cluster).map((node) =>
      cluster.command(node, 'CONFIG', 'RESETSTAT'),
    ),
  );
}

/**
 * How often one node was sent a command since the last reset, refused calls
 * included.
 *
 * @param name lower case; a subcommand behind a bar (`script|load`)
 */
export async function callsAt(
  cluster: LocalRedisCluster,
  node: LocalRedisNode,
  name: string,
): Promise<number> {
  const info = String(await cluster.command(node, 'INFO', 'commandstats'));
  const line = info
    .split('\r\n')
    .find((text) => text.startsWith(`cmdstat_${name}:`));
  const count = (field: string): number =>
    Number(new RegExp(`[:,]${field}=(\\d+)`).exec(line ?? '')?.[1] ?? 0);
  return count('calls') + count('rejected_calls');
}

/**
 * How often the nodes together were sent a command; see {@link callsAt}. The
 * replicas' copies of writes count too: pass `nodes` to leave them out.
 */
export async function callsOf(
  cluster: LocalRedisCluster,
  name: string,
  nodes: readonly LocalRedisNode[] = running(cluster),
): Promise<number> {
  const counts = await Promise.all(
    nodes.map((node) => callsAt(cluster, node, name)),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** How many errors of a prefix (`MOVED`, `ERR` ...) the nodes have answered since the last reset. */
export async function errorReplies(
  cluster: LocalRedisCluster,
  prefix: string,
): Promise<number> {
  const infos = await Promise.all(
    running(cluster).map((node) => cluster.command(node, 'INFO', 'errorstats')),
  );
  return infos
    .map((info) =>
      Number(
        new RegExp(`errorstat_${prefix}:count=(\\d+)`).exec(
          String(info),
        )?.[1] ?? 0,
      ),
    )
    .reduce((sum, count) => sum + count, 0);
}

/** One line of CLIENT LIST. */
export interface ClientConnection {
  readonly node: LocalRedisNode;
  readonly id: string;
  readonly name: string;
  readonly user: string;
  /** The last command, lower case. */
  readonly command: string;
}

/** The connections of clients to the nodes, without those of other nodes and of the cluster's administrator. */
export async function clientConnections(
  cluster: LocalRedisCluster,
): Promise<ClientConnection[]> {
  const lists = await Promise.all(
    running(cluster).map(async (node) => {
      const own = String(await cluster.command(node, 'CLIENT', 'ID'));
      const list = String(
        await cluster.command(node, 'CLIENT', 'LIST', 'TYPE', 'NORMAL'),
      );
      return list
        .trim()
        .split('\n')
        .map((line) => {
          const field = (name: string): string =>
            new RegExp(`(?:^| )${name}=(\\S*)`).exec(line)?.[1] ?? '';
          return {
            node,
            id: field('id'),
            name: field('name'),
            user: field('user'),
            command: field('cmd'),
          };
        })
        .filter(({ id }) => id !== own);
    }),
  );
  return lists.flat();
}
