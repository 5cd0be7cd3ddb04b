import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  findServerBinary,
  LocalRedisCluster,
  serverVersion,
  type LocalRedisNode,
} from '../../lib/testing/index.js';
import { withNodeTimeout } from '../support/node-timeout.js';
import { becomesTrue, processState } from '../support/processes.js';
import { LineConnection } from '../support/line-connection.js';

type SlotsReply = [number, number, ...[string, number, string][]][];

const slotsOf = async (
  cluster: LocalRedisCluster,
  node: LocalRedisNode,
): Promise<SlotsReply> =>
  (await cluster.command(node, 'CLUSTER', 'SLOTS')) as SlotsReply;

const roleOf = async (
  cluster: LocalRedisCluster,
  node: LocalRedisNode,
): Promise<unknown> => ((await cluster.command(node, 'ROLE')) as unknown[])[0];

const configOf = async (
  cluster: LocalRedisCluster,
  node: LocalRedisNode,
  name: string,
): Promise<unknown> =>
  ((await cluster.command(node, 'CONFIG', 'GET', name)) as unknown[])[1];

const knownPorts = async (
  cluster: LocalRedisCluster,
  node: LocalRedisNode,
): Promise<number[]> =>
  String(await cluster.command(node, 'CLUSTER', 'NODES'))
    .trim()
    .split('\n')
    .map((line) => Number(/:(\d+)@/.exec(line)?.[1]))
    .sort((a, b) => a - b);

/** What must hold when start() has resolved, asked from every node. */
async function expectReady(
  cluster: LocalRedisCluster,
  primaries: number,
  replicas: number,
): Promise<void> {
  expect(cluster.nodes).toHaveLength(primaries * (1 + replicas));
  for (const node of cluster.nodes) {
    const info = String(await cluster.command(node, 'CLUSTER', 'INFO'));
    expect(info).toContain('cluster_state:ok');
    expect(info).toContain(`cluster_known_nodes:${cluster.nodes.length}\r`);
    expect(await roleOf(cluster, node)).toBe(
      node.roleAtStart === 'primary' ? 'master' : 'slave',
    );
    const slots = await slotsOf(cluster, node);
    expect(slots).toHaveLength(primaries);
    for (const [, , ...nodes] of slots)
      expect(nodes).toHaveLength(1 + replicas);
    const shards = JSON.stringify(
      await cluster.command(node, 'CLUSTER', 'SHARDS'),
    );
    expect(shards.match(/"health","online"/g)).toHaveLength(
      cluster.nodes.length,
    );
    const replication = await cluster.command(node, 'INFO', 'replication');
    expect(replication).toContain(
      node.roleAtStart === 'replica'
        ? 'master_link_status:up'
        : `connected_slaves:${replicas}`,
    );
  }
}

/** A key in a slot of this primary. */
async function keyOn(
  cluster: LocalRedisCluster,
  node: LocalRedisNode,
  name = 'key',
): Promise<string> {
  for (let i = 0; ; i += 1) {
    const key = `{${name}${i}}`;
    if ((await cluster.primaryOf(key)) === node) return key;
  }
}

const first = <T>(items: readonly T[]): T => {
  const [item] = items;
  if (item === undefined) throw new Error('there is none');
  return item;
};

describe('a local cluster of three primaries with a replica each', () => {
  let cluster: LocalRedisCluster;

  beforeAll(async () => {
    // so long that no node is taken for dead on a busy machine
    cluster = await LocalRedisCluster.start({ nodeTimeoutMs: 2_000 });
  });
  afterAll(() => cluster.stop());

  it('is complete on every node when start() resolves', async () => {
    expect(cluster.nodes).toHaveLength(6);
    await expectReady(cluster, 3, 1);
  });

  it('runs with the wanted settings, not with those it was formed with', async () => {
    const node = first(cluster.nodes);
    const config = (name: string): Promise<unknown> =>
      configOf(cluster, node, name);
    expect(await config('cluster-node-timeout')).toBe('2000');
    expect(await config('cluster-require-full-coverage')).toBe('yes');
    expect(await config('cluster-allow-replica-migration')).toBe('no');
  });

  it('takes writes on every primary, each in its own slots', async () => {
    for (const primary of await cluster.primaries()) {
      const key = await keyOn(cluster, primary, 'written');
      expect(await cluster.command(primary, 'SET', key, 'value')).toBe('OK');
      expect(await cluster.command(primary, 'DEL', key)).toBe(1);
    }
  });

  it('describes its nodes', async () => {
    expect(cluster.seeds).toEqual(
      cluster.nodes.map(({ port }) => `redis://127.0.0.1:${port}`),
    );
    expect(cluster.clientOptions).toEqual({ nodes: cluster.seeds });
    expect(cluster.nodes.map(({ roleAtStart }) => roleAtStart)).toEqual([
      'primary',
      'primary',
      'primary',
      'replica',
      'replica',
      'replica',
    ]);
    for (const { index, port, address, pid, state } of cluster.nodes) {
      expect(cluster.nodes[index]?.port).toBe(port);
      expect(address).toBe(`127.0.0.1:${port}`);
      expect(processState(pid)).toMatch(/[RS]/);
      expect(state).toBe('running');
    }
  });

  it('finds the owner of a slot and of a key, with its replicas', async () => {
    const owner = await cluster.primaryOf(16_383);
    const entry = (await slotsOf(cluster, owner)).find(
      ([, to]) => to === 16_383,
    );
    expect(entry?.[2]?.[1]).toBe(owner.port);
    expect((await cluster.replicasOf(owner)).map(({ port }) => port)).toEqual([
      entry?.[3]?.[1],
    ]);
    expect(await cluster.slotOf('foo{}{bar}')).toBe(8363);
    await expect(cluster.primaryOf(16_384)).rejects.toThrow('is no slot');
  });

  it("rejects a command with the server's own error", async () => {
    const [one, two] = await cluster.primaries();
    const key = await keyOn(cluster, two as LocalRedisNode);
    await expect(
      cluster.command(one as LocalRedisNode, 'GET', key),
    ).rejects.toMatchObject({ code: 'REPLY', prefix: 'MOVED' });
  });

  it('kills a primary, whose replica takes over, and restarts it as a replica with its id', async () => {
    const victim = first(await cluster.primaries());
    const replica = first(await cluster.replicasOf(victim));
    const { pid, port } = victim;
    const id = await cluster.command(victim, 'CLUSTER', 'MYID');
    await cluster.kill(victim);
    expect(processState(pid)).toBeUndefined();
    expect(victim.state).toBe('ended');
    await expect(
      LineConnection.open({ host: '127.0.0.1', port }),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' });

    await withNodeTimeout(cluster, 1_000, () => cluster.waitUntilStable());
    expect(await roleOf(cluster, replica)).toBe('master');
    expect(await cluster.primaries()).not.toContain(victim);

    await cluster.restart(victim);
    expect(victim.pid).not.toBe(pid);
    expect(await cluster.command(victim, 'CLUSTER', 'MYID')).toBe(id);
    expect(await configOf(cluster, victim, 'port')).toBe(String(port));
    await cluster.waitUntilStable();
    expect(await roleOf(cluster, victim)).toBe('slave');
    expect(await cluster.replicasOf(replica)).toEqual([victim]);
  });

  it('freezes a node, whose sockets stay open and silent, and resumes it', async () => {
    const replica = first(
      await cluster.replicasOf(first(await cluster.primaries())),
    );
    using before = await LineConnection.open(replica);
    expect(await before.ask('PING')).toBe('+PONG');
    await cluster.freeze(replica);
    expect(processState(replica.pid)).toBe('T');
    expect(replica.state).toBe('frozen');
    expect(await before.isSilent('PING', 50)).toBe(true);
    using during = await LineConnection.open(replica);
    expect(await during.isSilent('PING', 50)).toBe(true);

    // stable means here: every other node has found out
    await withNodeTimeout(cluster, 1_000, () => cluster.waitUntilStable());
    const [, , ...listed] = first(
      (await slotsOf(cluster, first(await cluster.primaries()))).filter(
        ([, , , second]) => second === undefined,
      ),
    );
    expect(listed).toHaveLength(1);

    await cluster.resume(replica);
    expect(replica.state).toBe('running');
    expect(await before.ask('PING')).toBe('+PONG');
    await cluster.waitUntilStable();
  });

  it.each([undefined, 'force', 'takeover'] as const)(
    'fails over to a replica (%s) and every node knows when it resolves',
    async (mode) => {
      const primary = first(await cluster.primaries());
      const replica = first(await cluster.replicasOf(primary));
      const key = await keyOn(cluster, primary);
      const slot = await cluster.slotOf(key);
      await cluster.failover(replica, mode);
      for (const node of cluster.nodes) {
        const entry = (await slotsOf(cluster, node)).find(
          ([from, to]) => from <= slot && slot <= to,
        );
        expect(entry?.[2]?.[1]).toBe(replica.port);
      }
      expect(await cluster.command(replica, 'SET', key, mode ?? '')).toBe('OK');
      await cluster.waitUntilStable();
      expect(await cluster.replicasOf(replica)).toEqual([primary]);
    },
  );

  it('refuses to fail over to a primary', async () => {
    await expect(
      cluster.failover(first(await cluster.primaries())),
    ).rejects.toThrow('is no replica');
  });

  it('adds a replica and removes it, and every node knows', async () => {
    const primary = first(await cluster.primaries());
    const before = cluster.nodes.map(({ port }) => port).sort((a, b) => a - b);
    const added = await cluster.addNode({ replicaOf: primary });
    expect(await roleOf(cluster, added)).toBe('slave');
    expect(await cluster.replicasOf(primary)).toContain(added);
    expect(cluster.seeds).toContain(added.url);
    for (const node of cluster.nodes) {
      expect(await knownPorts(cluster, node)).toContain(added.port);
    }

    const { pid } = added;
    await cluster.removeNode(added);
    expect(processState(pid)).toBeUndefined();
    expect(cluster.seeds).not.toContain(added.url);
    for (const node of cluster.nodes) {
      expect(await knownPorts(cluster, node)).toEqual(before);
    }
    await cluster.waitUntilStable();
  });

  it('adds a primary, moves slots with their keys to it and back, and removes it', async () => {
    const added = await cluster.addNode();
    expect(await roleOf(cluster, added)).toBe('master');
    expect(await cluster.primaries()).not.toContain(added);

    const source = await cluster.primaryOf(0);
    const key = await keyOn(cluster, source, 'moved');
    const slot = await cluster.slotOf(key);
    await cluster.command(source, 'SET', key, 'goes along');
    await cluster.migrateSlots([0, slot], added);
    expect(await cluster.command(added, 'GET', key)).toBe('goes along');
    for (const node of cluster.nodes) {
      const owners = (await slotsOf(cluster, node))
        .filter(([from, to]) => from <= slot && slot <= to)
        .map(([, , owner]) => owner?.[1]);
      expect(owners).toEqual([added.port]);
    }
    await expect(cluster.removeNode(added)).rejects.toThrow('owns slots');
    await expect(cluster.migrateSlots(slot, added)).rejects.toThrow(
      'owns slot',
    );
    await expect(cluster.migrateSlots([0, 16_383], source)).rejects.toThrow(
      'does not own slot 16383',
    );

    await cluster.migrateSlots([0, slot], source);
    expect(await cluster.command(source, 'GET', key)).toBe('goes along');
    await cluster.removeNode(added);
    await cluster.waitUntilStable();
    expect(cluster.nodes).toHaveLength(6);
  });

  it('leaves a migration half-way, with ASK and TRYAGAIN as the protocol has them, and finishes it', async () => {
    const [source, target] = (await cluster.primaries()) as [
      LocalRedisNode,
      LocalRedisNode,
    ];
    const tag = await keyOn(cluster, source, 'half');
    const [moved, stays] = [`${tag}moved`, `${tag}stays`];
    const slot = await cluster.slotOf(tag);
    await cluster.command(source, 'MSET', moved, '1', stays, '2');

    const migration = await cluster.migrateSlots(slot, target, {
      stopHalfway: true,
    });
    expect(await cluster.command(source, 'GET', moved)).toBe('1');
    await migration.moveKeys([moved]);

    const ask = `ASK ${slot} ${target.address}`;
    await expect(cluster.command(source, 'GET', moved)).rejects.toThrow(ask);
    expect(await cluster.command(source, 'GET', stays)).toBe('2');
    await expect(
      cluster.command(source, 'MGET', moved, stays),
    ).rejects.toMatchObject({ prefix: 'TRYAGAIN' });
    await expect(cluster.command(target, 'GET', moved)).rejects.toMatchObject({
      prefix: 'MOVED',
    });
    await cluster.command(target, 'ASKING');
    expect(await cluster.command(target, 'GET', moved)).toBe('1');
    expect(await cluster.primaryOf(slot)).toBe(source);

    await migration.finish();
    expect(await cluster.command(target, 'MGET', moved, stays)).toEqual([
      '1',
      '2',
    ]);
    expect(await cluster.primaryOf(slot)).toBe(target);
    await cluster.migrateSlots(slot, source);
  });

  it('moves keys that are no text', async () => {
    const [source, target] = (await cluster.primaries()) as [
      LocalRedisNode,
      LocalRedisNode,
    ];
    const tag = await keyOn(cluster, source, 'bytes');
    const key = Buffer.concat([Buffer.from(tag), Buffer.from([0xff, 0, 0xfe])]);
    await cluster.command(source, 'SET', key, 'v');
    const slot = await cluster.slotOf(key);
    await cluster.migrateSlots(slot, target);
    expect(await cluster.command(target, 'GET', key)).toBe('v');
    await cluster.migrateSlots(slot, source);
  });

  it('deletes all keys', async () => {
    const primaries = await cluster.primaries();
    for (const primary of primaries) {
      const key = await keyOn(cluster, primary);
      await cluster.command(primary, 'SET', key, 'value');
    }
    await cluster.flush();
    for (const primary of primaries) {
      expect(await cluster.command(primary, 'DBSIZE')).toBe(0);
    }
  });

  it('says what is missing when it does not become stable in time', async () => {
    const replica = first(
      await cluster.replicasOf(first(await cluster.primaries())),
    );
    await cluster.freeze(replica);
    await expect(cluster.waitUntilStable(20)).rejects.toThrow(
      /After 20 ms: .*thinks/,
    );
    await cluster.resume(replica);
    await cluster.waitUntilStable();
  });
});

describe('options of a local cluster', () => {
  it.each([
    [3, 0],
    [1, 2],
    [1, 0],
    [2, 2],
  ])(
    'starts %i primaries with %i replicas each',
    async (primaries, replicas) => {
      await using cluster = await LocalRedisCluster.start({
        primaries,
        replicas,
      });
      await expectReady(cluster, primaries, replicas);
      const owner = await cluster.primaryOf('key');
      expect(await cluster.command(owner, 'SET', 'key', 'value')).toBe('OK');
    },
  );

  it('serves TLS only, with users and host names, by IPv4 and with a client that checks the certificate', async () => {
    const users = [
      { name: 'app', password: 'two words', rules: '~app:* +@all -@dangerous' },
      { name: 'reader', password: 'r', rules: '~* +@read' },
    ];
    await using cluster = await LocalRedisCluster.start({
      primaries: 3,
      replicas: 1,
      tls: true,
      users,
      announceHostnames: '.redis.test',
    });
    await expectReady(cluster, 3, 1);
    expect(cluster.seeds[0]).toMatch(/^rediss:\/\/127\.0\.0\.1:\d+$/);
    expect(cluster.clientOptions).toMatchObject({
      nodes: cluster.seeds,
      username: 'app',
      password: 'two words',
    });
    const { tls, lookup } = cluster.clientOptions;
    const node = await cluster.primaryOf('app:1');
    expect(node.hostname).toBe(`node${node.index}.redis.test`);

    using connection = await LineConnection.open({
      host: node.hostname ?? '',
      port: node.port,
      tls: tls as object,
      lookup,
    });
    expect(await connection.ask('PING')).toMatch(/^-NOAUTH/);
    expect(await connection.ask('AUTH default x')).toMatch(/^-WRONGPASS/);
    expect(await connection.ask('AUTH app "two words"')).toBe('+OK');
    expect(await connection.ask('SET app:1 v')).toBe('+OK');
    expect(await connection.ask('SET other v')).toMatch(/^-(NOPERM|MOVED)/);
    expect(await connection.ask('FLUSHALL')).toMatch(/^-NOPERM/);
    const elsewhere = await keyOnAnother(cluster, node);
    expect(await connection.ask(`GET ${elsewhere}`)).toMatch(
      /^-MOVED \d+ node\d\.redis\.test:\d+$/,
    );

    // without the authority's certificate nobody may believe the server
    await expect(
      LineConnection.open({ host: '127.0.0.1', port: node.port, tls: {} }),
    ).rejects.toThrow(/certificate/);

    // the links between the nodes are under TLS and authenticated as well
    const replica = first(await cluster.replicasOf(node));
    await cluster.failover(replica);
    const target = first(
      (await cluster.primaries()).filter((other) => other !== replica),
    );
    await cluster.migrateSlots(await cluster.slotOf('app:1'), target);
    expect(await cluster.command(target, 'GET', 'app:1')).toBe('v');
    const added = await cluster.addNode({ replicaOf: target });
    await cluster.restart(added);
    await cluster.waitUntilStable();
  });

  it('replaces the user default where it is among the users', async () => {
    await using cluster = await LocalRedisCluster.start({
      primaries: 1,
      replicas: 1,
      users: [{ name: 'default', password: 'secret' }],
    });
    const node = first(cluster.nodes);
    using connection = await LineConnection.open(node);
    expect(await connection.ask('PING')).toMatch(/^-NOAUTH/);
    expect(await connection.ask('AUTH secret')).toBe('+OK');
    expect(await connection.ask('SET key value')).toBe('+OK');
    expect(cluster.clientOptions).toMatchObject({
      username: 'default',
      password: 'secret',
    });
  });

  it('listens on IPv6, where MOVED names the address without brackets', async () => {
    await using cluster = await LocalRedisCluster.start({
      host: '::1',
      tls: true,
    });
    await expectReady(cluster, 3, 1);
    const node = await cluster.primaryOf('key');
    expect(node.url).toBe(`rediss://[::1]:${node.port}`);
    expect(node.address).toBe(`[::1]:${node.port}`);
    const elsewhere = await keyOnAnother(cluster, node);
    const owner = await cluster.primaryOf(elsewhere);
    await expect(cluster.command(node, 'GET', elsewhere)).rejects.toThrow(
      new RegExp(`^MOVED \\d+ ::1:${owner.port}$`),
    );
    await cluster.kill(first(await cluster.replicasOf(node)));
    await cluster.restart(first(await cluster.replicasOf(node)));
    await cluster.waitUntilStable();
  });

  it('resolves the announced host names, and only these, to where the nodes listen', async () => {
    await using cluster = await LocalRedisCluster.start({
      primaries: 1,
      replicas: 0,
      host: '::1',
      announceHostnames: '.redis.test',
    });
    const resolve = (name: string): Promise<unknown> =>
      new Promise((answer, reject) => {
        cluster.clientOptions.lookup?.(
          name,
          { all: true },
          (error, address) => {
            if (error) reject(error);
            else answer(address);
          },
        );
      });
    expect(await resolve('node0.redis.test')).toEqual([
      { address: '::1', family: 6 },
    ]);
    expect(await resolve('127.0.0.1')).toEqual([
      { address: '127.0.0.1', family: 4 },
    ]);
  });

  it('passes settings and further arguments to every server, also to one that is added', async () => {
    await using cluster = await LocalRedisCluster.start({
      primaries: 1,
      replicas: 0,
      nodeTimeoutMs: 1_234,
      requireFullCoverage: false,
      replicaMigration: true,
      args: ['--maxmemory-policy', 'allkeys-lru'],
    });
    const added = await cluster.addNode({ replicaOf: first(cluster.nodes) });
    for (const node of [first(cluster.nodes), added]) {
      const config = (name: string): Promise<unknown> =>
        configOf(cluster, node, name);
      expect(await config('maxmemory-policy')).toBe('allkeys-lru');
      expect(await config('cluster-node-timeout')).toBe('1234');
      expect(await config('cluster-require-full-coverage')).toBe('no');
      expect(await config('cluster-allow-replica-migration')).toBe('yes');
    }
  });

  it('refuses what cannot work, by name', async () => {
    await expect(LocalRedisCluster.start({ primaries: 0 })).rejects.toThrow(
      'primaries',
    );
    await expect(LocalRedisCluster.start({ replicas: 0.5 })).rejects.toThrow(
      'replicas',
    );
    await expect(
      LocalRedisCluster.start({ primaries: 30, replicas: 1 }),
    ).rejects.toThrow('at most 50 nodes');
    await expect(
      LocalRedisCluster.start({ announceHostnames: 'redis' }),
    ).rejects.toThrow('announceHostnames');
    await expect(
      LocalRedisCluster.start({ binary: '/no/such/server' }),
    ).rejects.toThrow('/no/such/server');
  });

  it('runs a program that is a server only under another name, as redis-check-rdb is', async () => {
    const { path } = await findServerBinary();
    const folder = mkdtempSync(join(tmpdir(), 'check-rdb-'));
    try {
      const binary = join(folder, 'redis-check-rdb');
      writeFileSync(
        binary,
        `#!/bin/sh\n[ "\${0##*/}" = redis-server ] && exec ${path} "$@"\n`,
        { mode: 0o755 },
      );
      await using cluster = await LocalRedisCluster.start({
        binary,
        primaries: 1,
        replicas: 0,
      });
      await expectReady(cluster, 1, 0);
      expect(cluster.serverVersion).toEqual(await serverVersion(path));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('shows the last words of a server that does not start, and leaves nothing', async () => {
    const lines: string[] = [];
    await expect(
      LocalRedisCluster.start({
        args: ['--no-such-setting', 'x'],
        log: (line) => lines.push(line),
      }),
    ).rejects.toThrow(/no-such-setting/);
    const directory = /files in (\S+)/.exec(lines.join('\n'))?.[1] ?? '';
    expect(directory).not.toBe('');
    expect(existsSync(directory)).toBe(false);
  });

  it('takes other ports when another program takes one at the last moment', async () => {
    const lines: string[] = [];
    let thief: Server | undefined;
    await using cluster = await LocalRedisCluster.start({
      primaries: 1,
      replicas: 1,
      log: (line) => {
        lines.push(line);
        const port = Number(/ports from (\d+)/.exec(line)?.[1]);
        if (thief === undefined && port > 0) {
          thief = createServer().listen(port + 1, '127.0.0.1');
        }
      },
    });
    thief?.close();
    expect(lines.filter((line) => line.includes('ports from'))).toHaveLength(2);
    await expectReady(cluster, 1, 1);
  });
});

describe('several local clusters', () => {
  it('run side by side when started at once, on ports of their own', async () => {
    await using one = await LocalRedisCluster.start();
    const [two, three] = await Promise.all([
      LocalRedisCluster.start({ replicas: 0 }),
      LocalRedisCluster.start({ replicas: 0 }),
    ]);
    try {
      const ports = [one, two, three].flatMap(({ nodes }) =>
        nodes.flatMap(({ port }) => [port, port + 10_000]),
      );
      expect(new Set(ports).size).toBe(24);
      await expectReady(one, 3, 1);
      await expectReady(two, 3, 0);
      await two.stop();
      await expectReady(one, 3, 1);
      await expectReady(three, 3, 0);
    } finally {
      await Promise.all([two.stop(), three.stop()]);
    }
  });

  it('leave nothing behind after stop(), frozen nodes included', async () => {
    const cluster = await LocalRedisCluster.start({
      primaries: 1,
      replicas: 1,
    });
    const pids = cluster.nodes.map(({ pid }) => pid);
    const node = first(cluster.nodes);
    await cluster.freeze(node);
    await Promise.all([cluster.stop(), cluster.stop()]);
    expect(pids.map(processState)).toEqual([undefined, undefined]);
    expect(existsSync(dirname(dirname(node.directory)))).toBe(false);
  });
});

describe('when the process that started a local cluster ends', () => {
  const program = fileURLToPath(
    new URL('../support/cluster-parent.mjs', import.meta.url),
  );

  async function startParent(): Promise<{
    parent: ChildProcessWithoutNullStreams;
    lines: AsyncIterator<string>;
    pids: number[];
    directory: string;
  }> {
    // a group of its own, as a shell gives to a job
    const parent = spawn(process.execPath, [program], { detached: true });
    let errors = '';
    parent.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    const lines = createInterface(parent.stdout)[Symbol.asyncIterator]();
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`it ended: ${errors}`);
    const { pids, directory } = JSON.parse(value) as {
      pids: number[];
      directory: string;
    };
    expect(pids).toHaveLength(4);
    for (const pid of pids) expect(processState(pid)).toBeDefined();
    return { parent, lines, pids, directory: dirname(dirname(directory)) };
  }

  it('by SIGKILL, no server is left: frozen, restarted and added ones included', async () => {
    const { parent, pids, directory } = await startParent();
    parent.kill('SIGKILL');
    expect(await allGone(pids, directory)).toBe(true);
  });

  it("by its own end without stop(), no server is left; and its terminal's Ctrl-C did not reach them before", async () => {
    const { parent, lines, pids, directory } = await startParent();
    process.kill(-(parent.pid ?? 0), 'SIGINT');
    expect((await lines.next()).value).toBe('{"afterInterrupt":"PONG"}');
    const exit = new Promise((resolve) => parent.once('exit', resolve));
    parent.stdin.write('end\n');
    // the servers' handles do not keep it alive
    expect(await exit).toBe(0);
    expect(await allGone(pids, directory)).toBe(true);
  });
});

function allGone(pids: number[], directory: string): Promise<boolean> {
  return becomesTrue(
    () =>
      pids.every((pid) => processState(pid) === undefined) &&
      !existsSync(directory),
  );
}

async function keyOnAnother(
  cluster: LocalRedisCluster,
  node: LocalRedisNode,
): Promise<string> {
  const other = (await cluster.primaries()).find((owner) => owner !== node);
  return `app:${await keyOn(cluster, other as LocalRedisNode)}`;
}
