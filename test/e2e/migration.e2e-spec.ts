import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisClusterClient } from '../../lib/index.js';
import { keySlot } from '../../lib/routing/key-slot.js';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from '../../lib/testing/index.js';
import { Load } from '../support/load.js';

const KEYS = ['b', 'c', 'a'];
const SLOT_A = keySlot('a');

let cluster: LocalRedisCluster;
let client: RedisClusterClient;

/** The primary that does not own the slot and comes first. */
async function another(slot: number): Promise<LocalRedisNode> {
  const owner = await cluster.primaryOf(slot);
  return (await cluster.primaries()).find((node) => node !== owner)!;
}

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({
    replicas: 0,
    // a node that a busy machine holds up has not failed; a longer one lets
    // nodes that come and go wait for gossip
    nodeTimeoutMs: 5_000,
  });
  client = new RedisClusterClient(cluster.clientOptions);
  await client.connect();
});

afterAll(async () => {
  client.destroy();
  await cluster.stop();
});

describe('slots that move under load', () => {
  it('cost the callers no error and no write twice (conformance 48)', async () => {
    await client.del(KEYS);
    for (let n = 0; n < 200; n++) void client.set(`{a}${n}`, n);
    const load = new Load(client, KEYS, 4);
    await load.progress(20);
    for (let round = 0; round < 2; round++) {
      for (const key of KEYS) {
        await cluster.migrateSlots(keySlot(key), await another(keySlot(key)));
        await load.progress(10);
      }
    }
    await load.stop();
    expect(load.errors).toEqual([]);
    const values = await client.mget(...KEYS);
    expect(values.map(Number)).toEqual(
      KEYS.map((key) => load.of(key).acknowledged),
    );
  });

  it('lead blocking commands along, too (conformance 41)', async () => {
    const target = await another(SLOT_A);
    const pop = client.blpop('{a}list', 60);
    const migration = await cluster.migrateSlots(SLOT_A, target, {
      stopHalfway: true,
    });
    await migration.finish();
    await client.rpush('{a}list', 'x');
    expect(await pop).toEqual({ key: '{a}list', element: 'x' });
  });
});

describe('a slot that stays half-way', () => {
  it('serves what it can; multi-key reads that it cannot serve end with a typed error, or with success once it can (conformance 45, 49)', async () => {
    await client.mset({ '{a}1': 'one', '{a}2': 'two', b: 'b' });
    const migration = await cluster.migrateSlots(
      SLOT_A,
      await another(SLOT_A),
      {
        stopHalfway: true,
      },
    );
    await migration.moveKeys(['{a}1']);
    expect(await client.get('{a}1')).toBe('one');
    expect(await client.get('{a}2')).toBe('two');
    await expect(
      client.with({ timeoutMs: 500 }).mget('{a}1', '{a}2'),
    ).rejects.toMatchObject({
      code: 'TIMEOUT',
      command: 'MGET',
      slot: SLOT_A,
    });
    const waiting = client.mget('{a}1', '{a}2');
    expect(await client.get('b')).toBe('b');
    await migration.moveKeys();
    // all keys at the target, the owner still the source: ASK each time
    expect(await waiting).toEqual(['one', 'two']);
    for (let n = 0; n < 20; n++) {
      expect(await client.mget('{a}1', '{a}2')).toEqual(['one', 'two']);
    }
    await client.set('{a}3', 'three');
    await migration.finish();
    expect(await client.mget('{a}1', '{a}3')).toEqual(['one', 'three']);
  });
});

describe('nodes that come and go', () => {
  it('are used once slots move to them, and left without an error when they leave while the client is idle (conformance 34, 35)', async () => {
    await client.set('a', 'kept');
    const home = await cluster.primaryOf('a');
    const guest = await cluster.addNode();
    await cluster.migrateSlots(SLOT_A, guest);
    expect(await client.get('a')).toBe('kept');
    const calls = async (): Promise<number> =>
      Number(
        /cmdstat_get:calls=(\d+)/.exec(
          String(await guest.command('INFO', 'commandstats')),
        )?.[1],
      );
    expect(await calls()).toBeGreaterThan(0);
    await cluster.migrateSlots(SLOT_A, home);
    await cluster.removeNode(guest);
    expect(await client.get('a')).toBe('kept');
    expect(await client.keys('a')).toEqual(['a']);
  });
});
