import { filter, firstValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  OvertakenError,
  PipelineError,
  type QueuedCommands,
  type RedisClusterClient,
} from '../../../lib/index.js';
import {
  Held,
  ScriptedCluster,
  SLOT,
  until,
} from '../../support/scripted-cluster.js';
import {
  ask,
  error,
  moved,
  OK,
  type Handler,
  type ScriptedReply,
} from '../../support/scripted-server.js';

let cluster: ScriptedCluster;
let client: RedisClusterClient;
/** What ran, on all nodes, in that order: `SET a 1`. */
let ran: string[];

/** Answers a data command; undefined: it runs. */
type Refuse = (words: string[]) => ScriptedReply;

function node(index: number, refuse: Refuse): void {
  const handler: Handler = (words) => {
    const refusal = refuse(words);
    if (refusal !== undefined) return refusal;
    ran.push(words.join(' '));
    return words[0] === 'MGET' ? words.slice(1) : OK;
  };
  cluster.answer.set(index, handler);
}

/** Refuses the first `count` commands that come. */
function first(count: number, refusal: ScriptedReply): Refuse {
  let left = count;
  return () => (left-- > 0 ? refusal : undefined);
}

const runs: Refuse = () => undefined;
const outcomes = (failure: unknown): string[] => {
  expect(failure).toBeInstanceOf(PipelineError);
  return (failure as PipelineError).results.map(({ outcome }) => outcome);
};

beforeEach(async () => {
  cluster = await ScriptedCluster.open(2, 1);
  client = await cluster.connected();
  ran = [];
  for (const index of [0, 1, 2]) node(index, runs);
});

afterEach(() => cluster[Symbol.asyncDispose]());

const sets = (count: number, key = 'a'): string[] =>
  Array.from({ length: count }, (_, n) => `SET ${key} ${n}`);

describe('a pipeline whose slot has moved', () => {
  it('sends each refused command again, alone and in order (conformance 103)', async () => {
    node(1, ([, key]) =>
      key === 'a' ? moved(SLOT.a, cluster.servers[2]!.address) : undefined,
    );
    await client.pipeline((p) => {
      for (let n = 0; n < 50; n++) {
        p.set('a', n);
        p.set('b', n);
      }
    });
    expect(ran.filter((line) => line.includes(' a '))).toEqual(sets(50));
    expect(ran.filter((line) => line.includes(' b '))).toEqual(sets(50, 'b'));
    expect(cluster.servers[1]!.commands('SET')).toHaveLength(50);
    expect(cluster.servers[2]!.commands('SET')).toHaveLength(50);
  });

  it('follows ASK key by key, with ASKING before each', async () => {
    const there = new Set(['{a}1', '{a}3']);
    node(1, ([, key]) =>
      there.has(key!) ? ask(SLOT.a, cluster.servers[2]!.address) : undefined,
    );
    await client.pipeline((p) => {
      for (let n = 0; n < 20; n++) p.set(`{a}${n % 4}`, n);
    });
    for (const rest of [0, 1, 2, 3]) {
      const expected = [0, 1, 2, 3, 4].map(
        (n) => `SET {a}${rest} ${n * 4 + rest}`,
      );
      expect(ran.filter((line) => line.includes(`{a}${rest} `))).toEqual(
        expected,
      );
    }
    expect(
      cluster.servers[2]!.connections.flatMap(({ commands }) =>
        commands
          .filter(([name]) => name === 'SET' || name === 'ASKING')
          .map(([name]) => name),
      ),
    ).toEqual(Array.from({ length: 10 }, () => ['ASKING', 'SET']).flat());
  });

  it('keeps the order of a key that is asked for first, and has moved then', async () => {
    const target = cluster.servers[2]!.address;
    let seen = 0;
    node(1, () => {
      seen += 1;
      return seen % 2 === 1 ? ask(SLOT.a, target) : moved(SLOT.a, target);
    });
    await client.pipeline((p) => {
      for (let n = 0; n < 6; n++) p.set('a', n);
    });
    expect(ran).toEqual(sets(6));
  });

  it('never lets a later command overtake in silence: the earlier one fails, untouched', async () => {
    node(1, first(1, moved(SLOT.a, cluster.servers[2]!.address)));
    const failure = await client
      .pipeline((p) => {
        p.set('a', 'first');
        p.set('a', 'second');
        p.get('b');
      })
      .catch((reason: unknown) => reason);
    expect(outcomes(failure)).toEqual(['failed', 'applied', 'applied']);
    const { results } = failure as PipelineError;
    expect(results[0]!.error).toBeInstanceOf(OvertakenError);
    expect(results[0]!.error).toMatchObject({
      code: 'OVERTAKEN',
      command: 'SET',
      slot: SLOT.a,
    });
    expect(ran.filter((line) => line.startsWith('SET'))).toEqual([
      'SET a second',
    ]);
  });

  it('sends a command again although later ones of other keys, or reads of its own, have run', async () => {
    node(1, first(1, moved(SLOT.a, cluster.servers[1]!.address)));
    const other = await client.pipeline((p) => [
      p.set('{a}1', 'first'),
      p.set('{a}2', 'second'),
    ]);
    expect(other).toEqual(['OK', 'OK']);
    node(1, first(1, error('LOADING Redis is loading the dataset in memory')));
    await client.pipeline((p) => [p.get('a'), p.get('a')]);
    expect(ran).toEqual([
      'SET {a}2 second',
      'SET {a}1 first',
      'GET a',
      'GET a',
    ]);
  });

  it('does not overtake with what is queued behind: it waits its turn', async () => {
    // far more than one window
    client.destroy();
    client = await cluster.connected({ maxQueuedCommands: 16 });
    let refused = 0;
    node(1, () =>
      (refused += 1) < 20 && refused > 10
        ? error('CLUSTERDOWN The cluster is down')
        : undefined,
    );
    const failure = await client
      .pipeline((p) => {
        for (let n = 0; n < 100; n++) p.set('a', n);
      })
      .catch((reason: unknown) => reason);
    // whatever failed was not executed; what was executed kept the order
    const places = ran.map((line) => Number(line.split(' ')[2]));
    expect(places).toEqual(places.toSorted((left, right) => left - right));
    expect(new Set(places).size).toBe(places.length);
    const failed =
      failure instanceof PipelineError ? failure.positions.failed : [];
    expect(places.length + failed.length).toBe(100);
    expect(ran.at(-1)).toBe('SET a 99');
  });
});

const ofA = (line: string): boolean => line.startsWith('SET a');

/** Sets `a` among others: `foo` is of the same node, and of another slot. */
const setAmongOthers =
  (before: number) =>
  (p: QueuedCommands): void => {
    for (let n = 0; n < before; n++) p.set('foo', n);
    p.set('a', 0);
    for (let n = before; n < 7; n++) p.set('foo', n);
    for (let n = 1; n < 9; n++) p.set('a', n);
  };

describe('a pipeline that is larger than one window', () => {
  beforeEach(async () => {
    client.destroy();
    client = await cluster.connected({ maxQueuedCommands: 16 });
  });

  it('keeps back what stands behind a command that waits for its next attempt', async () => {
    let refused = false;
    node(1, ([, key]) => {
      if (key !== 'a' || refused) return undefined;
      refused = true;
      return error('CLUSTERDOWN The cluster is down');
    });
    await client.pipeline(setAmongOthers(0));
    expect(ran.filter(ofA)).toEqual(sets(9));
  });

  it('sends nothing to a new owner while the former has not answered', async () => {
    const gate = new Held();
    const target = cluster.servers[2]!;
    cluster.answer.set(1, async ([, key]) => {
      await gate.released;
      return key === 'a' ? moved(SLOT.a, target.address) : OK;
    });
    const done = client.pipeline(setAmongOthers(6));
    await until(() => cluster.servers[1]!.commands('SET').length === 8);
    const [lower, upper] = cluster.shards;
    cluster.shards = [
      lower!,
      {
        slots: [
          [8192, SLOT.a - 1],
          [SLOT.a + 1, 16383],
        ],
        primary: { ...upper!.primary, epoch: 8 },
      },
      {
        slots: [[SLOT.a, SLOT.a]],
        primary: { ...cluster.nodes[2]!, epoch: 9 },
      },
    ];
    const known = firstValueFrom(
      client.topology$.pipe(filter(({ shards }) => shards.length === 3)),
    );
    // a hint that the topology has changed
    node(0, first(1, error('CLUSTERDOWN The cluster is down')));
    await client.get('b');
    await known;
    gate.release();
    await done;
    expect(ran.filter(ofA)).toEqual(sets(9));
  });
});

describe('a pipeline on a slot that is half-way', () => {
  const tryAgain = error('TRYAGAIN Multiple keys request during rehashing');

  it('repeats what could not be served, behind nothing of its keys', async () => {
    let asked = 0;
    node(1, ([name]) =>
      name === 'MGET' && (asked += 1) === 1 ? tryAgain : undefined,
    );
    const replies = await client.pipeline((p) => [
      p.mget('{a}1', '{a}2'),
      p.set('{a}3', 'x'),
      p.get('{a}1'),
    ]);
    expect(replies).toEqual([['{a}1', '{a}2'], 'OK', 'OK']);
    expect(asked).toBe(2);
  });

  it('fails a read that a later write has overtaken', async () => {
    node(1, ([name]) => (name === 'MGET' ? tryAgain : undefined));
    const results = await client.pipeline(
      (p) => [p.mget('{a}1', '{a}2'), p.set('{a}2', 'x')],
      { settle: true },
    );
    expect(results).toMatchObject([
      { status: 'rejected', reason: { code: 'OVERTAKEN' } },
      { status: 'fulfilled', value: 'OK' },
    ]);
  });

  it('keeps the order of the parts of a split', async () => {
    let refused = 0;
    node(1, ([name]) =>
      name === 'MSET' && (refused += 1) === 1 ? tryAgain : undefined,
    );
    const failure = await client
      .pipeline((p) => [
        p.mset({ '{a}1': 1, '{a}2': 2, b: 3 }),
        p.set('{a}2', 4),
      ])
      .catch((reason: unknown) => reason);
    expect(outcomes(failure)).toEqual(['partial', 'applied']);
    expect((failure as PipelineError).results[0]!.error).toMatchObject({
      code: 'FAN_OUT',
      keys: { applied: ['b'], failed: ['{a}1', '{a}2'] },
    });
  });
});

describe('a pipeline whose nodes are down for a while', () => {
  it('waits, and sends everything again in order', async () => {
    node(1, first(30, error('CLUSTERDOWN The cluster is down')));
    await client.pipeline((p) => {
      for (let n = 0; n < 30; n++) p.set('a', n);
    });
    expect(ran).toEqual(sets(30));
  });

  it('that lose their connection: what was not sent is, writes that were are unknown, reads are repeated', async () => {
    const gate = new Held();
    let cut = false;
    cluster.answer.set(1, async (words, connection) => {
      if (!cut && words[1] === '{a}cut') {
        cut = true;
        connection.drop('rst');
        gate.release();
        return undefined;
      }
      ran.push(words.join(' '));
      return OK;
    });
    const failure = await client
      .pipeline((p) => {
        p.set('{a}0', 'before');
        p.get('{a}cut');
        p.set('{a}1', 'behind');
        p.get('{a}2');
        p.get('b');
      })
      .catch((reason: unknown) => reason);
    await gate.released;
    expect(outcomes(failure)).toEqual([
      'applied',
      'applied',
      'unknown',
      'applied',
      'applied',
    ]);
    expect((failure as PipelineError).positions).toEqual({
      applied: [0, 1, 3, 4],
      failed: [],
      unknown: [2],
      partial: [],
    });
    expect((failure as PipelineError).errors).toHaveLength(1);
  });
});

describe('a fan-out in a pipeline', () => {
  it('runs behind everything before it, on all nodes, and before everything behind', async () => {
    const gate = new Held();
    cluster.answer.set(1, async (words) => {
      if (words[1] === 'a') await gate.released;
      ran.push(words.join(' '));
      return words[0] === 'DBSIZE' ? 1 : OK;
    });
    cluster.answer.set(0, (words) => {
      ran.push(words.join(' '));
      return words[0] === 'DBSIZE' ? 1 : OK;
    });
    const replies = client.pipeline((p) => [
      p.set('a', 1),
      p.set('b', 1),
      p.flushall(),
      p.dbsize(),
      p.set('a', 2),
    ]);
    while (ran.length === 0) await new Promise((next) => setImmediate(next));
    expect(ran).toEqual(['SET b 1']);
    gate.release();
    expect(await replies).toEqual(['OK', 'OK', 'OK', 2, 'OK']);
    expect(ran).toEqual([
      'SET b 1',
      'SET a 1',
      'FLUSHALL',
      'FLUSHALL',
      'DBSIZE',
      'DBSIZE',
      'SET a 2',
    ]);
  });
});
