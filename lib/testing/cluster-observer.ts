import {
  mergeViews,
  parseClusterNodes,
  type ClusterView,
  type NodeRecord,
} from './cluster-view.js';
import type { LocalRedisNode } from './local-redis-node.js';
import { untilNoProblem } from './polling.js';

/**
 * How long the servers may take to do what they were told, in milliseconds;
 * what can be lost between them comes again in half a node timeout, and an
 * election is begun anew after four. For machines that are slow: what goes well
 * takes some milliseconds.
 *
 * @internal
 */
export const changeTimeoutMs = (nodeTimeoutMs: number): number =>
  60_000 + 4 * nodeTimeoutMs;

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
    meanwhile: () => Promise<void>,
    timeoutMs: number,
  ): Promise<void> {
    await untilNoProblem(async () => {
      const views = await this.views();
      if (views.every((view) => holds(mergeViews([view])))) return undefined;
      await meanwhile();
      return problem;
    }, timeoutMs);
  }

  /**
   * Resolves when every running node has these slots at their new owner, under
   * the owner's new epoch. A node that was told by SETSLOT but does not know the
   * epoch yet takes the slots back for the former owner on its next ping; and
   * one that owns them next would choose an epoch that is in use.
   */
  async untilOwnedBy(
    owner: LocalRedisNode,
    slots: readonly number[],
    timeoutMs: number,
  ): Promise<void> {
    await untilNoProblem(async () => {
      const views = (await this.views()).map((view) => mergeViews([view]));
      const epochs = new Set(
        views.map(({ records }) => records.get(owner.id)?.configEpoch),
      );
      const agreed = views.every(({ owners }) =>
        slots.every((slot) => owners[slot] === owner.id),
      );
      return agreed && epochs.size === 1
        ? undefined
        : `${owner.address} is not known as the owner of the slots`;
    }, timeoutMs);
  }

  private async views(): Promise<NodeRecord[][]> {
    const replies = await Promise.all(
      this.running().map((node) => node.command('CLUSTER', 'NODES')),
    );
    return replies.map((reply) => parseClusterNodes(String(reply)));
  }
}
