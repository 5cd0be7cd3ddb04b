import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { QueueFullError, RedisClusterClient } from '../../lib/index.js';
import { LocalRedisCluster } from '../../lib/testing/index.js';

const ROOM = 50;

let cluster: LocalRedisCluster;
let client: RedisClusterClient;

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({
    replicas: 0,
    requireFullCoverage: false,
  });
});
afterEach(() => client.destroy());
afterAll(() => cluster.stop());

describe('what is more than the queue of a dark shard holds', () => {
  it.each(['frozen', 'dead'] as const)(
    'is refused in the same turn where the node is %s, before any timer',
    async (how) => {
      client = new RedisClusterClient({
        ...cluster.clientOptions,
        maxQueuedCommands: ROOM,
        // those that wait are answered when the node is back, however long that takes
        commandTimeoutMs: 600_000,
      });
      await client.connect();
      const node = await cluster.primaryOf('a');
      if (how === 'frozen') await cluster.freeze(node);
      else await cluster.kill(node);
      const waiting = Promise.all(
        Array.from({ length: ROOM }, () => client.get('a')),
      );

      const order: string[] = [];
      const timer = setTimeout(() => order.push('a timer'), 0);
      const turn = new Promise<void>((resolve) => {
        setImmediate(() => {
          order.push('the turn after');
          resolve();
        });
      });
      const errors: unknown[] = [];
      const refused = (error: unknown): void => {
        order.push('refused');
        errors.push(error);
      };
      client.get('a').catch(refused);
      client.set('a', 1).catch(refused);
      client.transaction((t) => [t.incr('a')]).catch(refused);
      await turn;
      clearTimeout(timer);
      expect(order.slice(0, 3)).toEqual(['refused', 'refused', 'refused']);
      for (const error of errors) {
        expect(error).toBeInstanceOf(QueueFullError);
        expect(error).toMatchObject({ code: 'QUEUE_FULL', node: node.address });
      }

      if (how === 'frozen') await cluster.resume(node);
      else await cluster.restart(node);
      await cluster.waitUntilStable();
      expect(await waiting).toEqual(Array.from({ length: ROOM }, () => null));
    },
  );
});
