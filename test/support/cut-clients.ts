import type { LocalRedisCluster } from '../../lib/testing/index.js';

/** Closes the connections of all clients to the primaries, as the servers see them. */
export async function cutClients(cluster: LocalRedisCluster): Promise<void> {
  for (const primary of await cluster.primaries()) {
    await primary.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  }
}
