import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LineConnection } from '../../support/line-connection.js';
import { PolicyCluster } from '../../support/policy-cluster.js';

const on = await PolicyCluster.start();
const { client, cluster } = on;
const subscribers: LineConnection[] = [];

afterAll(async () => {
  for (const connection of subscribers) connection[Symbol.dispose]();
  await on[Symbol.asyncDispose]();
});

/** A connection of its own to one node that listens. */
async function listen(index: number, line: string): Promise<void> {
  const { host, port } = cluster.nodes[index]!;
  const connection = await LineConnection.open({ host, port });
  subscribers.push(connection);
  await connection.ask('AUTH app secret');
  expect(await connection.ask(line)).toBe('*3');
}

/** What every node says for itself, in one list. */
async function ownAnswers(...words: [string, ...string[]]): Promise<unknown[]> {
  return Object.values(await on.everywhere(...words)).flat();
}

/** A shard channel can be listened to on its slot's own nodes alone. */
let shardChannelOf: string[];

beforeAll(async () => {
  const owners = new Map<number, string>();
  for (let n = 0; owners.size < 3; n += 1) {
    const owner = await cluster.primaryOf(`shard:${n}`);
    if (!owners.has(owner.index)) owners.set(owner.index, `shard:${n}`);
  }
  shardChannelOf = cluster.nodes.map(({ index }) => owners.get(index) ?? '');
  await listen(0, 'SUBSCRIBE news');
  await listen(1, 'SUBSCRIBE news');
  await listen(1, 'SUBSCRIBE news');
  await listen(4, 'SUBSCRIBE news');
  await listen(2, 'SUBSCRIBE weather');
  await listen(3, 'PSUBSCRIBE n*');
  await listen(0, 'PSUBSCRIBE n*');
  await listen(0, `SSUBSCRIBE ${shardChannelOf[0]}`);
  await listen(0, `SSUBSCRIBE ${shardChannelOf[0]}`);
  await listen(2, `SSUBSCRIBE ${shardChannelOf[2]}`);
});

describe('PUBSUB', () => {
  it('CHANNELS names each channel once that any node knows', async () => {
    expect(await ownAnswers('PUBSUB', 'CHANNELS')).toHaveLength(4);
    expect((await client.pubsubChannels()).toSorted()).toEqual([
      'news',
      'weather',
    ]);
    expect(await client.pubsubChannels('w*')).toEqual(['weather']);
    expect(
      await client.with({ replies: 'buffers' }).pubsubChannels('n*'),
    ).toEqual([Buffer.from('news')]);
  });

  it('NUMSUB adds up the nodes, replicas included, channel by channel', async () => {
    expect(
      (await ownAnswers('PUBSUB', 'NUMSUB', 'news')).filter(
        (answer) => typeof answer === 'number',
      ),
    ).toEqual([1, 2, 0, 0, 1, 0]);
    const expected = [
      { channel: 'silence', subscribers: 0 },
      { channel: 'news', subscribers: 4 },
      { channel: 'weather', subscribers: 1 },
    ];
    expect(await client.pubsubNumsub('silence', 'news', 'weather')).toEqual(
      expected,
    );
    expect(
      await client.with({ replies: 'buffers' }).pubsubNumsub('news'),
    ).toEqual([{ channel: Buffer.from('news'), subscribers: 4 }]);
  });

  it('NUMPAT adds up the patterns that each node counts', async () => {
    expect(await ownAnswers('PUBSUB', 'NUMPAT')).toEqual([1, 0, 0, 1, 0, 0]);
    expect(await client.pubsubNumpat()).toBe(2);
  });

  it('SHARDCHANNELS names those of all shards', async () => {
    expect(await ownAnswers('PUBSUB', 'SHARDCHANNELS')).toHaveLength(2);
    expect((await client.pubsubShardchannels()).toSorted()).toEqual(
      [shardChannelOf[0]!, shardChannelOf[2]!].toSorted(),
    );
  });

  it('SHARDNUMSUB counts channels of several shards in one call', async () => {
    const [first, second, third] = shardChannelOf as [string, string, string];
    expect(await client.pubsubShardnumsub(first, second, third)).toEqual([
      { channel: first, subscribers: 2 },
      { channel: second, subscribers: 0 },
      { channel: third, subscribers: 1 },
    ]);
  });

  it.each([
    ['PUBSUB CHANNELS', () => client.pubsubChannels()],
    ['PUBSUB NUMSUB', () => client.pubsubNumsub('news')],
    ['PUBSUB NUMPAT', () => client.pubsubNumpat()],
    ['PUBSUB SHARDCHANNELS', () => client.pubsubShardchannels()],
    ['PUBSUB SHARDNUMSUB', () => client.pubsubShardnumsub('shard')],
  ] as const)(
    '%s counts nothing where one node refuses: the sum would be too small',
    async (name, run) => {
      const refusing = cluster.nodes[1]!;
      await on.denying(refusing, name, async () => {
        await expect(run()).rejects.toMatchObject({
          code: 'FAN_OUT',
          command: name,
          errorsByNode: { [refusing.address]: { prefix: 'NOPERM' } },
        });
      });
    },
  );
});

describe('PUBLISH', () => {
  it('to one node reaches the subscribers of all', async () => {
    await on.everywhere('CONFIG', 'RESETSTAT');
    await client.publish('weather', 'rain');
    const published = Object.values(
      await on.everywhere('INFO', 'commandstats'),
    ).filter((info) => String(info).includes('cmdstat_publish:'));
    expect(published).toHaveLength(1);
    // line by line, until the message: the subscriber is on a node of its own
    await expect
      .poll(() => subscribers[4]!.ask('PING'), { interval: 1 })
      .toBe('rain');
  });
});
