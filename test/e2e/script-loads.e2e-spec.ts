import { afterEach, describe, expect, it } from 'vitest';
import { ScriptedCluster, SLOT } from '../support/scripted-cluster.js';
import {
  ask,
  error,
  type Handler,
  OK,
  type ScriptedReply,
} from '../support/scripted-server.js';

const NOSCRIPT = 'NOSCRIPT No matching script. Please use EVAL.';
const LUA = "return redis.call('INCR', KEYS[1])";

let cluster: ScriptedCluster;

afterEach(() => cluster[Symbol.asyncDispose]());

const address = (index: number): string => cluster.servers[index]!.address;

/** A node that runs a script once it is loaded, and answers with its runs. */
function scripted(onLoad: ScriptedReply = OK): Handler {
  let loaded = false;
  let runs = 0;
  return ([name]) => {
    if (name === 'SCRIPT') {
      loaded ||= onLoad === OK;
      return onLoad;
    }
    if (name !== 'EVALSHA' && name !== 'EVALSHA_RO') return OK;
    return loaded ? ++runs : error(NOSCRIPT);
  };
}

/** What a node was told, without what every connection begins with. */
const told = (index: number): string[] =>
  cluster.servers[index]!.connections.flatMap(({ commands }) =>
    commands
      .map(([name = '']) => name)
      .filter((name) => !['HELLO', 'CLIENT', 'CLUSTER'].includes(name)),
  );

describe('a script that a node lacks', () => {
  it('is loaded on the connection that said so, with the call right behind it (conformance 124)', async () => {
    cluster = await ScriptedCluster.open(1);
    cluster.answer.set(0, scripted());
    const client = await cluster.connected();
    const script = client.script({ lua: LUA, numberOfKeys: 1 });
    expect(await script.run('a')).toBe(1);
    expect(await script.run('a')).toBe(2);
    expect(told(0)).toEqual(['EVALSHA', 'SCRIPT', 'EVALSHA', 'EVALSHA']);
  });

  it('is loaded ahead of ASKING at the node that imports the slot (conformance 124)', async () => {
    cluster = await ScriptedCluster.open(2);
    cluster.answer.set(0, ([name]) =>
      name === 'EVALSHA' ? ask(SLOT.b, address(1)) : OK,
    );
    cluster.answer.set(1, scripted());
    const client = await cluster.connected();
    const script = client.script({ lua: LUA, numberOfKeys: 1 });
    expect(await script.run('b')).toBe(1);
    expect(told(1)).toEqual([
      'ASKING',
      'EVALSHA',
      'SCRIPT',
      'ASKING',
      'EVALSHA',
    ]);
  });

  it('is loaded at the one node the caller chose', async () => {
    cluster = await ScriptedCluster.open(2);
    cluster.answer.set(1, scripted());
    const client = await cluster.connected();
    const script = client.script({ lua: LUA });
    const there = script.on(client.at({ node: address(1) }));
    expect(await there.run([])).toBe(1);
    expect(told(1)).toEqual(['EVALSHA', 'SCRIPT', 'EVALSHA']);
    expect(told(0)).toEqual([]);
  });

  it('is given up where the node refuses to load it, with what it said', async () => {
    cluster = await ScriptedCluster.open(1);
    const refusal = 'NOPERM this user has no permissions';
    cluster.answer.set(0, scripted(error(refusal)));
    const client = await cluster.connected();
    await expect(
      client.script({ lua: LUA, numberOfKeys: 1 }).run('a'),
    ).rejects.toMatchObject({
      code: 'REPLY',
      command: 'EVALSHA',
      message: refusal,
      attempts: 2,
      cause: { message: NOSCRIPT },
    });
    expect(told(0)).toEqual(['EVALSHA', 'SCRIPT', 'EVALSHA']);
  });

  it('is given up where it is forgotten again each time', async () => {
    cluster = await ScriptedCluster.open(1);
    cluster.answer.set(0, ([name]) =>
      name === 'EVALSHA' ? error(NOSCRIPT) : OK,
    );
    const client = await cluster.connected();
    await expect(
      client.script({ lua: LUA, numberOfKeys: 1 }).run('a'),
    ).rejects.toMatchObject({ message: NOSCRIPT, attempts: 5 });
  });

  it('is loaded again where loading met a busy node', async () => {
    cluster = await ScriptedCluster.open(1);
    const replies: ScriptedReply[] = [
      error(NOSCRIPT),
      error('BUSY Redis is busy running a script.'),
      error('BUSY Redis is busy running a script.'),
      error(NOSCRIPT),
      OK,
      7,
    ];
    cluster.answer.set(0, () => replies.shift());
    const client = await cluster.connected();
    const script = client.script({ lua: LUA, numberOfKeys: 1 });
    expect(await script.run('a')).toBe(7);
  });

  it('is not loaded for a plain evalsha', async () => {
    cluster = await ScriptedCluster.open(1);
    cluster.answer.set(0, scripted());
    const client = await cluster.connected();
    await expect(client.evalsha('0'.repeat(40), ['a'])).rejects.toMatchObject({
      code: 'REPLY',
      prefix: 'NOSCRIPT',
    });
    expect(told(0)).toEqual(['EVALSHA']);
  });
});
