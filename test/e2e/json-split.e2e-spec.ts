import { expect, it } from 'vitest';
import { FanOutError } from '../../lib/index.js';
import { ScriptedCluster } from '../support/scripted-cluster.js';
import { error, OK } from '../support/scripted-server.js';

// No server at hand has the JSON module: nodes that keep documents as text.
async function documentCluster(): Promise<ScriptedCluster> {
  const cluster = await ScriptedCluster.open(3);
  cluster.servers.forEach((_server, index) => {
    const documents = new Map<string, string>();
    cluster.answer.set(index, ([name = '', ...args]) => {
      switch (name) {
        case 'JSON.MSET':
          for (let at = 0; at < args.length; at += 3) {
            documents.set(args[at]!, args[at + 2]!);
          }
          return OK;
        case 'JSON.MGET':
          return args.slice(0, -1).map((key) => documents.get(key) ?? null);
        default:
          return OK;
      }
    });
  });
  return cluster;
}

it('JSON.MSET and JSON.MGET over three shards are sent in parts and come back as one, in order', async () => {
  await using cluster = await documentCluster();
  const client = await cluster.connected();
  const entries = ['a', 'b', 'c'].map((key) => ({
    key,
    path: '$',
    value: { of: key },
  }));
  expect(await client.jsonMset(entries)).toBe('OK');
  expect(await client.jsonMget(['c', 'gone', 'a', 'b', 'a'], '$')).toEqual([
    '{"of":"c"}',
    null,
    '{"of":"a"}',
    '{"of":"b"}',
    '{"of":"a"}',
  ]);
  for (const server of cluster.servers) {
    for (const [, ...args] of server.commands('JSON.MSET')) {
      expect(args).toHaveLength(3);
    }
    for (const command of server.commands('JSON.MGET')) {
      expect(command.at(-1)).toBe('$');
    }
  }
  expect(cluster.count('JSON.MSET')).toBe(3);
  expect(cluster.count('JSON.MGET')).toBeGreaterThanOrEqual(3);
});

it('a JSON.MSET that one shard refuses is told as a partial failure', async () => {
  await using cluster = await documentCluster();
  const client = await cluster.connected();
  cluster.answer.set(1, () => error('ERR expected value at line 1 column 1'));
  const failure = await client
    .jsonMset([
      { key: 'a', path: '$', value: '1' },
      { key: 'c', path: '$', value: 'no json' },
    ])
    .catch((reason: unknown) => reason);
  expect(failure).toBeInstanceOf(FanOutError);
  expect(await client.jsonMget('a', '$')).toEqual(['1']);
});
