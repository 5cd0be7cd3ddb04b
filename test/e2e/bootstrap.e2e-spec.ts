import type { LookupFunction } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { RedisClusterClient } from '../../lib/index.js';
import { KEYS, ScriptedCluster, until } from '../support/scripted-cluster.js';
import { raw, type Handler } from '../support/scripted-server.js';
import { clusterInfo } from '../support/scripted-topology.js';

const clusters: ScriptedCluster[] = [];

afterEach(async () => {
  for (const cluster of clusters.splice(0))
    await cluster[Symbol.asyncDispose]();
});

async function opened(
  ...args: Parameters<typeof ScriptedCluster.open>
): Promise<ScriptedCluster> {
  const cluster = await ScriptedCluster.open(...args);
  clusters.push(cluster);
  return cluster;
}

/** Puts a handler in front of what every node answers. */
function answerFirst(cluster: ScriptedCluster, first: Handler): void {
  for (const server of cluster.servers) {
    const { handler } = server;
    server.handler = (command, connection) =>
      first(command, connection) ?? handler(command, connection);
  }
}

/** Connections made to each node that carried data commands. */
const carriers = (cluster: ScriptedCluster): number[] =>
  cluster.servers.map(
    ({ connections }) =>
      connections.filter(({ commands }) =>
        commands.every(([name, word]) => name !== 'CLUSTER' || word === 'INFO'),
      ).length,
  );

describe('a cluster whose state is fail at first', () => {
  it('is waited for: the same connect resolves once it is ok, and so do commands (conformance 14)', async () => {
    const cluster = await opened(2);
    let state: 'ok' | 'fail' = 'fail';
    answerFirst(cluster, ([name, word]) =>
      name === 'CLUSTER' && word === 'INFO'
        ? clusterInfo(cluster.shards, state)
        : undefined,
    );
    const client = cluster.client();
    let connected = false;
    const connecting = client.connect().then(() => (connected = true));
    // asked again, and refused again
    await until(() => cluster.count('CLUSTER', 'INFO') > 2);
    expect(connected).toBe(false);
    state = 'ok';
    await connecting;
    expect(await client.get('a')).toBe(cluster.servers[1]!.address);
  });

  it('is waited for no longer than the budget, and the error says why (conformance 14)', async () => {
    const cluster = await opened(1);
    answerFirst(cluster, ([name, word]) =>
      name === 'CLUSTER' && word === 'INFO'
        ? clusterInfo(cluster.shards, 'fail')
        : undefined,
    );
    const client = cluster.client({ connectTimeoutMs: 3_000 });
    await expect(client.connect()).rejects.toMatchObject({
      code: 'CLUSTER_DOWN',
      message: expect.stringContaining('state is fail') as string,
    });
  });
});

describe('a client that nobody connected', () => {
  it('opens no socket before its first command, and then only what that needs (conformance 18)', async () => {
    const cluster = await opened(3);
    const client = cluster.client();
    // an idle turn of everything that could connect by itself
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(cluster.servers.flatMap(({ connections }) => connections)).toEqual(
      [],
    );
    expect(await client.get('c')).toBe(cluster.servers[1]!.address);
    // connecting ends somewhat later than the call it began with
    await client.connect();
    expect(carriers(cluster)).toEqual([0, 1, 0]);
    expect(await client.get('a')).toBe(cluster.servers[2]!.address);
    expect(carriers(cluster)).toEqual([0, 1, 1]);
  });

  it('connects to another node where the one it needs is away, so that connecting ends (conformance 18)', async () => {
    const cluster = await opened(2);
    await cluster.servers[1]!.close();
    const client = cluster.client();
    const failing = client
      .with({ timeoutMs: 3_000 })
      .get('a')
      .catch((reason: { code: string }) => reason.code);
    await client.connect();
    expect(await client.get('b')).toBe(cluster.servers[0]!.address);
    expect(await failing).toBe('TIMEOUT');
  });
});

describe('a cluster whose addresses all change behind the names of its seeds', () => {
  it.each(['refuse connections', 'swallow every byte'])(
    'is found again by its seeds where the old addresses %s (conformance 59)',
    async (fate) => {
      const before = await opened(3);
      const ports = before.nodes.map(({ port }) => port);
      const after = await opened(3, 0, { host: '127.0.0.2', ports });
      let current = '127.0.0.1';
      const lookup: LookupFunction = (_name, options, callback) => {
        if (options.all === true) {
          callback(null, [{ address: current, family: 4 }]);
        } else callback(null, current, 4);
      };
      await using client = new RedisClusterClient({
        nodes: [`seed.test:${ports[0]}`],
        lookup,
        reconnectDelayMs: { min: 5, max: 50 },
        socketTimeoutMs: 300,
      });
      await client.connect();
      for (const key of KEYS) {
        expect(await client.get(key)).toMatch(/^127\.0\.0\.1:/);
      }
      // the pods are made anew: same ids, same slots, same epochs
      current = '127.0.0.2';
      if (fate === 'refuse connections') {
        await Promise.all(before.servers.map((server) => server.close()));
      } else {
        for (const server of before.servers) server.handler = () => undefined;
      }
      const reads = await Promise.all(KEYS.map((key) => client.get(key)));
      expect(reads).toEqual(after.servers.map(({ address }) => address));
      expect(await client.set('a', 1)).toBe('OK');
      await until(() =>
        before.servers.every(
          ({ openConnections }) => openConnections.length === 0,
        ),
      );
    },
  );
});

describe('seeds that all fail', () => {
  it('are tried on in the background of a call, which runs when one recovers (conformance 13)', async () => {
    const cluster = await opened(1);
    let up = false;
    answerFirst(cluster, (_, connection) => {
      if (up) return undefined;
      connection.drop('rst');
      return raw('');
    });
    const client = cluster.client();
    const call = client.get('a');
    await until(() => cluster.count('HELLO') > 2);
    up = true;
    expect(await call).toBe(cluster.servers[0]!.address);
  });
});
