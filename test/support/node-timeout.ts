import type { LocalRedisCluster } from '../../lib/testing/index.js';

/**
 * Runs work while the nodes take each other for dead after `milliseconds`. The
 * cluster is started with 2 s or more, so that a busy machine fails nothing
 * over before and behind it; and not with many: news that is lost between the
 * nodes comes again in half a node timeout.
 *
 * @param work resumes what it freezes
 */
export async function withNodeTimeout(
  cluster: LocalRedisCluster,
  milliseconds: number,
  work: () => Promise<void>,
): Promise<void> {
  const running = () =>
    cluster.nodes.filter(({ state }) => state === 'running');
  const name = 'cluster-node-timeout';
  const [any] = running();
  const answer = await any!.command('CONFIG', 'GET', name);
  const [, before] = answer as [string, string];
  const set = (timeout: number | string): Promise<unknown> =>
    Promise.all(
      running().map((node) => node.command('CONFIG', 'SET', name, timeout)),
    );
  await set(milliseconds);
  await work().finally(() => set(before));
}
