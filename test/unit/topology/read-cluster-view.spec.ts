import { describe, expect, it } from 'vitest';
import { ConnectionError } from '../../../lib/errors/connection-error.js';
import { ReplyError } from '../../../lib/errors/reply-error.js';
import { readClusterView } from '../../../lib/topology/read-cluster-view.js';

const source = { host: 'asked', port: 7000 };
const context = {
  source,
  tls: false,
  mapAddress: <T>(address: T): T => address,
};

const NODES = [
  'a 10.0.0.1:7000@17000 myself,master - 0 0 3 connected 0-16383',
  'b 10.0.0.2:7000@17000 slave,fail a 0 0 3 connected',
].join('\n');
const SHARDS = [
  {
    slots: [0, 16_383],
    nodes: [
      {
        id: 'a',
        port: 7000,
        endpoint: 'name-a',
        role: 'master',
        health: 'online',
      },
    ],
  },
];
const SLOTS = [[0, 16_383, ['slots-a', 7000, 'a', []]]];

const refusal = new ReplyError('NOPERM no');
const lost = new ConnectionError('lost');

/** A node that gives these replies, or errors, by the second word. */
function asked(replies: Record<string, unknown>) {
  const words: string[] = [];
  const ask = (...[, word = '']: readonly string[]): Promise<unknown> => {
    words.push(word);
    const reply = replies[word];
    return reply instanceof Error
      ? Promise.reject(reply)
      : Promise.resolve(reply);
  };
  return { words, view: readClusterView(ask, source, context) };
}

describe('a view of the cluster', () => {
  it('joins endpoints of SHARDS with members and epochs of NODES (conformance 22)', async () => {
    const { words, view } = asked({ SHARDS, NODES, SLOTS });
    expect(await view).toMatchObject({
      source: 'asked:7000',
      slots: SLOTS,
      nodes: [
        { id: 'a', address: { host: 'name-a' }, epoch: 3, myself: true },
        { id: 'b', address: { host: '10.0.0.2' }, healthy: false },
      ],
    });
    expect(words).toEqual(['SLOTS', 'SHARDS', 'NODES']);
  });

  it.each([
    ['is unknown', new ReplyError("ERR unknown subcommand 'SHARDS'")],
    ['is refused', refusal],
    ['is empty', []],
  ])('takes SLOTS where SHARDS %s', async (_, shards) => {
    const { view } = asked({ SHARDS: shards, NODES, SLOTS });
    expect((await view).nodes).toMatchObject([
      { id: 'a', address: { host: 'slots-a' }, epoch: 3 },
      { id: 'b' },
    ]);
  });

  it('has no epochs where NODES is refused', async () => {
    const { view } = asked({ SHARDS, NODES: refusal });
    expect((await view).nodes).toMatchObject([
      { id: 'a', epoch: undefined, slots: [[0, 16_383]] },
    ]);
  });

  it.each([
    ['SHARDS', { SHARDS: lost, NODES }],
    ['NODES', { SHARDS, NODES: lost }],
    ['SLOTS', { SHARDS: refusal, NODES, SLOTS: lost }],
  ])('is none where the connection is lost at %s', async (_, replies) => {
    await expect(asked(replies).view).rejects.toBe(lost);
  });

  it('is none where everything is refused', async () => {
    const replies = { SHARDS: refusal, NODES: refusal, SLOTS: refusal };
    await expect(asked(replies).view).rejects.toBe(refusal);
  });
});
