import { setTimeout as delay } from 'node:timers/promises';
import { filter, firstValueFrom } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ConfigurationError, RedisClusterClient } from '../../lib/index.js';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from '../../lib/testing/index.js';
import { TcpProxy } from '../support/tcp-proxy.js';

let cluster: LocalRedisCluster;
let client: RedisClusterClient;

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({ primaries: 1, replicas: 1 });
});
afterEach(() => client.destroy());
afterAll(() => cluster.stop());

/** The connections to a node that said READONLY. */
async function readers(node: LocalRedisNode): Promise<number> {
  const list = String(await node.command('CLIENT', 'LIST', 'TYPE', 'normal'));
  return list.split('\n').filter((line) => / flags=\w*r/.test(line)).length;
}

async function pair(): Promise<[LocalRedisNode, LocalRedisNode]> {
  const primary = await cluster.primaryOf('a');
  const [replica] = await cluster.replicasOf(primary);
  return [primary, replica!];
}

describe('reads that wait for a silent primary, since the replica is away', () => {
  it('are answered by the replica once it is back; writes wait', async () => {
    const [primary, replica] = await pair();
    await using toPrimary = await TcpProxy.open(primary);
    await using toReplica = await TcpProxy.open(replica);
    client = new RedisClusterClient({
      ...cluster.clientOptions,
      addressMap: {
        [primary.address]: toPrimary.address,
        [replica.address]: toReplica.address,
      },
      readFrom: 'preferReplica',
      commandTimeoutMs: 600_000,
      // the look at the silent connection is not begun anew: nothing but the return sends reads elsewhere
      socketTimeoutMs: 600_000,
      reconnectDelayMs: { min: 20, max: 100 },
    });
    await client.connect();
    await client.set('a', 'here');
    await client.get('a');

    const health = (): Record<string, boolean> => {
      let found: Record<string, boolean> = {};
      client
        .with({
          readFrom: (candidates) => {
            found = Object.fromEntries(
              candidates.map(({ role, healthy }) => [role, healthy]),
            );
            return undefined;
          },
        })
        .explain('GET', 'a');
      return found;
    };
    toReplica.refuse();
    toReplica.cut('rst');
    await expect.poll(health).toMatchObject({
      replica: false,
    });
    toPrimary.freeze();
    const reads = Array.from({ length: 20 }, () => client.get('a'));
    let written = false;
    const write = client.set('a', 'there').then(() => (written = true));
    await expect.poll(health).toEqual({
      primary: false,
      replica: false,
    });
    // that look falls silent too, a second after it began, and no event tells of it
    await delay(4_000);
    toReplica.refuse(false);
    expect(new Set(await Promise.all(reads))).toEqual(new Set(['here']));
    expect(written).toBe(false);
    toPrimary.thaw();
    await write;
  });
});

describe('the connection by which a replica is read', () => {
  it('is closed when the replica becomes the primary, and opened to the one that follows it', async () => {
    const [primary, replica] = await pair();
    client = new RedisClusterClient({
      ...cluster.clientOptions,
      readFrom: 'preferReplica',
    });
    await client.connect();
    await client.get('a');
    await expect.poll(() => readers(replica)).toBe(1);
    expect(await readers(primary)).toBe(0);

    for (const [to, from] of [
      [replica, primary],
      [primary, replica],
    ] as const) {
      await cluster.failover(to);
      await cluster.waitUntilStable();
      // the redirect tells of it
      await client.set('a', 'here');
      await firstValueFrom(
        client.topology$.pipe(
          filter(({ shards }) => shards[0]?.primary.address === to.address),
        ),
      );
      await client.get('a');
      await expect.poll(() => readers(to)).toBe(0);
      await expect.poll(() => readers(from)).toBe(1);
    }
  });
});

// as plain JavaScript can write it: types refuse it
const later = (): any => Promise.resolve(undefined);

describe('a readFrom function that returns a Promise', () => {
  it('fails the read with an error that says so, and sends nothing to the primary in its stead', async () => {
    client = new RedisClusterClient(cluster.clientOptions);
    await client.connect();
    const [primary] = await pair();
    await primary.command('CONFIG', 'RESETSTAT');
    const read = client.with({ readFrom: later }).get('a');
    await expect(read).rejects.toBeInstanceOf(ConfigurationError);
    await expect(read).rejects.toThrow(/^readFrom: .*Promise/);
    const calls = await primary.command('INFO', 'commandstats');
    expect(String(calls)).not.toContain('cmdstat_get:');
  });
});
