import {
  mergeViews,
  parseClusterNodes,
  type ClusterView,
  type NodeRecord,
} from './cluster-view.js';
import type { LocalRedisNode } from './local-redis-node.js';
import { untilNoProblem } from './polling.js';

/** How long the servers may take to do what they were told, in milliseconds. @internal */
export const CHANGE_TIMEOUT_MS = 20_000;

/**
 * Asks the running nodes what the cluster looks like.
 *
 * @internal
 */
export class ClusterObserver {
  /** @param nodes all nodes of the cluster, running or not; may change */
  constructor(private readonly nodes: readonly LocalRedisNode[]) {}

  running(): LocalRedisNode[] {
    return this.nodes.filter(({ state }) => state === 'running');
  }

  anyRunning(): LocalRedisNode {
    const [node] = this.running();
    if (node === undefined) throw new Error('No node of the cluster runs');
    return node;
  }

  /** What the running nodes say together. */
  async view(): Promise<ClusterView> {
    this.anyRunning();
    return mergeViews(await this.views());
  }

  /**
   * Resolves when something holds in every running node's own view.
   *
   * @param problem what does not hold, for the error after the timeout
   * @param meanwhile is called as long as it does not
   */
  async untilEveryView(
    problem: string,
    holds: (view: ClusterView) => boolean,
    meanwhile?: () => Promise<void>,
    timeoutMs = CHANGE_TIMEOUT_MS,
  ): Promise<void> {
    await untilNoProblem(async () => {
      const views = await this.views();
      if (views.every((view) => holds(mergeViews([view])))) return undefined;
      await meanwhile?.();
      return problem;
    }, timeoutMs);
  }

  private async views(): Promise<NodeRecord[][]> {
    const replies = await Promise.all(
      this.running().map((node) => node.command('CLUSTER', 'NODES')),
    );
    return replies.map((reply) => parseClusterNodes(String(reply)));
  }
}
