import { afterEach, describe, expect, it } from 'vitest';
import { AdminConnection } from '../../../lib/testing/admin-connection.js';
import { parseClusterNodes } from '../../../lib/testing/cluster-view.js';
import {
  ask,
  error,
  encodeReply,
  OK,
  raw,
  ScriptedServer,
  withHandshake,
} from '../../support/scripted-server.js';
import {
  clusterNodes,
  id,
  redirectFor,
  type ScriptedShard,
  withTopology,
} from '../../support/scripted-topology.js';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server[Symbol.asyncDispose]();
});

async function connected(
  ...args: Parameters<typeof ScriptedServer.open>
): Promise<[ScriptedServer, AdminConnection]> {
  const server = await ScriptedServer.open(...args);
  const client = await AdminConnection.open({
    host: '127.0.0.1',
    port: server.port,
  });
  open.push({
    [Symbol.asyncDispose]: async () => {
      client.close();
      await server.close();
    },
  });
  return [server, client];
}

describe('ScriptedServer', () => {
  it('answers in the order of the commands, whatever a handler takes, and counts', async () => {
    let release: ((reply: string) => void) | undefined;
    const [server, client] = await connected(([name]) =>
      name === 'SLOW'
        ? new Promise<string>((resolve) => {
            release = resolve;
          })
        : [1, 'two', null, Buffer.from('four')],
    );
    const replies = Promise.all([
      client.command(['SLOW', 'a', 'b']),
      client.command(['FAST']),
    ]);
    while (server.commands('SLOW').length === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    release?.('done');
    expect(await replies).toEqual(['done', [1, 'two', null, 'four']]);
    expect(server.commands()).toEqual([['SLOW', 'a', 'b'], ['FAST']]);
    expect(server.openConnections).toHaveLength(1);
  });

  it('gives errors, redirects, raw bytes in pieces, and drops', async () => {
    const [server, client] = await connected(([name], connection) => {
      if (name === 'ASK') return ask(7, '127.0.0.1:7000');
      if (name === 'DROP') connection.drop('rst');
      if (name === 'DROP') return undefined;
      connection.splitting = true;
      return name === 'RAW' ? raw('$3\r\nabc\r\n') : error('ERR no');
    });
    await expect(client.command(['ASK'])).rejects.toThrow(
      'ASK 7 127.0.0.1:7000',
    );
    expect(await client.command(['RAW'])).toBe('abc');
    await expect(client.command(['OTHER'])).rejects.toThrow('ERR no');
    await expect(client.command(['DROP'])).rejects.toMatchObject({
      code: 'CONNECTION',
    });
    expect(server.openConnections).toHaveLength(0);
    expect(server.connections).toHaveLength(1);
  });

  it('encodes maps as the protocol has them', () => {
    const map = new Map([['a', 1]]);
    expect(encodeReply(map, 3).toString()).toBe('%1\r\n$1\r\na\r\n:1\r\n');
    expect(encodeReply(map, 2).toString()).toBe('*2\r\n$1\r\na\r\n:1\r\n');
    expect(encodeReply(null, 3).toString()).toBe('_\r\n');
    expect(encodeReply(OK, 2).toString()).toBe('+OK\r\n');
  });
});

describe('a made-up topology', () => {
  const one = { id: id('a'), host: '127.0.0.1', port: 7000 };
  const two = { id: id('b'), host: '127.0.0.1', port: 7001 };
  const shards: ScriptedShard[] = [
    { slots: [[0, 8000]], primary: one, replicas: [] },
    {
      slots: [
        [8001, 16_382],
        [16_383, 16_383],
      ],
      primary: two,
    },
  ];

  it('is told by CLUSTER SLOTS, SHARDS, NODES and MYID, and by HELLO', async () => {
    const handler = withHandshake(
      withTopology(
        () => shards,
        () => one,
        ([name, key]) =>
          name === 'GET' && key === 'far'
            ? redirectFor(9000, shards, one)
            : 'mine',
      ),
    );
    const [, client] = await connected(handler);
    expect(await client.command(['HELLO', '3'])).toMatchObject({ proto: 3 });
    expect(await client.command(['CLUSTER', 'SHARDS'])).toMatchObject([
      { slots: [0, 8000], nodes: [{ id: one.id, role: 'master' }] },
      { slots: [8001, 16_382, 16_383, 16_383] },
    ]);
    expect(await client.command(['CLUSTER', 'SLOTS'])).toHaveLength(3);
    expect(await client.command(['CLUSTER', 'MYID'])).toBe(one.id);
    expect(await client.command(['GET', 'near'])).toBe('mine');
    await expect(client.command(['GET', 'far'])).rejects.toThrow(
      'MOVED 9000 127.0.0.1:7001',
    );
  });

  it('is readable as CLUSTER NODES', () => {
    expect(parseClusterNodes(clusterNodes(shards, two))).toMatchObject([
      { id: one.id, port: 7000, role: 'primary', slots: [[0, 8000]] },
      { id: two.id, flags: new Set(['myself', 'master']) },
    ]);
  });
});
