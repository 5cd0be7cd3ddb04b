import type { RedisClusterClient } from '../client/redis-cluster-client.js';
import {
  parseReplicationInfo,
  type ReplicationInfo,
} from '../replication/writes/replication-info.js';

/** What a primary answered. @internal */
export interface PrimaryAnswer {
  readonly latencyMs: number;
  readonly info: ReplicationInfo;
  /** `cluster_state` as this node sees it: `ok` or `fail` */
  readonly clusterState: string;
}

/** A primary that did not answer, and why. @internal */
export interface PrimarySilence {
  readonly error: string;
}

/**
 * Asks primaries how they are. A node that does not answer is asked once and
 * not again until that question is settled, however often it is probed: the
 * questions would only pile up in front of a frozen node.
 *
 * @internal
 */
export class NodeProbe {
  private readonly open = new Map<string, Promise<PrimaryAnswer>>();

  constructor(
    private readonly client: RedisClusterClient,
    private readonly timeoutMs: number,
  ) {}

  /** Never rejects, and settles within the timeout. */
  async ask(address: string): Promise<PrimaryAnswer | PrimarySilence> {
    let answer = this.open.get(address);
    if (answer === undefined) {
      answer = this.question(address);
      this.open.set(address, answer);
      const settled = (): void => void this.open.delete(address);
      answer.then(settled, settled);
    }
    try {
      return await within(this.timeoutMs, answer);
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  }

  private async question(address: string): Promise<PrimaryAnswer> {
    const start = performance.now();
    const node = this.client.at({ node: address });
    // in one write: the latency is that of one round trip
    const [replication, cluster] = await Promise.all([
      node.call('INFO', 'replication'),
      node.call('CLUSTER', 'INFO'),
    ]);
    const info = parseReplicationInfo(String(replication));
    if (info === undefined) throw new Error('INFO replication shows nothing');
    return {
      latencyMs: Math.round((performance.now() - start) * 100) / 100,
      info,
      clusterState: /cluster_state:(\w+)/.exec(String(cluster))?.[1] ?? '',
    };
  }
}

/** Rejects when the promise has not settled in time. @internal */
export async function within<T>(
  timeoutMs: number,
  promise: Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}
