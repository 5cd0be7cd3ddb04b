import { Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { keySlot } from '../../lib/routing/key-slot.js';
import { ScriptedCluster, SLOT } from '../support/scripted-cluster.js';
import { ask, error, type Handler, moved } from '../support/scripted-server.js';

let cluster: ScriptedCluster;

afterEach(async () => {
  vi.restoreAllMocks();
  await cluster[Symbol.asyncDispose]();
});

const address = (index: number): string => cluster.servers[index]!.address;

/** The keys that each node was asked for, command by command. */
const asked = (name: string): string[][][] =>
  cluster.servers.map((server) =>
    server.commands(name).map(([, ...keys]) => keys),
  );

/** Answers MGET with each key in its own words, and everything else as usual. */
function answerKeys(index: number): Handler {
  const standard = cluster.standard(index);
  return (command, connection) =>
    command[0] === 'MGET'
      ? command.slice(1).map((key) => `${key} of ${index}`)
      : standard(command, connection);
}

describe('one part of a split that is redirected', () => {
  it('by MOVED is sent again alone, and its values stand where they belong (conformance 71)', async () => {
    cluster = await ScriptedCluster.open(3);
    const client = await cluster.connected();
    for (const index of [0, 1, 2]) cluster.answer.set(index, answerKeys(index));
    cluster.answer.set(1, (command, connection) =>
      command[1] === 'c'
        ? moved(SLOT.c, address(2))
        : answerKeys(1)(command, connection),
    );
    const values = await client.mget('a', 'c', 'b', '{c}2', 'a');
    expect(values).toEqual([
      'a of 2',
      'c of 2',
      'b of 0',
      '{c}2 of 2',
      'a of 2',
    ]);
    expect(asked('MGET')).toEqual([
      [['b']],
      [['c', '{c}2']],
      [
        ['a', 'a'],
        ['c', '{c}2'],
      ],
    ]);
  });

  it('by ASK is sent again alone, behind ASKING, and the map stays (conformance 71)', async () => {
    cluster = await ScriptedCluster.open(3);
    const client = await cluster.connected();
    for (const index of [0, 1, 2]) cluster.answer.set(index, answerKeys(index));
    let gone = true;
    cluster.answer.set(1, (command, connection) =>
      gone ? ask(SLOT.c, address(2)) : answerKeys(1)(command, connection),
    );
    cluster.answer.set(2, (command, connection) =>
      command[1] !== 'c' || connection.commands.at(-2)?.[0] === 'ASKING'
        ? answerKeys(2)(command, connection)
        : moved(SLOT.c, address(1)),
    );
    expect(await client.mget('c', 'b', 'a')).toEqual([
      'c of 2',
      'b of 0',
      'a of 2',
    ]);
    gone = false;
    expect(await client.mget('c', 'b')).toEqual(['c of 1', 'b of 0']);
    expect(asked('MGET')).toEqual([
      [['b'], ['b']],
      [['c'], ['c']],
      [['a'], ['c']],
    ]);
  });

  it('of a write runs once, and so do the others (conformance 71)', async () => {
    cluster = await ScriptedCluster.open(3);
    const client = await cluster.connected();
    let refusals = 0;
    cluster.answer.set(0, () => {
      refusals += 1;
      return refusals <= 2 ? error('TRYAGAIN half-way') : 1;
    });
    cluster.answer.set(1, () => moved(SLOT.c, address(2)));
    cluster.answer.set(2, ([, ...keys]) => keys.length);
    expect(await client.del('a', 'b', 'c', '{a}2')).toBe(4);
    expect(asked('DEL')).toEqual([
      [['b'], ['b'], ['b']],
      [['c']],
      [['a', '{a}2'], ['c']],
    ]);
  });
});

describe('a split of 10,000 keys', () => {
  it('leaves in few writes per node, each of many parts (conformance 70)', async () => {
    cluster = await ScriptedCluster.open(3);
    for (const index of [0, 1, 2]) {
      cluster.answer.set(index, ([, ...keys]) => keys);
    }
    const client = await cluster.connected();
    const write = vi.spyOn(Socket.prototype, 'write');
    const keys = Array.from({ length: 10_000 }, (_, n) => `key:${n}`);
    expect(await client.mget(keys)).toEqual(keys);
    const parts = new Set(keys.map(keySlot)).size;
    expect(cluster.count('MGET')).toBe(parts);
    for (const { port } of cluster.servers) {
      const sizes = write.mock.calls
        .filter(
          (_, nth) => (write.mock.contexts[nth] as Socket).remotePort === port,
        )
        .map(([bytes]) => Buffer.byteLength(bytes));
      const total = sizes.reduce((sum, size) => sum + size, 0);
      // a write takes 128 KiB and ends with the part that reaches them
      expect(sizes.length).toBe(Math.ceil(total / (128 * 1024 + 100)));
    }
  });
});
