import type { RedisClusterClient } from '../client/redis-cluster-client.js';

/** The clients of the module's registrations that are not closed. @internal */
export const registeredClients = new Set<RedisClusterClient>();

/** Keeps a client in mind until it is closed. @internal */
export function registerClient(client: RedisClusterClient): void {
  registeredClients.add(client);
  client.events$.subscribe({
    complete: () => registeredClients.delete(client),
  });
}
