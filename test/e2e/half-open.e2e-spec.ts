import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from 'vitest';
import { OutcomeUnknownError, RedisClusterClient } from '../../lib/index.js';
import { LocalRedisCluster } from '../../lib/testing/index.js';
import { TcpProxy } from '../support/tcp-proxy.js';

describe('a connection that the network forgot, with its node alive', () => {
  let cluster: LocalRedisCluster;
  let proxy: TcpProxy;
  let client: RedisClusterClient;

  beforeAll(async () => {
    cluster = await LocalRedisCluster.start({
      primaries: 1,
      replicas: 0,
      args: ['--busy-reply-threshold', '200'],
    });
  });
  beforeEach(async () => {
    const [node] = cluster.nodes;
    proxy = await TcpProxy.open(node!);
    client = new RedisClusterClient({
      nodes: cluster.seeds,
      addressMap: { [node!.address]: proxy.address },
    });
    await client.connect();
    await client.set('a', 1);
  });
  afterEach(async () => {
    client.destroy();
    await proxy.close();
  });
  afterAll(() => cluster.stop());

  it('is found by a look from another one: reads succeed, writes are unknown long before their time is over', async () => {
    proxy.halfOpen();
    const started = performance.now();
    const [read, write] = await Promise.allSettled([
      client.get('a'),
      client.incr('a'),
    ]);
    expect(read).toEqual({ status: 'fulfilled', value: '1' });
    expect(write).toMatchObject({
      status: 'rejected',
      reason: expect.any(OutcomeUnknownError) as unknown,
    });
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(await client.incr('a')).toBe(2);
  });

  it('is found where what it sends is lost on the way, and the server sees it idle', async () => {
    proxy.swallow('toServer');
    const write = client.incr('b');
    await expect(write).rejects.toBeInstanceOf(OutcomeUnknownError);
    expect(await client.get('b')).toBe(null);
  });

  it('is found under a blocking command too, once that command’s own time is over', async () => {
    const pop = client.blpop('queue', 1);
    const read = client.call('XREAD', 'BLOCK', 1_000, 'STREAMS', 's', '5-0');
    await expect
      .poll(async () => {
        const clients = await cluster.command(cluster.nodes[0]!, 'INFO');
        return /blocked_clients:(\d+)/.exec(String(clients))?.[1];
      })
      .toBe('2');
    proxy.halfOpen();
    await expect(pop).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      cause: { message: expect.stringContaining('half-open') as unknown },
    });
    expect(await read).toBeNull();
  });

  it.each([
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
    async ({ words }) => {
      const [node] = cluster.nodes;
      const id = await client.call('CLIENT', 'ID');
      const [name = '', ...args] = words;
      const occupied = cluster.command(node!, name, ...args);
      await client.del('c');
      expect(await client.incr('c')).toBe(1);
      await occupied;
      expect(await client.call('CLIENT', 'ID')).toBe(id);
    },
  );
});
