import { FanOutError, type RedisClusterClient } from 'nest-redis-cluster';
import { filter, firstValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ScriptedCluster, SLOT } from '../support/scripted-cluster.js';
import { error, moved, OK, type Handler } from '../support/scripted-server.js';
import type { ScriptedShard } from '../support/scripted-topology.js';

// three shards, the first with a replica (the fourth node)

let cluster: ScriptedCluster;
let client: RedisClusterClient;

beforeEach(async () => {
  cluster = await ScriptedCluster.open(3, 1);
  cluster.shards = [
    { ...cluster.shards[0]!, replicas: [cluster.nodes[3]!] },
    cluster.shards[1]!,
    cluster.shards[2]!,
  ];
  cluster.servers.forEach((_, index) => {
    cluster.answer.set(index, answerOf(index));
  });
  client = await cluster.connected();
});

afterEach(() => cluster[Symbol.asyncDispose]());

/** Each node counts keys of its own: 1, 10, 100, 1000. */
const answerOf =
  (index: number): Handler =>
  ([name]) =>
    name === 'DBSIZE' ? 10 ** index : OK;

/** The first shard without slot 0, which moves to the second. */
function withoutSlot0(primary: number): ScriptedShard[] {
  const nodes = cluster.nodes.map((node) => ({ ...node, epoch: 9 }));
  return [
    { primary: nodes[primary]!, slots: [[1, 5_460]] },
    {
      primary: nodes[1]!,
      slots: [
        [0, 0],
        [5_461, 10_922],
      ],
    },
    { primary: nodes[2]!, slots: [[10_923, 16_383]] },
  ];
}

/**
 * Lets the first node refuse a command until the client knows another topology,
 * and for good where it is no primary there: what was on its way to it when the
 * client learned that must not count.
 */
function changesMeanwhile(command: string, shards: ScriptedShard[]): void {
  let version = 0;
  let changed = false;
  client.topology$.subscribe((topology) => {
    changed = version !== 0 && topology.version > version;
    version ||= topology.version;
  });
  const stays = shards.some(
    ({ primary }) => primary.port === cluster.nodes[0]!.port,
  );
  const answer = cluster.answer.get(0)!;
  cluster.answer.set(0, (words, connection) => {
    if (words[0] !== command || (changed && stays)) {
      return answer(words, connection);
    }
    cluster.shards = shards;
    return error('CLUSTERDOWN The cluster is down');
  });
}

/** How often each node was asked. */
const asked = (command: string): number[] =>
  cluster.servers.map((server) => server.commands(command).length);

describe('a fan-out while slot 0 moves to another primary', () => {
  it('goes on with the primary it was for, and counts nobody twice', async () => {
    changesMeanwhile('DBSIZE', withoutSlot0(0));
    expect(await client.dbsize()).toBe(111);
    expect(asked('DBSIZE').slice(1)).toEqual([1, 1, 0]);
  });

  it('changes every primary', async () => {
    changesMeanwhile('FLUSHALL', withoutSlot0(0));
    expect(await client.flushall()).toBe('OK');
    expect(asked('FLUSHALL')[0]).toBeGreaterThan(1);
    expect(asked('FLUSHALL').slice(1)).toEqual([1, 1, 0]);
  });

  it('goes on with the replica that was promoted', async () => {
    changesMeanwhile('DBSIZE', withoutSlot0(3));
    expect(await client.dbsize()).toBe(1_110);
    expect(asked('DBSIZE').slice(1)).toEqual([1, 1, 1]);
  });

  it('does without a shard that has no slots left, where it only reads', async () => {
    const [, second, third] = withoutSlot0(0);
    changesMeanwhile('DBSIZE', [{ ...second!, slots: [[0, 10_922]] }, third!]);
    expect(await client.dbsize()).toBe(110);
    expect(asked('DBSIZE').slice(1)).toEqual([1, 1, 0]);
  });
});

describe('the retry of a fan-out after slot 0 has moved', () => {
  it('asks the primary that failed, and not the one that has the slot', async () => {
    const answer = cluster.answer.get(0)!;
    cluster.answer.set(0, (words, connection) =>
      words[0] === 'DBSIZE' ? error('OOM full') : answer(words, connection),
    );
    const failure: unknown = await client.dbsize().catch((e: unknown) => e);
    expect(failure).toBeInstanceOf(FanOutError);
    cluster.answer.set(0, answer);
    cluster.shards = withoutSlot0(0);
    let version = 0;
    client.topology$.subscribe((topology) => (version = topology.version));
    const before = version;
    // a connection that ends lets the topology be read
    for (const connection of cluster.servers[0]!.openConnections) {
      connection.drop();
    }
    await expect.poll(() => version).toBeGreaterThan(before);
    expect(await (failure as FanOutError).retry()).toBe(111);
    expect(asked('DBSIZE')).toEqual([2, 1, 1, 0]);
  });
});

describe('a fan-out while its shards come to nodes that it does not ask', () => {
  let six: ScriptedCluster;

  beforeEach(async () => {
    six = await ScriptedCluster.open(3, 3);
    six.servers.forEach((_, index) => six.answer.set(index, answerOf(index)));
  });

  afterEach(() => six[Symbol.asyncDispose]());

  /** Connects, and lets the nodes of some shards, which are others from then on, refuse DBSIZE. */
  async function changing(
    refusing: readonly number[],
    shards: readonly ScriptedShard[],
  ): Promise<RedisClusterClient> {
    const other = await six.connected();
    let refused = false;
    for (const index of refusing) {
      six.answer.set(index, (words, connection) => {
        if (words[0] !== 'DBSIZE') return answerOf(index)(words, connection);
        if (!refused) six.shards = [...shards];
        refused = true;
        return error('CLUSTERDOWN The cluster is down');
      });
    }
    return other;
  }

  const movedTo = (
    shard: number,
    node: number,
    slots = six.shards[shard]!.slots,
  ): ScriptedShard => ({ primary: { ...six.nodes[node]!, epoch: 9 }, slots });

  it('follows nodes whose addresses all changed: they are known by their ids (conformance 59)', async () => {
    const shards = six.shards.map(({ primary, slots }, index) => ({
      primary: { ...six.nodes[index + 3]!, id: primary.id },
      slots,
    }));
    const other = await changing([0, 1, 2], shards);
    expect(await other.dbsize()).toBe(111_000);
  });

  it('asks the new node that took the slots of a shard that is no more', async () => {
    const shards = [movedTo(0, 3), six.shards[1]!, six.shards[2]!];
    const other = await changing([0], shards);
    expect(await other.dbsize()).toBe(1_110);
  });

  it('asks a new node once that took those of two', async () => {
    const both = [...six.shards[0]!.slots, ...six.shards[1]!.slots];
    const shards = [movedTo(0, 3, both), six.shards[2]!];
    const other = await changing([0, 1], shards);
    expect(await other.dbsize()).toBe(1_100);
  });

  it('fails where several have them, instead of leaving some out', async () => {
    const shards = [
      movedTo(0, 3, [[0, 99]]),
      movedTo(0, 4, [[100, 5_460]]),
      six.shards[1]!,
      six.shards[2]!,
    ];
    const other = await changing([0], shards);
    const failure: unknown = await other.dbsize().catch((e: unknown) => e);
    expect(failure).toBeInstanceOf(FanOutError);
    expect(failure).toMatchObject({
      message: expect.stringContaining('were not asked') as unknown,
    });
  });

  it('waits for whoever will have them, while nobody has', async () => {
    const orphaned = [
      // covered by nobody: its owner is forgotten
      { ...movedTo(1, 1), slots: six.shards[1]!.slots },
      movedTo(2, 5),
    ];
    const whole = [movedTo(0, 3), ...orphaned];
    const other = await changing([0], orphaned);
    let known = 0;
    other.topology$.subscribe(({ shards }) => (known = shards.length));
    const count = other.dbsize();
    await expect.poll(() => known).toBe(2);
    six.shards = whole;
    expect(await count).toBe(10 ** 3 + 10 + 100);
  });
});

describe('a fan-out while all that is known of a promotion is one redirect', () => {
  beforeEach(async () => {
    // slot 3300, and all others of the first shard, are the replica's now
    cluster.answer.set(0, ([name], connection) =>
      name === 'GET'
        ? moved(SLOT.b, cluster.servers[3]!.address)
        : answerOf(0)([name!], connection),
    );
    const patched = firstValueFrom(
      client.topology$.pipe(filter(({ shards }) => shards.length === 4)),
    );
    await Promise.all([client.get('b'), patched]);
  });

  it('counts the keys of that shard once, at its new primary', async () => {
    expect(await client.dbsize()).toBe(1_110);
    expect(asked('DBSIZE')).toEqual([0, 1, 1, 1]);
  });

  it('to all nodes reaches each once, the former primary as a replica', async () => {
    await Promise.all([
      client.scriptLoad('return 1'),
      expect(client.at('nodes').dbsize()).resolves.toEqual(
        Object.fromEntries(
          cluster.servers.map(({ address }, index) => [address, 10 ** index]),
        ),
      ),
    ]);
    expect(asked('SCRIPT')).toEqual([1, 1, 1, 1]);
  });
});
