import { filter, firstValueFrom } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { QueueFullError, type ClusterEvent } from '../../lib/index.js';
import { ScriptedCluster, until } from '../support/scripted-cluster.js';
import { error } from '../support/scripted-server.js';

let cluster: ScriptedCluster;

afterEach(() => cluster[Symbol.asyncDispose]());

const address = (index: number): string => cluster.servers[index]!.address;

const timers = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

/** What became of calls, counted by value or error code. */
async function outcomes(
  calls: readonly Promise<unknown>[],
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const result of await Promise.allSettled(calls)) {
    const how =
      result.status === 'fulfilled'
        ? String(result.value)
        : (result.reason as { code: string }).code;
    counts[how] = (counts[how] ?? 0) + 1;
  }
  return counts;
}

describe('the queue of a dead shard', () => {
  it.each([
    ['in commands', { maxQueuedCommands: 100 }, 'x', 100],
    ['in bytes', { maxQueuedBytes: 100_000 }, 'x'.repeat(9_900), 10],
  ])(
    'is bounded %s: more is a typed error at once, other shards go on, and what waited is sent once the node is back (conformance 56)',
    async (_, options, value, room) => {
      cluster = await ScriptedCluster.open(2);
      const client = await cluster.connected(options);
      const { port } = cluster.servers[1]!;
      const lost = firstValueFrom(
        client.events$.pipe(filter(({ type }) => type === 'nodeDisconnected')),
      );
      await cluster.servers[1]!.close();
      await lost;
      const waiting = outcomes(
        Array.from({ length: room }, () => client.set('a', value)),
      );
      for (let more = 0; more < 50; more++) {
        const refused: unknown = await client
          .set('a', value)
          .catch((reason: unknown) => reason);
        expect(refused).toBeInstanceOf(QueueFullError);
        expect(refused).toMatchObject({
          code: 'QUEUE_FULL',
          command: 'SET',
          node: `127.0.0.1:${port}`,
        });
      }
      for (let other = 0; other < 100; other++) {
        expect(await client.get('b')).toBe(address(0));
      }
      const back = await ScriptedCluster.open(1, 0, { ports: [port] });
      try {
        const { handler } = cluster.servers[1]!;
        back.servers[0]!.handler = handler;
        expect(await waiting).toEqual({ OK: room });
        expect(back.servers[0]!.commands('SET')).toHaveLength(room);
      } finally {
        await back[Symbol.asyncDispose]();
      }
    },
  );
});

describe('a cluster that is down with full coverage on', () => {
  it('is waited out by the calls of all shards, and one that it outlasts says so (conformance 55)', async () => {
    cluster = await ScriptedCluster.open(3);
    const client = await cluster.connected();
    for (const index of [0, 1, 2]) {
      cluster.answer.set(index, () => error('CLUSTERDOWN The cluster is down'));
    }
    const calls = ['a', 'b', 'c'].map((key) => client.set(key, 1));
    const late = client.with({ timeoutMs: 300 }).get('a');
    // its time ends between two attempts, or while one is under way
    await expect(late).rejects.toMatchObject({
      code: expect.stringMatching(/^(CLUSTER_DOWN|TIMEOUT)$/) as string,
      cause: { prefix: 'CLUSTERDOWN' },
    });
    for (const index of [0, 1, 2]) cluster.answer.delete(index);
    expect(await Promise.all(calls)).toEqual(['OK', 'OK', 'OK']);
  });
});

describe('a thousand calls that fail together', () => {
  it.each([
    ['a lost connection', 'drop', ['nodeDisconnected', 'nodeConnected']],
    ['READONLY', 'READONLY You can not write against a read only replica.', []],
    ['CLUSTERDOWN', 'CLUSTERDOWN The cluster is down', []],
  ])(
    'by %s are few connections, questions, timers and events (conformance 57, 155)',
    async (_, fault, expected) => {
      cluster = await ScriptedCluster.open(2);
      const client = await cluster.connected();
      await client.get('a');
      const events: ClusterEvent[] = [];
      client.events$.subscribe((event) => events.push(event));
      events.length = 0;
      const made = cluster.servers[1]!.connections.length;
      const questions = cluster.count('CLUSTER', 'NODES');
      const before = timers();
      let seen = 0;
      cluster.answer.set(1, (_command, connection) => {
        seen += 1;
        if (seen > 1_000) return 'served';
        if (fault !== 'drop') return error(fault);
        // the first takes the others with it
        seen = 1_000;
        connection.drop('rst');
        return undefined;
      });
      const started = performance.now();
      const calls = Array.from({ length: 1_000 }, () => client.get('a'));
      await until(() => seen >= 1_000);
      expect(timers()).toBeLessThanOrEqual(before + 10);
      expect(await outcomes(calls)).toEqual({ served: 1_000 });
      const intervals = Math.ceil((performance.now() - started) / 50);
      expect(cluster.servers[1]!.connections.length - made).toBeLessThanOrEqual(
        2,
      );
      // one at once, and no more than one every 50 ms
      expect(cluster.count('CLUSTER', 'NODES') - questions).toBeLessThanOrEqual(
        2 + intervals,
      );
      expect(events.map(({ type }) => type)).toEqual(expected);
      for (const event of events)
        expect(event).toMatchObject({ node: address(1) });
    },
  );
});

describe('a client whose events nobody listens to', () => {
  it('outlives nodes that fail in every way, and so does the process (conformance 145)', async () => {
    const uncaught: unknown[] = [];
    const note = (reason: unknown): void => void uncaught.push(reason);
    process.on('uncaughtException', note);
    process.on('unhandledRejection', note);
    try {
      cluster = await ScriptedCluster.open(3);
      const client = await cluster.connected({ socketTimeoutMs: 100 });
      await Promise.all(['a', 'b', 'c'].map((key) => client.get(key)));
      // reset in mid-reply, nonsense, and a node that is gone
      for (const { socket } of cluster.servers[0]!.openConnections) {
        socket.write('$9\r\nha');
        socket.resetAndDestroy();
      }
      for (const { socket } of cluster.servers[1]!.openConnections) {
        socket.write('?what\r\n');
      }
      await cluster.servers[2]!.close();
      await until(() => cluster.servers[2]!.openConnections.length === 0);
      expect(await client.get('b')).toBe(address(0));
      expect(await client.get('c')).toBe(address(1));
      await expect(
        client.with({ timeoutMs: 200 }).get('a'),
      ).rejects.toMatchObject({ code: 'TIMEOUT' });
      // nobody awaits these
      void client.get('b').catch(() => undefined);
      client.destroy();
      await new Promise((resolve) => setImmediate(resolve));
      expect(uncaught).toEqual([]);
    } finally {
      process.off('uncaughtException', note);
      process.off('unhandledRejection', note);
    }
  });
});
