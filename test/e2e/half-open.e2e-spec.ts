import { describe, it } from 'vitest';
import { OutcomeUnknownError, RedisClusterClient } from '../../lib/index.js';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from '../../lib/testing/index.js';
import { RawConnection } from '../support/raw-connection.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** A client of one node, which it reaches through a proxy. */
class Line implements AsyncDisposable {
  private constructor(
    private readonly cluster: LocalRedisCluster,
    readonly node: LocalRedisNode,
    readonly proxy: TcpProxy,
    readonly client: RedisClusterClient,
  ) {}

  static async open(): Promise<Line> {
    const cluster = await LocalRedisCluster.start({
      primaries: 1,
      replicas: 0,
      args: ['--busy-reply-threshold', '200'],
    });
    const [node] = cluster.nodes as [LocalRedisNode];
    const proxy = await TcpProxy.open(node);
    const client = new RedisClusterClient({
      nodes: cluster.seeds,
      addressMap: { [node.address]: proxy.address },
    });
    await client.connect();
    await client.set('a', 1);
    return new Line(cluster, node, proxy, client);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.destroy();
    await this.proxy.close();
    await this.cluster.stop();
  }
}

// they wait for seconds, and compute nothing: side by side
describe.concurrent(
  'a connection that the network forgot, with its node alive',
  () => {
    it('is found by a look from another one: reads succeed, writes are unknown long before their time is over', async ({
      expect,
    }) => {
      await using line = await Line.open();
      const { client, proxy } = line;
      proxy.halfOpen();
      const patient = client.with({ timeoutMs: 60_000 });
      const started = performance.now();
      const [read, write] = await Promise.allSettled([
        patient.get('a'),
        patient.incr('a'),
      ]);
      expect(read).toEqual({ status: 'fulfilled', value: '1' });
      expect(write).toMatchObject({
        status: 'rejected',
        reason: expect.any(OutcomeUnknownError) as unknown,
      });
      expect(performance.now() - started).toBeLessThan(25_000);
      expect(await client.incr('a')).toBe(2);
    });

    it('is found where what it sends is lost on the way, and the server sees it idle', async ({
      expect,
    }) => {
      await using line = await Line.open();
      const { client, proxy } = line;
      proxy.swallow('toServer');
      const write = client.incr('b');
      await expect(write).rejects.toBeInstanceOf(OutcomeUnknownError);
      expect(await client.get('b')).toBe(null);
    });

    it('is found under a blocking command too, once that command’s own time is over', async ({
      expect,
    }) => {
      await using line = await Line.open();
      const { client, proxy, node } = line;
      const pop = client.blpop('queue', 8);
      const read = client.call('XREAD', 'BLOCK', 8_000, 'STREAMS', 's', '5-0');
      await expect
        .poll(
          async () => {
            const clients = await node.command('INFO', 'clients');
            return /blocked_clients:(\d+)/.exec(String(clients))?.[1];
          },
          // both wait for eight seconds, no longer
          { interval: 10 },
        )
        .toBe('2');
      proxy.halfOpen();
      await expect(pop).rejects.toMatchObject({
        code: 'OUTCOME_UNKNOWN',
        cause: { message: expect.stringContaining('half-open') as unknown },
      });
      expect(await read).toBeNull();
    });

    it.for([
      { how: 'paused', words: ['CLIENT', 'PAUSE', '4000', 'ALL'] },
      {
        how: 'busy with a script',
        words: [
          'EVAL',
          "local t = redis.call('TIME')[1] + 4; while tonumber(redis.call('TIME')[1]) < t do end",
          '0',
        ],
      },
    ])(
      'is not taken for it where the node is $how: nothing is unknown, no connection is replaced',
      async ({ words }, { expect }) => {
        await using line = await Line.open();
        const { client, node } = line;
        const raw = await RawConnection.open(node);
        const id = await client.call('CLIENT', 'ID');
        const occupied = raw.send(words);
        await client.del('c');
        expect(await client.incr('c')).toBe(1);
        await occupied;
        raw.destroy();
        expect(await client.call('CLIENT', 'ID')).toBe(id);
      },
    );
  },
);
