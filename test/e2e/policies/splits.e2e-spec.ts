import {
  CrossSlotError,
  type CommandView,
  type FanOutError,
} from 'nest-redis-cluster';
import type { LocalRedisNode } from 'nest-redis-cluster/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  atOnce,
  fanOutError,
  PolicyCluster,
} from '../../support/policy-cluster.js';
import { callsOf, resetStatistics } from '../../support/server-statistics.js';

const on = await PolicyCluster.start();
const { client, cluster } = on;

afterAll(() => on[Symbol.asyncDispose]());

interface SplitCase {
  readonly name: string;
  readonly run: (
    view: CommandView,
    keys: readonly string[],
  ) => Promise<unknown>;
  readonly reply: (keys: readonly string[]) => unknown;
  /** What a key holds where the command has run; undefined where it only reads. */
  readonly leaves?: string | null;
}

const CASES: readonly SplitCase[] = [
  {
    name: 'DEL',
    run: (view, keys) => view.del(keys),
    reply: ({ length }) => length,
    leaves: null,
  },
  {
    name: 'UNLINK',
    run: (view, keys) => view.unlink(keys),
    reply: ({ length }) => length,
    leaves: null,
  },
  {
    name: 'MSET',
    run: (view, keys) =>
      view.mset(keys.map((key) => [key, `new ${key}`] as const)),
    reply: () => 'OK',
    leaves: 'new',
  },
  {
    name: 'EXISTS',
    run: (view, keys) => view.exists(keys),
    reply: ({ length }) => length,
  },
  {
    name: 'TOUCH',
    run: (view, keys) => view.touch(keys),
    reply: ({ length }) => length,
  },
  {
    name: 'MGET',
    run: (view, keys) => view.mget(keys),
    reply: (keys) => keys.map((key) => `old ${key}`),
  },
];

/** Keys of many slots, each command's own. */
const keysOf = ({ name }: SplitCase): string[] =>
  Array.from({ length: 40 }, (_, n) => `${name}:${n}`);
const ALL = CASES.flatMap(keysOf);
/** The slot of each key, and the node that owns it. */
const slots = new Map<string, number>();
const owners = new Map<string, LocalRedisNode>();
const ranges = (await on.ask(cluster.nodes[0]!, 'CLUSTER', 'SLOTS')) as [
  from: number,
  to: number,
  owner: [host: string, port: number],
][];
for (const key of ALL) {
  const slot = await cluster.slotOf(key);
  slots.set(key, slot);
  const [, , [, port]] = ranges.find(
    ([from, to]) => from <= slot && slot <= to,
  )!;
  owners.set(
    key,
    cluster.nodes.find((node) => node.port === port)!,
  );
}
/** The node that is going to fail. */
const away = (await cluster.primaries())[1]!;
const isAway = (key: string): boolean => owners.get(key) === away;
const isElsewhere = (key: string): boolean => !isAway(key);

/** Gives keys their first values. */
async function fill(keys: readonly string[]): Promise<void> {
  await Promise.all(
    keys.map((key) => on.ask(owners.get(key)!, 'SET', key, `old ${key}`)),
  );
}

const expected = (key: string, leaves: string | null | undefined) =>
  leaves === null ? null : `${leaves ?? 'old'} ${key}`;

/** What the keys hold, asked from their owners. */
async function held(keys: readonly string[]): Promise<unknown[]> {
  return Promise.all(keys.map((key) => on.ask(owners.get(key)!, 'GET', key)));
}

/** The error of a command of which one node does not do its part. */
const partial = (row: SplitCase): Promise<FanOutError> =>
  fanOutError(row.run(client.with({ timeoutMs: 4_000 }), keysOf(row)));

/** Checks which keys the error says were applied, failed or unknown, against the owners' state. */
async function expectPartial(
  row: SplitCase,
  error: FanOutError,
  outcome: 'failed' | 'unknown',
): Promise<void> {
  const keys = keysOf(row);
  expect(error.command).toBe(row.name);
  const { applied, failed, unknown } = error.keys;
  const lost = outcome === 'failed' ? failed : unknown;
  expect(lost.map(String).toSorted()).toEqual(keys.filter(isAway).toSorted());
  expect(applied.map(String).toSorted()).toEqual(
    keys.filter(isElsewhere).toSorted(),
  );
  expect(failed.length + unknown.length).toBe(lost.length);
  for (const part of error.parts) {
    for (const key of part.keys!) {
      expect(owners.get(String(key))!.address).toBe(part.node);
      expect(slots.get(String(key))).toBe(part.slot);
    }
  }
  const others = keys.filter(isElsewhere);
  expect(await held(others)).toEqual(
    others.map((key) => expected(key, row.leaves)),
  );
}

const rows = CASES.map((row) => [row.name, row] as const);

describe.each(rows)('%s', (name, row) => {
  const keys = keysOf(row);

  beforeEach(() => fill(keys));

  it('is one command for the caller', async () => {
    expect(await row.run(client.with({}), keys)).toEqual(row.reply(keys));
    expect(await held(keys)).toEqual(
      keys.map((key) => expected(key, row.leaves)),
    );
  });

  it('that one node refuses: its keys failed, and are as they were', async () => {
    const error = await on.denying(away, name, () => partial(row));
    await expectPartial(row, error, 'failed');
    const refused = keys.filter(isAway);
    expect(await held(refused)).toEqual(refused.map((key) => `old ${key}`));
  });
});

describe('of which one node is frozen', () => {
  let errorOf: (row: SplitCase) => FanOutError;

  beforeAll(async () => {
    await fill(ALL);
    await client.ping();
    await cluster.freeze(away);
    errorOf = await atOnce(CASES, partial);
    await cluster.resume(away);
  });

  it.each(rows)('%s: writes to its keys are unknown', async (_, row) => {
    const { leaves } = row;
    // EXISTS and the like leave nothing in doubt
    const outcome = leaves === undefined ? 'failed' : 'unknown';
    await expectPartial(row, errorOf(row), outcome);
    // unknown is the truth: they were only late
    const late = keysOf(row).filter(isAway);
    await expect
      .poll(() => held(late))
      .toEqual(late.map((key) => expected(key, leaves)));
  });
});

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
  let errorOf: (row: SplitCase) => FanOutError;

  beforeAll(async () => {
    await fill(ALL);
    await cluster.kill(away);
    // by now the client has seen that the connection ended
    await client
      .with({ timeoutMs: 300 })
      .get(ALL.find(isAway)!)
      .catch(() => undefined);
    errorOf = await atOnce(CASES, partial);
  });

  it.each(rows)(
    '%s: the keys of the others are done, its own have failed',
    async (_, row) => {
      const error = errorOf(row);
      await expectPartial(row, error, 'failed');
      expect(Object.keys(error.errorsByNode)).toEqual([away.address]);
    },
  );
});
