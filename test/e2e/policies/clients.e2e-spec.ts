import type { LocalRedisNode } from 'nest-redis-cluster/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LineConnection } from '../../support/line-connection.js';
import {
  byNode,
  fanOutError,
  outcomes,
  PolicyCluster,
} from '../../support/policy-cluster.js';

const on = await PolicyCluster.start({
  users: [
    { name: 'app', password: 'secret' },
    { name: 'guest', password: 'secret' },
  ],
});
const { client, cluster } = on;
const { nodes } = cluster;
const guests: LineConnection[] = [];

beforeAll(() => client.connect());

afterEach(() => {
  for (const guest of guests.splice(0)) guest[Symbol.dispose]();
});

afterAll(() => on[Symbol.asyncDispose]());

async function guestOf({
  host,
  port,
}: LocalRedisNode): Promise<LineConnection> {
  const guest = await LineConnection.open({ host, port });
  guests.push(guest);
  expect(await guest.ask('AUTH guest secret')).toBe('+OK');
  return guest;
}

/** How many connections of the guest each node has. */
const guestsOf = (): Promise<Record<string, number>> =>
  byNode(
    nodes,
    async (node) =>
      String(await on.ask(node, 'CLIENT', 'LIST')).split('user=guest').length -
      1,
  );

/** Guests on four of the six nodes. */
async function welcome(): Promise<void> {
  for (const index of [0, 0, 2, 4, 5, 5]) await guestOf(nodes[index]!);
  // those of the test before may still be on their way out
  await expect
    .poll(async () => Object.values(await guestsOf()))
    .toEqual([2, 0, 1, 0, 1, 2]);
}

describe('CLIENT LIST', () => {
  it('has the connections of each node at that node', async () => {
    await welcome();
    const lists = await client.clientList();
    expect(
      await byNode(
        nodes,
        ({ address }) => lists[address]!.split('user=guest').length - 1,
      ),
    ).toEqual(await guestsOf());
  });
});

describe('CLIENT KILL', () => {
  it('closes those of all nodes, and counts them', async () => {
    await welcome();
    expect(await client.clientKill({ user: 'guest' })).toBe(6);
    await expect.poll(guestsOf).toEqual(await byNode(nodes, () => 0));
    expect(await client.clientKill({ user: 'guest' })).toBe(0);
  });

  it('of an address closes that one connection, wherever it is', async () => {
    await welcome();
    const list = String(await on.ask(nodes[4]!, 'CLIENT', 'LIST'));
    const guest = list.split('\n').find((line) => line.includes('user=guest'));
    const address = /\baddr=(\S+)/.exec(guest!)![1]!;
    expect(client.explain('CLIENT', 'KILL', address).responsePolicy).toBe(
      'one_succeeded',
    );
    expect(await client.call('CLIENT', 'KILL', address)).toBe('OK');
    await expect
      .poll(async () => Object.values(await guestsOf()))
      .toEqual([2, 0, 1, 0, 0, 2]);
    await expect(client.call('CLIENT', 'KILL', address)).rejects.toMatchObject({
      code: 'REPLY',
      message: 'ERR No such client',
    });
  });

  it('of an address that its node refuses is known to nobody else', async () => {
    await welcome();
    const list = String(await on.ask(nodes[4]!, 'CLIENT', 'LIST'));
    const guest = list.split('\n').find((line) => line.includes('user=guest'));
    const address = /\baddr=(\S+)/.exec(guest!)![1]!;
    const error = await on.denying(nodes[4]!, 'CLIENT KILL', () =>
      fanOutError(client.call('CLIENT', 'KILL', address)),
    );
    expect(outcomes(error)).toEqual(await byNode(nodes, () => 'failed'));
    expect(error.errorsByNode[nodes[4]!.address]).toMatchObject({
      prefix: 'NOPERM',
    });
    expect((await guestsOf())[nodes[4]!.address]).toBe(1);
  });

  it('that one node refuses tells how many the others closed', async () => {
    await welcome();
    const error = await on.denying(nodes[5]!, 'CLIENT KILL', () =>
      fanOutError(client.clientKill({ user: 'guest' })),
    );
    expect(error.replies).toEqual({
      [nodes[0]!.address]: 2,
      [nodes[1]!.address]: 0,
      [nodes[2]!.address]: 1,
      [nodes[3]!.address]: 0,
      [nodes[4]!.address]: 1,
    });
    expect(outcomes(error)[nodes[5]!.address]).toBe('failed');
    await expect
      .poll(guestsOf)
      .toEqual(await byNode(nodes, (node) => (node === nodes[5] ? 2 : 0)));
  });
});

/** Whether a guest of a node is kept waiting by a PUBLISH: it counts as a write, on replicas too. */
async function isPaused(node: LocalRedisNode): Promise<boolean> {
  const guest = await guestOf(node);
  const id = (await guest.ask('CLIENT ID')).slice(1);
  let answered = false;
  guest.ask('PUBLISH nowhere x').then(
    () => (answered = true),
    () => undefined,
  );
  const isPostponed = async (): Promise<boolean> =>
    / flags=\S*b/.test(String(await on.ask(node, 'CLIENT', 'LIST', 'ID', id)));
  let postponed = false;
  await expect
    .poll(async () => answered || (postponed = await isPostponed()))
    .toBe(true);
  return !answered && postponed;
}

describe('CLIENT PAUSE and UNPAUSE', () => {
  afterEach(() => on.everywhere('CLIENT', 'UNPAUSE'));

  it('stop and release the writers of every node', async () => {
    const pauses = async () => byNode(nodes, isPaused);
    expect(await pauses()).toEqual(await byNode(nodes, () => false));
    expect(await client.clientPause(20_000, { write: true })).toBe('OK');
    expect(await pauses()).toEqual(await byNode(nodes, () => true));
    expect(await client.clientUnpause()).toBe('OK');
    expect(await pauses()).toEqual(await byNode(nodes, () => false));
  });

  it.each([
    ['CLIENT PAUSE', () => client.clientPause(20_000, { write: true }), false],
    ['CLIENT UNPAUSE', () => client.clientUnpause(), true],
  ] as const)(
    '%s that one node refuses shows where writers are not what they should be',
    async (name, run, pausedBefore) => {
      if (pausedBefore) await on.everywhere('CLIENT', 'PAUSE', 20_000, 'WRITE');
      const refusing = nodes[3]!;
      const error = await on.denying(refusing, name, () => fanOutError(run()));
      expect(outcomes(error)).toEqual(
        await byNode(nodes, (node) =>
          node === refusing ? 'failed' : 'applied',
        ),
      );
      expect(await byNode(nodes, isPaused)).toEqual(
        await byNode(nodes, (node) => (node === refusing) === pausedBefore),
      );
    },
  );
});
