import {
  CrossSlotError,
  type CommandView,
  type FanOutError,
} from 'nest-redis-cluster';
import type { LocalRedisNode } from 'nest-redis-cluster/testing';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { fanOutError, PolicyCluster } from '../../support/policy-cluster.js';
import { callsOf, resetStatistics } from '../../support/server-statistics.js';

const on = await PolicyCluster.start();
const { client, cluster } = on;

afterAll(() => on[Symbol.asyncDispose]());

/** One key of each of many slots, and which node owns it. */
const KEYS = Array.from({ length: 60 }, (_, n) => `key:${n}`);
const owners = new Map<string, LocalRedisNode>();
const slots = new Map<string, number>();
for (const key of KEYS) {
  owners.set(key, await cluster.primaryOf(key));
  slots.set(key, await cluster.slotOf(key));
}
const primaries = await cluster.primaries();
/** The node that is going to fail. */
const away = primaries[1]!;
const AWAY = KEYS.filter((key) => owners.get(key) === away);
const OTHERS = KEYS.filter((key) => owners.get(key) !== away);

interface SplitCase {
  readonly name: string;
  readonly run: (view: CommandView) => Promise<unknown>;
  readonly reply: unknown;
  /** What a key holds where the command has run; undefined where it only reads. */
  readonly leaves?: string | null;
}

const CASES: readonly SplitCase[] = [
  { name: 'DEL', run: (view) => view.del(KEYS), reply: 60, leaves: null },
  { name: 'UNLINK', run: (view) => view.unlink(KEYS), reply: 60, leaves: null },
  {
    name: 'MSET',
    run: (view) => view.mset(KEYS.map((key) => [key, `new ${key}`] as const)),
    reply: 'OK',
    leaves: 'new',
  },
  { name: 'EXISTS', run: (view) => view.exists(KEYS), reply: 60 },
  { name: 'TOUCH', run: (view) => view.touch(KEYS), reply: 60 },
  {
    name: 'MGET',
    run: (view) => view.mget(KEYS),
    reply: KEYS.map((key) => `old ${key}`),
  },
];

beforeEach(async () => {
  for (const key of KEYS) {
    await on.ask(owners.get(key)!, 'SET', key, `old ${key}`);
  }
});

const expected = (key: string, leaves: string | null | undefined) =>
  leaves === null ? null : `${leaves ?? 'old'} ${key}`;

/** What the keys hold, asked from their owners. */
async function held(keys: readonly string[]): Promise<unknown[]> {
  return Promise.all(keys.map((key) => on.ask(owners.get(key)!, 'GET', key)));
}

/** The keys that the error says were applied, failed or unknown, against the owners' state. */
async function expectPartial(
  { name, run, leaves }: SplitCase,
  outcome: 'failed' | 'unknown',
): Promise<FanOutError> {
  const error = await fanOutError(run(client.with({ timeoutMs: 300 })));
  expect(error.command).toBe(name);
  const { applied, failed, unknown } = error.keys;
  const lost = outcome === 'failed' ? failed : unknown;
  expect(lost.map(String).toSorted()).toEqual(AWAY.toSorted());
  expect(applied.map(String).toSorted()).toEqual(OTHERS.toSorted());
  expect(failed.length + unknown.length).toBe(AWAY.length);
  for (const part of error.parts) {
    for (const key of part.keys!) {
      expect(owners.get(String(key))!.address).toBe(part.node);
      expect(slots.get(String(key))).toBe(part.slot);
    }
  }
  expect(await held(OTHERS)).toEqual(
    OTHERS.map((key) => expected(key, leaves)),
  );
  return error;
}

describe.each(CASES.map((row) => [row.name, row] as const))(
  '%s',
  (name, row) => {
    const { run, reply, leaves } = row;

    it('is one command for the caller', async () => {
      expect(await run(client.with({}))).toEqual(reply);
      expect(await held(KEYS)).toEqual(
        KEYS.map((key) => expected(key, leaves)),
      );
    });

    it('that one node refuses: its keys failed, and are as they were', async () => {
      await on.denying(away, name, () => expectPartial(row, 'failed'));
      expect(await held(AWAY)).toEqual(AWAY.map((key) => `old ${key}`));
    });

    it('of which one node is frozen: writes to its keys are unknown', async () => {
      await client.ping();
      await cluster.freeze(away);
      try {
        // EXISTS and the like leave nothing in doubt
        await expectPartial(row, leaves === undefined ? 'failed' : 'unknown');
      } finally {
        await cluster.resume(away);
      }
      // unknown is the truth: they were only late
      await expect
        .poll(() => held(AWAY))
        .toEqual(AWAY.map((key) => expected(key, leaves)));
    });
  },
);

describe('what stands for all or nothing', () => {
  it.each(
    (
      [
        ['MSETNX', 'a', 1, 'b', 2],
        ['MSETEX', 2, 'a', 1, 'b', 2, 'EX', 9, 'XX'],
        ['MSETEX', 2, 'a', 1, 'b', 2, 'NX'],
        ['RENAME', 'a', 'b'],
        ['COPY', 'a', 'b'],
        ['SINTERSTORE', 'a', 'b', 'c'],
        ['ZUNIONSTORE', 'a', 2, 'b', 'c'],
        ['BITOP', 'AND', 'a', 'b', 'c'],
        ['PFMERGE', 'a', 'b'],
        ['LMOVE', 'a', 'b', 'LEFT', 'RIGHT'],
        ['SMOVE', 'a', 'b', 'x'],
        ['EVAL', 'return 1', 2, 'a', 'b'],
        ['SORT', 'a', 'STORE', 'b'],
      ] as [string, ...(string | number)[]][]
    ).filter(([name]) => on.has(name)),
  )('%s is never split: refused before anything is sent', async (...words) => {
    await resetStatistics(cluster);
    await expect(client.call(...words)).rejects.toBeInstanceOf(CrossSlotError);
    expect(await callsOf(cluster, words[0].toLowerCase())).toBe(0);
  });
});

describe('with a dead primary', () => {
  it('the keys of the others are done, its own have failed', async () => {
    await cluster.kill(away);
    // by now the client has seen that the connection ended
    await client
      .with({ timeoutMs: 300 })
      .get(AWAY[0]!)
      .catch(() => undefined);
    for (const row of CASES) {
      await Promise.all(
        OTHERS.map((key) => on.ask(owners.get(key)!, 'SET', key, `old ${key}`)),
      );
      const error = await expectPartial(row, 'failed');
      expect(Object.keys(error.errorsByNode)).toEqual([away.address]);
    }
  });
});
