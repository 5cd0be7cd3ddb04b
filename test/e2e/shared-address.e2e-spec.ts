import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  RedisClusterClient,
  TimeoutError,
  type ClusterTopology,
} from '../../lib/index.js';
import { keySlot } from '../../lib/routing/key-slot.js';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from '../../lib/testing/index.js';
import { errorReplies } from '../support/server-statistics.js';
import { SharedAddress } from '../support/shared-address.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** A key of each shard of three. */
const [B, C, A] = ['b', 'c', 'a'];
const KEYS = Array.from({ length: 60 }, (_, n) => `key:${n}`);

let cluster: LocalRedisCluster;
let client: RedisClusterClient;
/** Two nodes that clients reach at one address, and one with its own. */
let together: readonly [LocalRedisNode, LocalRedisNode];
let alone: LocalRedisNode;

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({ replicas: 0 });
  together = [await cluster.primaryOf(B), await cluster.primaryOf(C)];
  alone = await cluster.primaryOf(A);
});
afterEach(async () => {
  client?.destroy();
  await cluster.flush();
});
afterAll(() => cluster.stop());

/** Two nodes announce one port; resolves when all nodes know. */
async function announce(port: number): Promise<void> {
  for (const node of together) {
    await node.command('CONFIG', 'SET', 'cluster-announce-port', port);
  }
  for (const node of cluster.nodes) {
    await expect
      .poll(async () => String(await node.command('CLUSTER', 'NODES')))
      .toSatisfy(
        (view: string) =>
          view.split(`:${port}@`).length === together.length + 1,
      );
  }
}

function topology(): ClusterTopology {
  let last: ClusterTopology | undefined;
  client.topology$.subscribe((one) => (last = one)).unsubscribe();
  return last!;
}

/** By the slots as they are shared out at the start: no slot moves here. */
const owns = (node: LocalRedisNode, slot: number): boolean =>
  node === (slot < 5_461 ? together[0] : slot < 10_922 ? together[1] : alone);

describe('two shards behind one address', () => {
  it('of a proxy that knows both are one place: the map is right, and every call reaches its node', async () => {
    await using proxy = await SharedAddress.open(together, ([, key = '']) =>
      owns(together[1], keySlot(key)) ? together[1] : together[0],
    );
    const { address, port } = proxy.server;
    await announce(port);
    client = new RedisClusterClient({ nodes: [address] });
    await client.connect();

    const { shards, spare } = topology();
    expect(
      shards.map(({ primary, slots }) => [primary.address, slots]),
    ).toEqual([
      [address, [[0, 10_921]]],
      [alone.address, [[10_922, 16_383]]],
    ]);
    expect(spare).toEqual([]);

    await Promise.all(KEYS.map((key) => client.set(key, `of ${key}`)));
    expect(await client.mget(...KEYS)).toEqual(KEYS.map((key) => `of ${key}`));
    expect(await client.incr(B)).toBe(1);
    expect(await client.incr(C)).toBe(1);
    for (const node of [...together, alone]) {
      const mine = KEYS.filter((key) => owns(node, keySlot(key)));
      expect(mine.length).toBeGreaterThan(5);
      for (const key of mine) {
        expect(await node.command('GET', key)).toBe(`of ${key}`);
      }
    }
    // the one for calls, and the one that asks for the topology
    expect(proxy.server.openConnections.length).toBeLessThanOrEqual(2);
  });

  it('of a balancer that leads to either, connection by connection, are both served: MOVED to the same address means another connection', async () => {
    let turn = 0;
    const either = {
      host: together[0].host,
      get port() {
        return together[turn++ % 2]!.port;
      },
    };
    await using proxy = await TcpProxy.open(either);
    await announce(proxy.port);
    client = new RedisClusterClient({ nodes: [proxy.address] });
    await client.connect();
    expect(topology().shards).toHaveLength(2);

    for (let round = 0; round < 5; round++) {
      expect(await client.incr(B)).toBe(round + 1);
      expect(await client.incr(C)).toBe(round + 1);
      expect(await client.incr(A)).toBe(round + 1);
    }
    await Promise.all(
      Array.from({ length: 50 }, () => [client.incr(B), client.incr(C)]).flat(),
    );
    expect(await together[0].command('GET', B)).toBe('55');
    expect(await together[1].command('GET', C)).toBe('55');
  });

  it('of a balancer that leads to one of them only: its calls go on, and those of the other end with their time and say MOVED', async () => {
    await using proxy = await TcpProxy.open(together[0]);
    await announce(proxy.port);
    client = new RedisClusterClient({ nodes: [proxy.address] });
    await client.connect();
    const before = proxy.acceptedConnections;

    const lost: unknown = client
      .with({ timeoutMs: 2_000 })
      .set(C, 1)
      .catch((error: unknown) => error);
    const others = Promise.all(
      Array.from({ length: 50 }, () => [client.incr(B), client.incr(A)]).flat(),
    );
    await others;
    const error = await lost;
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ command: 'SET', node: proxy.address });
    expect(messages(error)).toContain(`MOVED 7365 ${proxy.address}`);
    expect(await client.get(B)).toBe('50');
    expect(await client.get(A)).toBe('50');
    // no storm: six connections at once, and six more behind each growing pause
    expect(proxy.acceptedConnections - before).toBeLessThanOrEqual(200);
    expect(await errorReplies(cluster, 'MOVED')).toBeGreaterThan(0);
  });
});

/** An error's text, and those of all its causes. */
function messages(error: unknown): string {
  const texts: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) {
    texts.push(at.message);
  }
  return texts.join('\n');
}
