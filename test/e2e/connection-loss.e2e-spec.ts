import { setTimeout as delay } from 'node:timers/promises';
import { filter, firstValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClosedError, OutcomeUnknownError } from '../../lib/index.js';
import { ScriptedCluster, SLOT, until } from '../support/scripted-cluster.js';
import { error, moved } from '../support/scripted-server.js';

let cluster: ScriptedCluster;

afterEach(() => cluster[Symbol.asyncDispose]());

/** How often a blocking command came to a node, and on how many connections it still is. */
function blocked(index = 0): number {
  return cluster.servers[index]!.openConnections.filter(({ commands }) =>
    commands.some(([name]) => name === 'BLPOP'),
  ).length;
}

/** Leaves blocking pops without a reply. */
function blockPops(index = 0): void {
  const standard = cluster.standard(index);
  cluster.answer.set(index, (command, connection) =>
    command[0] === 'BLPOP' ? undefined : standard(command, connection),
  );
}

describe('blocking commands beyond the bound of exclusive connections', () => {
  beforeEach(async () => {
    cluster = await ScriptedCluster.open(1);
    blockPops();
  });

  it('keep their own deadline while they wait for a connection', async () => {
    const client = await cluster.connected({ maxExclusiveConnections: 1 });
    const first = client.blpop('a', 0).catch((reason: unknown) => reason);
    await until(() => blocked() === 1);
    const waiting = client.with({ timeoutMs: 50 }).blpop('a', 0.01);
    await expect(waiting).rejects.toMatchObject({
      code: 'TIMEOUT',
      phase: 'queue',
    });
    client.destroy();
    expect(await first).toBeInstanceOf(ClosedError);
  });

  it('all reject when the client is destroyed', async () => {
    const client = await cluster.connected({ maxExclusiveConnections: 1 });
    const calls = Array.from({ length: 5 }, () => client.blpop('a', 0));
    const settled = Promise.allSettled(calls);
    await until(() => blocked() === 1);
    client.destroy();
    for (const result of await settled) {
      expect(result).toMatchObject({ reason: { code: 'CLOSED' } });
    }
  });

  it('go elsewhere when the node lost its slots and its last connection', async () => {
    await cluster[Symbol.asyncDispose]();
    cluster = await ScriptedCluster.open(1, 1);
    blockPops();
    cluster.answer.set(1, () => ['a', 'value']);
    const client = await cluster.connected({ maxExclusiveConnections: 1 });
    const first = client.blpop('a', 0).catch((reason: unknown) => reason);
    await until(() => blocked() === 1);
    const waiting = Array.from({ length: 3 }, () => client.blpop('a', 0));
    const other = cluster.nodes[1]!;
    cluster.shards = [{ slots: [[0, 16383]], primary: { ...other, epoch: 9 } }];
    cluster.answer.set(0, ([name]) =>
      name === 'BLPOP' ? undefined : moved(SLOT.a, cluster.servers[1]!.address),
    );
    await client.set('a', 1);
    expect(await Promise.all(waiting)).toEqual(
      Array.from({ length: 3 }, () => ({ key: 'a', element: 'value' })),
    );
    client.destroy();
    await first;
  });

  it('get a connection that a withdrawn one leaves', async () => {
    const client = await cluster.connected({ maxExclusiveConnections: 1 });
    const controller = new AbortController();
    const first = client.with({ signal: controller.signal }).blpop('a', 0);
    const outcome = first.catch((reason: unknown) => reason);
    const second = client.blpop('b', 0);
    controller.abort();
    expect(await outcome).toMatchObject({ name: 'AbortError' });
    cluster.answer.set(0, () => ['b', 'value']);
    await expect(second).resolves.toEqual({ key: 'b', element: 'value' });
  });
});

describe('a blocking command whose caller is gone', () => {
  beforeEach(async () => {
    cluster = await ScriptedCluster.open(1);
    blockPops();
  });

  it('leaves no connection behind on which the server would pop for nobody', async () => {
    const client = await cluster.connected();
    const controller = new AbortController();
    const call = client.with({ signal: controller.signal }).blpop('a', 0);
    const outcome = call.catch((reason: unknown) => reason);
    await until(() => blocked() === 1);
    controller.abort();
    expect(await outcome).toBeInstanceOf(OutcomeUnknownError);
    await until(() => blocked() === 0);
  });

  it('leaves none at its deadline either', async () => {
    const client = await cluster.connected();
    // the connection is there: the time is spent on waiting for the reply
    cluster.answer.set(0, () => ['a', 'value']);
    await client.blpop('a', 0);
    cluster.answer.delete(0);
    blockPops();
    const call = client.with({ timeoutMs: 100 }).blpop('a', 0.01);
    await expect(call).rejects.toBeInstanceOf(OutcomeUnknownError);
    await until(() => blocked() === 0);
  });
});

describe('a node that refuses connections', () => {
  it('is tried with growing delays by blocking commands too (conformance 60)', async () => {
    cluster = await ScriptedCluster.open(2);
    const client = await cluster.connected({
      reconnectDelayMs: { min: 20, max: 100 },
    });
    let attempts = 0;
    cluster.servers[1]!.handler = ([name], connection) => {
      if (name === 'HELLO') attempts += 1;
      connection.drop();
      return undefined;
    };
    const controller = new AbortController();
    const startedAt = performance.now();
    const call = client
      .with({ signal: controller.signal })
      .blpop('a', 0.1)
      .catch((reason: unknown) => reason);
    await until(() => attempts > 5);
    // of 20, 40, 80, 100 and 100 ms, half is random; five times 20 would be less
    expect(performance.now() - startedAt).toBeGreaterThan(100);
    controller.abort();
    expect(await call).toMatchObject({ name: 'AbortError' });
  });

  it('has no room for one more client: nothing was sent, the call succeeds later', async () => {
    cluster = await ScriptedCluster.open(2);
    const { handler } = cluster.servers[1]!;
    let refusals = 0;
    cluster.servers[1]!.handler = (command, connection) => {
      if (command[0] !== 'HELLO' || refusals >= 3) {
        return handler(command, connection);
      }
      refusals += 1;
      setImmediate(() => connection.socket.end());
      return error('ERR max number of clients reached');
    };
    const client = await cluster.connected();
    await expect(client.set('a', 1)).resolves.toBe('OK');
    expect(refusals).toBe(3);
    expect(cluster.servers[1]!.commands('SET')).toHaveLength(1);
  });
});

/** Node 1 hangs a GET and is then gone from the topology. */
async function left() {
  cluster = await ScriptedCluster.open(2);
  const client = await cluster.connected({ topologyRefreshMs: 20 });
  cluster.answer.set(1, () => undefined);
  const call = client.get('a').catch((reason: unknown) => reason);
  await until(() => cluster.count('GET') === 1);
  const primary = { ...cluster.nodes[0]!, epoch: 9 };
  cluster.shards = [{ slots: [[0, 16383]], primary }];
  await firstValueFrom(
    client.topology$.pipe(filter(({ shards }) => shards.length === 1)),
  );
  return { client, call };
}

describe('a node that left the topology', () => {
  it('still answers what is in flight there (conformance 33)', async () => {
    const { call } = await left();
    for (const { socket } of cluster.servers[1]!.openConnections) {
      socket.write('$4\r\nlate\r\n');
    }
    expect(await call).toBe('late');
    await until(() => cluster.servers[1]!.openConnections.length === 0);
  });

  it('keeps neither calls nor sockets when the client is destroyed (conformance 141)', async () => {
    const { client, call } = await left();
    client.destroy();
    expect(await call).toBeInstanceOf(ClosedError);
    await until(() => cluster.servers[1]!.openConnections.length === 0);
  });
});

describe('a lookup that throws', () => {
  it('costs the attempt, neither the process nor a call', async () => {
    cluster = await ScriptedCluster.open(2);
    cluster.shards = cluster.shards.map((shard, index) => ({
      ...shard,
      primary: { ...shard.primary, hostname: `node${index}.test` },
    }));
    let failures = 0;
    const client = await cluster.connected({
      lookup: (hostname, options, callback) => {
        if (hostname === 'node1.test' && failures < 3) {
          failures += 1;
          throw new Error('no resolver');
        }
        if (options.all === true) {
          callback(null, [{ address: '127.0.0.1', family: 4 }]);
        } else callback(null, '127.0.0.1', 4);
      },
    });
    expect(await client.get('a')).toBe(cluster.servers[1]!.address);
    expect(failures).toBe(3);
  });
});

describe('connections that work and are dropped again and again', () => {
  /** Longer than one that had no use lives, shorter than a stable one. */
  const LIFE_MS = 150;

  it('are made anew soon each time: the delays grow for those that never worked (conformance 60)', async () => {
    cluster = await ScriptedCluster.open(1);
    const client = await cluster.connected({
      reconnectDelayMs: { min: 20, max: 60_000 },
    });
    // the twelfth delay of a growing row is 20 s at least
    for (let drop = 0; drop < 12; drop++) {
      await delay(LIFE_MS);
      for (const connection of cluster.servers[0]!.openConnections) {
        connection.drop();
      }
      expect(await client.get('a')).toBe(cluster.servers[0]!.address);
    }
  });
});
