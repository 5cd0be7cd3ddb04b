import { setTimeout as delay } from 'node:timers/promises';
import type { LocalRedisNode } from '../../lib/testing/index.js';

/** The replication links end, and new ones are refused: from now on only the primary has what is written. */
export async function cutFromReplicas(primary: LocalRedisNode): Promise<void> {
  await primary.command('ACL', 'SETUSER', 'default', '-psync', '-sync');
  await primary.command('CLIENT', 'KILL', 'TYPE', 'replica');
}

/**
 * Replicas may follow again.
 *
 * One whose PSYNC was refused tries SYNC directly behind it; where that is
 * allowed by then, it follows without ever acknowledging. It is sent away once
 * more. SYNC has to be allowed: since 8.0 a snapshot has a link of its own.
 */
export async function admitReplicas(primary: LocalRedisNode): Promise<void> {
  await primary.command('ACL', 'SETUSER', 'default', '+@all');
  // longer than the two commands are apart, also where the replica waits for a core
  await delay(250);
  await primary.command('CLIENT', 'KILL', 'TYPE', 'replica');
}
