import { getEventListeners } from 'node:events';
import type { Socket } from 'node:net';
import { filter, firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisClusterClient } from '../../lib/index.js';
import { LocalRedisCluster } from '../../lib/testing/index.js';
import { listenersOf, openSockets } from '../support/listeners.js';

/** A key of each shard of three. */
const KEYS = ['b', 'c', 'a'];

let cluster: LocalRedisCluster;

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({
    // what is asked for takes over: not a replica of a node that is busy
    nodeTimeoutMs: 5_000,
  });
});
afterAll(() => cluster.stop());

/** Of the application, for all its clients; it never fires. */
const { signal } = new AbortController();

/** The sockets of this process that lead to nodes. */
function sockets(): Socket[] {
  const ports = new Set(cluster.nodes.map(({ port }) => port));
  return openSockets().filter(({ remotePort }) => ports.has(remotePort!));
}

/** What is left behind adds to one of these. */
function resources(): Record<string, number> {
  return {
    sockets: sockets().length,
    timers: process
      .getActiveResourcesInfo()
      .filter((name) => name === 'Timeout').length,
    ofProcess: listenersOf(process),
    ofSockets: sockets().reduce((sum, socket) => sum + listenersOf(socket), 0),
    ofSignal: getEventListeners(signal, 'abort').length,
  };
}

/** The runner of the tests has timers of its own. */
const OF_THE_RUNNER: Readonly<Record<string, number>> = { timers: 2 };

/** What there is more of than before; an idle connection may have gone. */
function grown(before: Record<string, number>): [string, number][] {
  return Object.entries(resources()).filter(
    ([name, count]) => count > before[name]! + (OF_THE_RUNNER[name] ?? 0),
  );
}

/** Calls of every kind, all with the one signal. */
async function work(client: RedisClusterClient): Promise<void> {
  const view = client.with({ signal });
  await view.mset(Object.fromEntries(KEYS.map((key) => [key, 1])));
  await Promise.all(KEYS.map((key) => view.get(key)));
  await view.dbsize();
  await view.blpop('{a}none', 0.01);
  await view.transaction((t) => [t.incr('a')]);
  await view.pipeline((p) => KEYS.map((key) => p.get(key)));
  await client.with({ signal, readFrom: 'preferReplica' }).get('b');
  await client.ensureReplication(1, 60_000, () => view.set('c', 1));
}

async function cycle(): Promise<void> {
  const client = new RedisClusterClient(cluster.clientOptions);
  await client.connect();
  await work(client);
  await client.close();
}

describe('sockets, timers and listeners come back to where they were', () => {
  it('behind 30 connect/close cycles (conformance 143)', async () => {
    await cycle();
    const before = resources();
    for (let round = 0; round < 30; round++) await cycle();
    await expect.poll(() => grown(before)).toEqual([]);
  });

  it('behind 10 failovers, with a client that lives through all of them (conformance 143)', async () => {
    const without = resources();
    const client = new RedisClusterClient({
      ...cluster.clientOptions,
      readFrom: 'preferReplica',
    });
    await client.connect();
    const failOver = async (): Promise<void> => {
      const primary = await cluster.primaryOf('a');
      const [replica] = await cluster.replicasOf(primary);
      const seen = firstValueFrom(
        client.topology$.pipe(
          filter(({ shards }) =>
            shards.some((shard) => shard.primary.address === replica!.address),
          ),
        ),
      );
      await cluster.failover(replica!, 'takeover');
      await cluster.waitUntilStable();
      await work(client);
      await seen;
    };
    // twice: each node was primary and replica then
    for (let round = 0; round < 2; round++) await failOver();
    const before = resources();
    for (let round = 0; round < 10; round++) await failOver();
    await expect.poll(() => grown(before)).toEqual([]);
    await client.close();
    await expect.poll(() => grown(without)).toEqual([]);
  }, 300_000);
});
