import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ConfigurationError, RedisClusterClient } from '../../lib/index.js';
import { LocalRedisCluster } from '../../lib/testing/index.js';

/** A byte more than servers take by default; zeroed on demand by the system, so nothing of it is touched. */
const TOO_LARGE = Buffer.alloc(512 * 1024 * 1024 + 1);

let cluster: LocalRedisCluster;
let client: RedisClusterClient;

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({ replicas: 0 });
  client = new RedisClusterClient({
    ...cluster.clientOptions,
    // else it would not have been sent behind others
    maxQueuedBytes: 2 ** 31 - 1,
  });
  await client.connect();
});
afterEach(() => cluster.flush());
afterAll(async () => {
  client.destroy();
  await cluster.stop();
});

describe('an argument of more than 512 MiB', () => {
  it('would end the connection of all its neighbours: the server says so and hangs up', async () => {
    const [node] = cluster.nodes;
    const socket = connect({ host: node!.host, port: node!.port });
    let said = '';
    socket.on('data', (bytes) => {
      said += String(bytes);
    });
    socket.write('*2\r\n$3\r\nGET\r\n$536870913\r\n');
    await once(socket, 'close');
    expect(said).toBe('-ERR Protocol error: invalid bulk length\r\n');
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a command', () => client.set('a', TOO_LARGE)],
    ['call()', () => client.call('SET', 'a', TOO_LARGE)],
    ['a split', () => client.mset({ b: 1, c: 2, a: TOO_LARGE })],
    [
      'a pipeline',
      () => client.pipeline((p) => [p.set('b', 1), p.set('a', TOO_LARGE)]),
    ],
    [
      'a transaction',
      () => client.transaction((t) => [t.set('a', 1), t.set('a', TOO_LARGE)]),
    ],
    ['a script', () => client.eval('return 1', ['a'], [TOO_LARGE])],
  ])(
    'is refused in %s: nothing of it is sent, and its neighbours keep their connection',
    async (_, call) => {
      const id = await client.at({ key: 'a' }).clientId();
      const before = client.get('a');
      const refused = call();
      const behind = client.get('a');
      await expect(refused).rejects.toBeInstanceOf(ConfigurationError);
      await expect(refused).rejects.toMatchObject({
        code: 'CONFIGURATION',
        message: expect.stringContaining('536870913 bytes') as unknown,
      });
      expect(await Promise.all([before, behind])).toEqual([null, null]);
      expect(await client.at({ key: 'a' }).clientId()).toBe(id);
      expect(await client.dbsize()).toBe(0);
    },
  );
});
