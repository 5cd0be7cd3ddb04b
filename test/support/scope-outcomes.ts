import { expect } from 'vitest';
import type { RedisClusterClient } from '../../lib/client/redis-cluster-client.js';
import { PersistenceError } from '../../lib/errors/persistence-error.js';
import { ReplicationError } from '../../lib/errors/replication-error.js';
import type {
  LocalRedisCluster,
  LocalRedisNode,
} from '../../lib/testing/index.js';

/** The error of a scope that must not be proven. */
export async function unprovenBy<
  Kind extends ReplicationError | PersistenceError,
>(
  kind: new (...args: any[]) => Kind,
  running: Promise<unknown>,
): Promise<Kind> {
  const error: unknown = await running.then(
    (value) => expect.fail(`proven: ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof kind)) throw error as Error;
  return error;
}

/** The error of a replication scope that must not be proven. */
export function unreplicated(
  running: Promise<unknown>,
): Promise<ReplicationError> {
  return unprovenBy(ReplicationError, running);
}

/** Resolves when so many clients of a node are blocked, by WAIT or a blocking command. */
export async function untilBlocked(
  node: LocalRedisNode,
  clients: number,
): Promise<void> {
  await expect
    .poll(async () => String(await node.command('INFO', 'clients')))
    .toContain(`blocked_clients:${clients}\r`);
}

/** The primary of a key, and its replicas. */
export async function shardOf(
  cluster: LocalRedisCluster,
  key: string,
): Promise<{ primary: LocalRedisNode; replicas: LocalRedisNode[] }> {
  const primary = await cluster.primaryOf(key);
  return { primary, replicas: await cluster.replicasOf(primary) };
}

/** Lets every replica of the key's shard have everything so far, and every connection know its history. */
export async function prove(
  client: RedisClusterClient,
  key: string,
  replicas: number,
): Promise<void> {
  await client.ensureReplication(replicas, 60_000, () =>
    client.set(`${key}:proved`, 'x'),
  );
}
