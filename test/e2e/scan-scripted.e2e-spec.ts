import { describe, expect, it } from 'vitest';
import { RedisClusterClient, ScanError } from '../../lib/index.js';
import { hashTagOf } from '../../lib/replication/writes/slot-key.js';
import { ScriptedCluster } from '../support/scripted-cluster.js';
import {
  error,
  moved,
  type Handler,
  type ScriptedReply,
} from '../support/scripted-server.js';

/** Answers what a scan asks beside its pages. */
function node(
  pages: (command: string[]) => ScriptedReply,
  { runId = (): string => 'one', clusterScan = false } = {},
): Handler {
  return (command) => {
    switch (command[0]?.toUpperCase()) {
      case 'INFO':
        return `# Server\r\nrun_id:${runId()}\r\n`;
      case 'COMMAND':
        return [clusterScan ? ['clusterscan', -2, [], 1, 1, 1] : null];
      default:
        return pages(command);
    }
  };
}

/** CLUSTERSCAN's cursor at the beginning of a slot. */
function start(slot: number): string {
  return `0-{${hashTagOf(slot)}}-0`;
}

async function keysOf(
  client: RedisClusterClient,
  options = {},
): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of client.scanIterator(options)) keys.push(key);
  return keys;
}

describe('a scan', () => {
  it('begins a node anew when its process has changed under way', async () => {
    await using cluster = await ScriptedCluster.open(1);
    let runId = 'before';
    const asked: string[] = [];
    const handler = node(
      ([, cursor = '']) => {
        asked.push(cursor);
        if (cursor === '5') runId = 'after';
        return cursor === '0' ? ['5', ['a']] : ['0', ['b']];
      },
      { runId: () => runId },
    );
    cluster.answer.set(0, handler);
    const client = await cluster.connected();
    expect(await keysOf(client)).toEqual(['a', 'b', 'a', 'b']);
    expect(asked).toEqual(['0', '5', '0', '5']);
  });

  it('goes on when the connection is lost over the question whether a node has CLUSTERSCAN (conformance 77)', async () => {
    await using cluster = await ScriptedCluster.open(1);
    const handler = node(() => ['0', ['a']]);
    let asked = 0;
    cluster.answer.set(0, (command, connection) => {
      if (command.includes('CLUSTERSCAN')) {
        asked += 1;
        if (asked === 1) {
          connection.drop('rst');
          return undefined;
        }
      }
      return handler(command, connection);
    });
    const client = await cluster.connected();
    expect(await keysOf(client)).toEqual(['a']);
    expect(asked).toBe(2);
  });

  it('reads pages again between which the epoch of the node has changed', async () => {
    await using cluster = await ScriptedCluster.open(1);
    const { nodes } = cluster;
    let reads = 0;
    const handler = node(() => {
      reads += 1;
      if (reads === 1) {
        Object.assign(nodes[0]!, { epoch: 9 });
      }
      return ['0', ['a']];
    });
    cluster.answer.set(0, handler);
    const client = await cluster.connected();
    expect(await keysOf(client)).toEqual(['a', 'a']);
  });

  it('does not believe a primary that the others have replaced, although it does not know', async () => {
    await using cluster = await ScriptedCluster.open(3, 1);
    const { nodes } = cluster;
    for (const index of [0, 1, 2, 3]) {
      cluster.answer.set(
        index,
        node(() => ['0', [`of ${index}`]]),
      );
    }
    // its epoch is the highest
    const before = cluster.shards;
    const client = await cluster.connected({ topologyRefreshMs: 3_600_000 });
    // node 0 is cut off; the others have promoted node 3
    cluster.shards = [
      { slots: [[0, 5460]], primary: nodes[3]! },
      ...before.slice(1),
    ];
    cluster.viewOf.set(0, () => before);
    expect(new Set(await keysOf(client))).toEqual(
      new Set(['of 1', 'of 2', 'of 3']),
    );
  });

  it('waits for a majority of the primaries, and ends with an error and a cursor without one', async () => {
    await using cluster = await ScriptedCluster.open(3);
    for (const index of [0, 1, 2]) {
      cluster.answer.set(
        index,
        node(() => ['0', [`of ${index}`]]),
      );
    }
    const client = await cluster.connected();
    for (const index of [1, 2]) {
      cluster.answer.set(index, () => error('ERR INFO is broken'));
    }
    const failure: unknown = await keysOf(
      client.with({ timeoutMs: 3_000 }) as unknown as RedisClusterClient,
    ).catch((cause: unknown) => cause);
    expect(failure).toBeInstanceOf(ScanError);
    expect((failure as ScanError).message).toMatch(/half of the primaries/);
    expect((failure as ScanError).cursor).toBe('0');
  });

  it('ends with an error that has the cursor when a server refuses', async () => {
    await using cluster = await ScriptedCluster.open(1);
    const handler = node(([, cursor]) =>
      cursor === '0' ? ['5', ['a']] : error('NOPERM no'),
    );
    cluster.answer.set(0, handler);
    const client = await cluster.connected();
    const scan = client.scanIterator();
    expect(await scan.next()).toEqual({ done: false, value: 'a' });
    const failure: unknown = await scan.next().catch((cause: unknown) => cause);
    expect(failure).toBeInstanceOf(ScanError);
    const { cursor } = failure as ScanError;
    cluster.answer.set(
      0,
      node(([, from]) => (from === '5' ? ['0', ['b']] : ['5', ['again']])),
    );
    expect(await keysOf(client, { cursor })).toEqual(['b']);
  });

  it('goes on from the slot where CLUSTERSCAN said MOVED, at its new owner', async () => {
    await using cluster = await ScriptedCluster.open(2);
    const { nodes, servers } = cluster;
    const asked: string[] = [];
    cluster.answer.set(
      0,
      node(
        ([, cursor]) => {
          asked.push(`first ${cursor}`);
          if (cursor === start(0)) return [`f-{${hashTagOf(100)}}-3`, ['a']];
          cluster.shards = [
            { slots: [[0, 99]], primary: nodes[0]! },
            { slots: [[100, 16383]], primary: nodes[1]! },
          ];
          return cursor === `f-{${hashTagOf(100)}}-3`
            ? moved(100, servers[1]!.address)
            : ['0', []];
        },
        { clusterScan: true },
      ),
    );
    cluster.answer.set(
      1,
      node(
        ([, cursor]) => {
          asked.push(`second ${cursor}`);
          return ['0', cursor === start(8192) ? ['c'] : ['b']];
        },
        { clusterScan: true },
      ),
    );
    const client = await cluster.connected();
    // `b` stands for a key of slot 3300
    expect(new Set(await keysOf(client))).toEqual(new Set(['a', 'b', 'c']));
    expect(asked).toContain(`second ${start(100)}`);
  });

  it('refuses options that make no sense, and cursors of other scans', async () => {
    await using cluster = await ScriptedCluster.open(1);
    const client = cluster.client();
    expect(() => client.scanIterator({ count: 0 })).toThrow(/count/);
    expect(() => client.scanIterator({ mach: 'x' } as object)).toThrow(
      /did you mean 'match'/,
    );
    expect(() => client.scanIterator({ cursor: '12' })).toThrow(/no cursor/);
    expect(() => client.scanIterator({ match: 5 as never })).toThrow(/match/);
    await expect(client.scan('0')).rejects.toThrow(/scanIterator/);
  });
});
