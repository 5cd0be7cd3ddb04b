/**
 * Opens every client anew, in its process that has run for a while, and times
 * it until its first reply. Who begins rotates.
 *
 * @returns a row a client: the median of its times, in milliseconds
 */
export async function measureConnects(clients, nodes, times) {
  const rivals = clients.filter(
    ({ name }) => name !== 'floor' && name !== 'node-redis-one-node',
  );
  const taken = new Map(rivals.map(({ name }) => [name, []]));
  for (let round = 0; round < times; round++) {
    const first = round % rivals.length;
    for (const client of [...rivals.slice(first), ...rivals.slice(0, first)]) {
      taken.get(client.name).push(await client.ask('connectTime', { nodes }));
    }
  }
  return Array.from(taken, ([name, all]) => ({
    name,
    ms: all.toSorted((a, b) => a - b)[all.length >> 1],
    all,
  }));
}
