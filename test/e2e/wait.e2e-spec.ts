import { afterEach, describe, expect, it } from 'vitest';
import { ScriptedCluster, SLOT } from '../support/scripted-cluster.js';
import { moved, OK } from '../support/scripted-server.js';

let cluster: ScriptedCluster;

afterEach(() => cluster[Symbol.asyncDispose]());

/** The data commands of each connection that had a WAIT, over all nodes. */
const waiting = (): string[][][] =>
  cluster.servers
    .flatMap(({ connections }) => connections)
    .map(({ commands }) =>
      commands.filter(([name = '']) => /^(?:SET|WAIT|WAITAOF)$/.test(name)),
    )
    .filter((commands) => commands.some(([name]) => name !== 'SET'));

describe('WAIT in withConnection', () => {
  it('is on the connection of its writes, whoever else writes and waits (conformance 85)', async () => {
    cluster = await ScriptedCluster.open(1);
    cluster.answer.set(0, ([name]) => (name === 'WAIT' ? 1 : OK));
    const client = await cluster.connected();
    const counts = await Promise.all(
      ['one', 'two', 'three'].map((value) =>
        client.withConnection({ key: 'a' }, async (connection) => {
          await connection.set('a', value);
          await client.set('a', 'of another');
          return connection.wait(1, 50);
        }),
      ),
    );
    expect(counts).toEqual([1, 1, 1]);
    expect(waiting()).toHaveLength(3);
    for (const value of ['one', 'two', 'three']) {
      expect(waiting()).toContainEqual([
        ['SET', 'a', value],
        ['WAIT', '1', '50'],
      ]);
    }
  });

  it('is not sent elsewhere when the write was redirected: its count would mean nothing (conformance 85)', async () => {
    cluster = await ScriptedCluster.open(2);
    cluster.answer.set(1, () => moved(SLOT.a, cluster.servers[0]!.address));
    cluster.answer.set(0, ([name]) => (name === 'WAIT' ? 1 : OK));
    const client = await cluster.connected();
    const work = client.withConnection({ key: 'a' }, async (connection) => {
      await connection.set('a', 1);
      return connection.wait(1, 50);
    });
    await expect(work).rejects.toMatchObject({ prefix: 'MOVED' });
    expect(cluster.count('WAIT')).toBe(0);
  });
});
