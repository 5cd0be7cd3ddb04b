import type { LocalRedisNode } from '../../lib/testing/index.js';

/** In CLIENT LIST: the last thing that a replica's link did was to ask for the stream. */
const ASKS_FOR_STREAM = /^id=(\d+) .* cmd=p?sync /gm;

/** The replication links end, and new ones are refused: from now on only the primary has what is written. */
export async function cutFromReplicas(primary: LocalRedisNode): Promise<void> {
  await primary.command('ACL', 'SETUSER', 'default', '-psync', '-sync');
  await primary.command('CLIENT', 'KILL', 'TYPE', 'replica');
}

/**
 * Replicas may follow again.
 *
 * One whose PSYNC was refused tries SYNC directly behind it; where that is
 * allowed by then, it follows without ever acknowledging. So every link that
 * has come as far as PSYNC is ended: it began before the rights were given, or
 * begins anew. SYNC has to be allowed: since 8.0 a snapshot has a link of its
 * own.
 */
export async function admitReplicas(primary: LocalRedisNode): Promise<void> {
  await primary.command('ACL', 'SETUSER', 'default', '+@all');
  const clients = String(await primary.command('CLIENT', 'LIST'));
  for (const [, id] of clients.matchAll(ASKS_FOR_STREAM)) {
    await primary.command('CLIENT', 'KILL', 'ID', id!);
  }
}
