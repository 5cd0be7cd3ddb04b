import {
  RedisClusterClient,
  type CommandView,
  type FanOutError,
} from 'nest-redis-cluster';
import type { LocalRedisNode } from 'nest-redis-cluster/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  atOnce,
  byNode,
  fanOutError,
  outcomes,
  PolicyCluster,
  type Reach,
} from '../../support/policy-cluster.js';

/** One command of each class of reply, and what a node without a reply leaves behind. */
interface AwayCase {
  readonly policy: string;
  readonly name: string;
  readonly reach: Reach;
  readonly run: (view: CommandView) => Promise<unknown>;
  /** Why a frozen node leaves nothing in doubt: it only reads or reports, or needs a connection that cannot be made. */
  readonly certain?: 'read only' | 'own connection';
  /** Brings the nodes that can be asked into the state before. */
  readonly before?: (node: LocalRedisNode) => Promise<unknown>;
  /** Whether a node shows that it ran there. */
  readonly ran?: (node: LocalRedisNode) => Promise<boolean>;
}

/** Far more than the nodes that are there need, also on a slow and busy machine. */
const TIMEOUT_MS = 4_000;

const on = await PolicyCluster.start();
const { client, cluster } = on;
const sha = String(
  await on.ask(cluster.nodes[0]!, 'SCRIPT', 'LOAD', 'return 7'),
);

afterAll(() => on[Symbol.asyncDispose]());

const knowsScript = async (node: LocalRedisNode): Promise<boolean> =>
  ((await on.ask(node, 'SCRIPT', 'EXISTS', sha)) as number[])[0] === 1;

const CASES: readonly AwayCase[] = [
  {
    policy: 'all_succeeded',
    name: 'CONFIG SET',
    reach: 'nodes',
    before: (node) => on.ask(node, 'CONFIG', 'SET', 'hz', 11),
    run: (view) => view.configSet({ hz: 13 }),
    ran: async (node) =>
      ((await on.ask(node, 'CONFIG', 'GET', 'hz')) as string[])[1] === '13',
  },
  {
    policy: 'all_succeeded',
    name: 'FLUSHALL',
    reach: 'primaries',
    before: async (node) => {
      for (let n = 0; n < 20; n += 1) {
        // those of other nodes are refused
        await on.ask(node, 'SET', `key:${n}`, n).catch(() => undefined);
      }
    },
    run: (view) => view.flushall(),
    ran: async (node) => (await on.ask(node, 'DBSIZE')) === 0,
  },
  {
    policy: 'all_agree',
    name: 'SCRIPT LOAD',
    reach: 'nodes',
    before: (node) => on.ask(node, 'SCRIPT', 'FLUSH', 'SYNC'),
    run: (view) => view.scriptLoad('return 7'),
    ran: knowsScript,
  },
  {
    policy: 'agg_logical_and',
    name: 'SCRIPT EXISTS',
    reach: 'primaries',
    certain: 'read only',
    run: (view) => view.scriptExists(sha),
  },
  {
    policy: 'agg_sum',
    name: 'DBSIZE',
    reach: 'primaries',
    certain: 'read only',
    run: (view) => view.dbsize(),
  },
  {
    policy: 'agg_sum',
    name: 'LATENCY RESET',
    reach: 'nodes',
    run: (view) => view.latencyReset(),
  },
  {
    policy: 'agg_sum',
    name: 'PUBSUB NUMPAT',
    reach: 'nodes',
    certain: 'read only',
    run: (view) => view.pubsubNumpat(),
  },
  {
    policy: 'union',
    name: 'KEYS',
    reach: 'primaries',
    certain: 'read only',
    run: (view) => view.keys('*'),
  },
  {
    policy: 'union',
    name: 'PUBSUB CHANNELS',
    reach: 'nodes',
    certain: 'read only',
    run: (view) => view.pubsubChannels(),
  },
  {
    policy: 'special (one of them)',
    name: 'RANDOMKEY',
    reach: 'primaries',
    certain: 'read only',
    run: (view) => view.randomkey(),
  },
  {
    policy: 'special (added by channel)',
    name: 'PUBSUB NUMSUB',
    reach: 'nodes',
    certain: 'read only',
    run: (view) => view.pubsubNumsub('news'),
  },
  {
    policy: 'special (by node)',
    name: 'CONFIG GET',
    reach: 'nodes',
    certain: 'read only',
    run: (view) => view.configGet('port'),
  },
  {
    policy: 'default (by node)',
    name: 'SLOWLOG GET',
    reach: 'nodes',
    certain: 'read only',
    run: (view) => view.slowlogGet(),
  },
  {
    policy: 'one_succeeded, where none does',
    name: 'SCRIPT KILL',
    reach: 'nodes',
    certain: 'own connection',
    run: (view) => view.scriptKill(),
  },
];

/** Of a command that leaves no trace. */
const saysNothing = (): Promise<boolean> => Promise.resolve(true);

/** Brings the nodes that can be asked into the state before. */
async function prepare(
  cases: readonly AwayCase[],
  away?: LocalRedisNode,
): Promise<void> {
  for (const { reach, before } of cases) {
    const nodes = await on.reached(reach);
    const others = nodes.filter((node) => node !== away);
    await byNode(others, (node) => before?.(node));
  }
}

/** The error of a case while a node is away. */
const partial = ({ run }: AwayCase): Promise<FanOutError> =>
  fanOutError(run(client.with({ timeoutMs: TIMEOUT_MS })));

/** Checks what the error of a case says against the nodes that can be asked. */
async function expectPartial(
  { name, reach, ran = saysNothing, policy }: AwayCase,
  error: FanOutError,
  away: LocalRedisNode,
  outcome: 'unknown' | 'failed',
): Promise<void> {
  const nodes = await on.reached(reach);
  const others = nodes.filter((node) => node !== away);
  const elsewhere = policy.startsWith('one_succeeded') ? 'failed' : 'applied';
  expect(error.command).toBe(name);
  expect(outcomes(error)).toEqual(
    await byNode(nodes, (node) => (node === away ? outcome : elsewhere)),
  );
  expect(error.message).toContain(away.address);
  expect(Object.keys(error.replies).toSorted()).toEqual(
    elsewhere === 'applied'
      ? others.map(({ address }) => address).toSorted()
      : [],
  );
  // not the 30 s that are the default
  expect(error.elapsedMs).toBeLessThan(20_000);
  expect(await byNode(others, ran)).toEqual(await byNode(others, () => true));
}

/** The replicas that an event said to be left out of a case. */
async function skipped({ name, run }: AwayCase): Promise<string[]> {
  const nodes: string[] = [];
  const events = client.events$.subscribe((event) => {
    // the last event of before comes first
    if (event.type !== 'nodeSkipped' || event.command !== name) return;
    nodes.push(event.node);
  });
  try {
    await run(client.with({ timeoutMs: TIMEOUT_MS }));
    return nodes;
  } finally {
    events.unsubscribe();
  }
}

const rows = CASES.map((row) => [row.name, row.policy, row] as const);
const caseOf = ([, , row]: (typeof rows)[number]): AwayCase => row;

describe('a frozen primary', () => {
  let frozen: LocalRedisNode;
  let errorOf: (row: AwayCase) => FanOutError;

  beforeAll(async () => {
    frozen = await cluster.primaryOf('{b}2');
    await client.ping();
    await prepare(CASES);
    await cluster.freeze(frozen);
    errorOf = await atOnce(CASES, partial);
    await cluster.resume(frozen);
    // what it was sent while it stood still is answered
    await client.at({ node: frozen.address }).ping();
  });

  it.each(rows)(
    '%s (%s): is in doubt there, what the others did is told',
    async (_name, _policy, row) => {
      const { certain, ran = saysNothing } = row;
      await expectPartial(
        row,
        errorOf(row),
        frozen,
        certain === undefined ? 'unknown' : 'failed',
      );
      // unknown is the truth: it was only late
      await expect.poll(() => ran(frozen)).toBe(true);
    },
  );
});

describe('a frozen replica', () => {
  const replica = cluster.nodes[4]!;
  const others = cluster.nodes.filter((node) => node !== replica);
  const replicaRows = rows.filter(
    ([, , { reach, certain }]) =>
      reach === 'nodes' && certain !== 'own connection',
  );
  const leftOut = replicaRows.filter(
    ([name, , { certain }]) =>
      certain === 'read only' || name === 'SCRIPT LOAD',
  );
  const inDoubt = replicaRows.filter((row) => !leftOut.includes(row));
  let skippedOf: (row: AwayCase) => string[];
  let errorOf: (row: AwayCase) => FanOutError;

  beforeAll(async () => {
    await client.configGet('port');
    await prepare(replicaRows.map(caseOf));
    await cluster.freeze(replica);
    [skippedOf, errorOf] = await Promise.all([
      atOnce(leftOut.map(caseOf), skipped),
      atOnce(inDoubt.map(caseOf), partial),
    ]);
  });

  it.each(leftOut)(
    '%s (%s): makes no difference, so it is left out and named by an event',
    async (_name, _policy, row) => {
      expect(skippedOf(row)).toEqual([replica.address]);
      expect(await byNode(others, row.ran ?? saysNothing)).toEqual(
        await byNode(others, () => true),
      );
    },
  );

  it.each(inDoubt)(
    '%s (%s): may run it once it wakes up, so it is in doubt there, and settled by a retry',
    async (_name, _policy, row) => {
      const error = errorOf(row);
      await expectPartial(row, error, replica, 'unknown');
      await cluster.resume(replica);
      const { ran = saysNothing } = row;
      // unknown is the truth: it was only late
      await expect.poll(() => ran(replica)).toBe(true);
      expect(await error.retry({ unknown: true })).toEqual(
        await row.run(client.with({})),
      );
    },
  );

  it('that nothing was sent to is left out', async () => {
    const fresh = new RedisClusterClient(cluster.clientOptions);
    const events: string[] = [];
    fresh.events$.subscribe((event) => {
      if (event.type === 'nodeSkipped') events.push(event.node);
    });
    try {
      await fresh.connect();
      // its kernel accepts the connection, and nobody answers the handshake
      await cluster.freeze(replica);
      const view = fresh.with({ timeoutMs: TIMEOUT_MS });
      await expect(view.configSet({ hz: 12 })).resolves.toBe('OK');
      expect(events).toEqual([replica.address]);
    } finally {
      fresh.destroy();
      await cluster.resume(replica);
      // what it was sent while it stood still is answered
      await client.at({ node: replica.address }).ping();
    }
  });
});

describe('a dead primary', () => {
  let dead: LocalRedisNode;
  let errorOf: (row: AwayCase) => FanOutError;

  beforeAll(async () => {
    dead = await cluster.primaryOf('{b}2');
    await client.configGet('port');
    await cluster.kill(dead);
    // by now the client has seen that the connection ended
    await client
      .with({ timeoutMs: TIMEOUT_MS })
      .get('{b}2')
      .catch(() => undefined);
    await prepare(CASES, dead);
    errorOf = await atOnce(CASES, partial);
  });

  it.each(rows)(
    '%s (%s): has failed there, what the others did is told',
    async (_name, _policy, row) => {
      const error = errorOf(row);
      await expectPartial(row, error, dead, 'failed');
      expect(error.errorsByNode).toHaveProperty([dead.address]);
    },
  );
});
