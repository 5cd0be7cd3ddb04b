import { OutcomeUnknownError, RedisClusterClient } from 'nest-redis-cluster';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from 'nest-redis-cluster/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keySlot } from '../../lib/routing/key-slot.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** Two keys that every piece of work raises together. */
const X = '{a}x';
const Y = '{a}y';
const SLOT = keySlot(X);

let cluster: LocalRedisCluster;
let proxies: TcpProxy[];
let client: RedisClusterClient;

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({
    primaries: 2,
    replicas: 1,
    // what is asked for takes over: not a replica of a node that is busy; and
    // the votes of the next failover are waited for twice as long at most
    nodeTimeoutMs: 4_000,
  });
  proxies = await Promise.all(
    cluster.nodes.map(({ port }) => TcpProxy.open({ host: '127.0.0.1', port })),
  );
  client = new RedisClusterClient({
    ...cluster.clientOptions,
    // a manual failover whose election comes to nothing is repeated
    commandTimeoutMs: 100_000,
    reconnectDelayMs: { min: 5, max: 50 },
    addressMap: ({ host, port }) => {
      const index = cluster.nodes.findIndex((node) => node.port === port);
      return { host, port: proxies[index]?.port ?? port };
    },
  });
  await client.connect();
});

afterAll(async () => {
  client.destroy();
  await Promise.all(proxies.map((proxy) => proxy.close()));
  await cluster.stop();
});

beforeEach(() => cluster.flush());

const BOTH = `
  redis.call('INCR', KEYS[1])
  return redis.call('INCR', KEYS[2])`;

const script = () =>
  client.script({ lua: BOTH, numberOfKeys: 2, reply: Number });

const library = () =>
  client.functionLibrary({
    code: `#!lua name=both
      redis.register_function('both', function(KEYS) ${BOTH} end)`,
    functions: { both: { numberOfKeys: 2, reply: Number } },
  });

/** What raises both keys by one. */
const WORK: Record<string, () => Promise<unknown>> = {
  transactions: () => client.transaction((t) => [t.incr(X), t.incr(Y)]),
  'watched keys': () =>
    client.watch(
      X,
      async (watched) => {
        const before = Number(await watched.get(X));
        return watched.transaction((t) => [t.set(X, before + 1), t.incr(Y)]);
      },
      // two callers and a fault contend for it
      { maxAttempts: 1_000 },
    ),
  scripts: () => script().run([X, Y]),
  functions: () => library().call('both', [X, Y]),
  'scripts in pipelines': async () => {
    const [reply] = await client.pipeline(
      (p) => [script().on(p).run([X, Y]), p.get(X)],
      { settle: true },
    );
    if (reply.status === 'rejected') throw reply.reason;
  },
  'scripts in transactions': () =>
    client.transaction((t) => [script().on(t).run([X, Y])]),
};

const FAULTS: Record<string, () => Promise<void>> = {
  'a failover': async () => {
    const primary = await cluster.primaryOf(SLOT);
    const [replica] = await cluster.replicasOf(primary);
    await cluster.failover(replica!);
    await cluster.waitUntilStable();
  },
  'a slot that moves': async () => {
    const owner = await cluster.primaryOf(SLOT);
    await cluster.migrateSlots(SLOT, await otherThan(owner));
    await cluster.waitUntilStable();
  },
  'SCRIPT FLUSH and FUNCTION FLUSH': async () => {
    for (const node of await cluster.primaries()) {
      await cluster.command(node, 'SCRIPT', 'FLUSH');
      await cluster.command(node, 'FUNCTION', 'FLUSH');
    }
  },
  'connections that are cut': async () => {
    for (const proxy of proxies) proxy.cut('rst');
  },
};

async function otherThan(owner: LocalRedisNode): Promise<LocalRedisNode> {
  return (await cluster.primaries()).find((node) => node !== owner)!;
}

const CALLERS = 2;
/** A failover waits for its election. */
const ROUNDS = (fault: string): number => (fault === 'a failover' ? 1 : 3);

describe.each(Object.keys(WORK))('%s', (kind) => {
  it.each(Object.keys(FAULTS))(
    'are done once each, as a whole, through %s',
    async (fault) => {
      let acknowledged = 0;
      let unknown = 0;
      const load = { running: true };
      const errors: unknown[] = [];
      const callers = Array.from({ length: CALLERS }, async () => {
        while (load.running) {
          try {
            await WORK[kind]!();
            acknowledged += 1;
          } catch (error) {
            if (error instanceof OutcomeUnknownError) unknown += 1;
            else errors.push(error);
          }
        }
      });
      /** Until all callers have gone on. */
      const goOn = async (): Promise<void> => {
        const before = acknowledged;
        await expect
          .poll(() => acknowledged, { interval: 5 })
          .toBeGreaterThan(before + 10);
      };
      await goOn();
      for (let round = 0; round < ROUNDS(fault); round++) {
        await FAULTS[fault]!();
        await goOn();
      }
      load.running = false;
      await Promise.all(callers);
      expect(errors).toEqual([]);
      const [x, y] = (await client.mget(X, Y)).map(Number);
      expect(y).toBe(x);
      expect(x).toBeGreaterThanOrEqual(acknowledged);
      expect(x).toBeLessThanOrEqual(acknowledged + unknown);
      // only what was sent and lost its reply may be unknown
      const most =
        fault === 'connections that are cut' ? ROUNDS(fault) * CALLERS : 0;
      expect(unknown).toBeLessThanOrEqual(most);
    },
  );
});
