import type { LocalRedisNode } from '../../lib/testing/index.js';

/** The replication links end, and new ones are refused: from now on only the primary has what is written. */
export async function cutFromReplicas(primary: LocalRedisNode): Promise<void> {
  await primary.command('ACL', 'SETUSER', 'default', '-psync', '-sync');
  await primary.command('CLIENT', 'KILL', 'TYPE', 'replica');
}

/**
 * Replicas may follow again.
 *
 * By PSYNC only: one whose PSYNC was refused tries SYNC directly behind it, and
 * if that were allowed by then it would follow without ever acknowledging.
 */
export async function admitReplicas(primary: LocalRedisNode): Promise<void> {
  await primary.command('ACL', 'SETUSER', 'default', '+@all', '-sync');
}
