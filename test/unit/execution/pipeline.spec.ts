import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ClosedError,
  ConfigurationError,
  CrossSlotError,
  OutcomeUnknownError,
  PipelineError,
  type RedisClusterClient,
} from '../../../lib/index.js';
import {
  Held,
  KEYS,
  ScriptedCluster,
  until,
} from '../../support/scripted-cluster.js';
import { countedKeys, withCommands } from '../../support/scripted-commands.js';
import { error, OK } from '../../support/scripted-server.js';

let cluster: ScriptedCluster;
let client: RedisClusterClient;

beforeEach(async () => {
  cluster = await ScriptedCluster.open(3);
  client = await cluster.connected();
});

afterEach(() => cluster[Symbol.asyncDispose]());

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );

/** Commands that came, but for those of the client's own. */
const sent = (): number =>
  ['GET', 'SET', 'MGET', 'EVAL', 'FOO.BAR'].reduce(
    (sum, name) => sum + cluster.count(name),
    0,
  );

describe('a pipeline', () => {
  it('gives the results in the order of the calls, from all nodes (conformance 103)', async () => {
    const addresses = cluster.servers.map(({ address }) => address);
    const replies = await client.pipeline((p) =>
      Array.from({ length: 99 }, (_, n) => p.get(KEYS[n % 3]!)),
    );
    expect(replies).toEqual(
      Array.from({ length: 99 }, (_, n) => addresses[n % 3]),
    );
  });

  it('gives those that are asked for, in that order, and all where none is', async () => {
    const [first, second, third] = cluster.servers.map((s) => s.address);
    expect(
      await client.pipeline((p) => {
        const b = p.get('b');
        p.get('c');
        return [p.get('a'), b];
      }),
    ).toEqual([third, first]);
    expect(
      await client.pipeline((p) => {
        p.get('b');
        p.get('c');
      }),
    ).toEqual([first, second]);
  });

  it('sends nothing when it is empty (conformance 110)', async () => {
    const before = cluster.servers.flatMap((server) =>
      server.commands(),
    ).length;
    expect(await client.pipeline(() => [])).toEqual([]);
    expect(await client.pipeline(() => {})).toEqual([]);
    expect(await client.pipeline(() => [], { settle: true })).toEqual([]);
    expect(cluster.servers.flatMap((server) => server.commands())).toHaveLength(
      before,
    );
  });

  it('connects a client that is not connected yet', async () => {
    const [, , third] = cluster.servers;
    expect(await cluster.client().pipeline((p) => [p.get('a')])).toEqual([
      third!.address,
    ]);
  });

  it('fails with all results when one command fails (conformance 104)', async () => {
    cluster.answer.set(1, () => error('WRONGTYPE Operation against a key'));
    const failure = await failureOf(
      client.pipeline((p) => [p.get('b'), p.get('c'), p.get('a')]),
    );
    expect(failure).toBeInstanceOf(PipelineError);
    expect(failure).toMatchObject({
      code: 'PIPELINE',
      command: 'GET',
      message:
        '1 of 3 commands of the pipeline failed: command 2 (GET): WRONGTYPE Operation against a key',
      results: [
        { outcome: 'applied', reply: cluster.servers[0]!.address },
        { outcome: 'failed', error: { code: 'REPLY', prefix: 'WRONGTYPE' } },
        { outcome: 'applied', reply: cluster.servers[2]!.address },
      ],
      errors: [{ code: 'REPLY' }],
    });
  });

  it('gives a result per command where that is asked for (conformance 104)', async () => {
    cluster.answer.set(1, () => error('WRONGTYPE Operation against a key'));
    expect(
      await client.pipeline((p) => [p.get('b'), p.get('c')], { settle: true }),
    ).toMatchObject([
      { status: 'fulfilled', value: cluster.servers[0]!.address },
      { status: 'rejected', reason: { code: 'REPLY' } },
    ]);
  });

  it('sends no fan-out once its time is over: what stands before it took all of it', async () => {
    cluster.answer.set(0, ([name]) => (name === 'MGET' ? undefined : OK));
    const failure = await failureOf(
      client
        .with({ timeoutMs: 500 })
        .pipeline((p) => [p.mget(...KEYS), p.dbsize(), p.flushall()]),
    );
    expect(failure).toBeInstanceOf(PipelineError);
    expect(failure).toMatchObject({
      results: [
        { error: { code: 'FAN_OUT' } },
        { error: { code: 'TIMEOUT', phase: 'queue', command: 'DBSIZE' } },
        { error: { code: 'TIMEOUT', phase: 'queue', command: 'FLUSHALL' } },
      ],
    });
    expect(cluster.count('DBSIZE') + cluster.count('FLUSHALL')).toBe(0);
  });

  it('refuses options that it does not know', async () => {
    for (const options of [{ settled: true }, { settle: 1 }, null]) {
      await expect(
        client.pipeline((p) => [p.get('a')], options as never),
      ).rejects.toBeInstanceOf(ConfigurationError);
    }
  });

  it('works on a view with other settings', async () => {
    cluster.answer.set(2, () => 'text');
    const raw = client.with({ replies: 'buffers' });
    const [value] = await raw.pipeline((p) => [p.get('a')]);
    expect(value).toEqual(Buffer.from('text'));
  });

  it('prefixes keys', async () => {
    const prefixed = await cluster.connected({ keyPrefix: 'app:' });
    await prefixed.pipeline((p) => [p.get('{a}1'), p.mget('{a}2', '{a}3')]);
    expect(cluster.servers[2]!.commands('MGET')).toEqual([
      ['MGET', 'app:{a}2', 'app:{a}3'],
    ]);
    expect(cluster.servers[2]!.commands('GET')).toEqual([['GET', 'app:{a}1']]);
  });
});

describe('what cannot be run as asked is refused before anything is sent', () => {
  it.each<[string, (p: any) => unknown, RegExp]>([
    [
      'an argument',
      (p) => [p.get('a'), p.set('a', undefined)],
      /^Command 2 of the pipeline: SET/,
    ],
    [
      'a blocking command',
      (p) => [p.get('a'), p.get('b'), p.blpop('a', 1)],
      /^Command 3 of the pipeline: BLPOP may block/,
    ],
    ['WAIT', (p) => [p.call('WAIT', 1, 100)], /^Command 1 of the pipeline/],
  ])('%s', async (_, callback, message) => {
    const failure = await failureOf(client.pipeline(callback as never));
    expect(failure).toBeInstanceOf(ConfigurationError);
    expect((failure as Error).message).toMatch(message);
    expect(sent()).toBe(0);
  });

  it('keys in several slots, also with a result per command', async () => {
    const failure = await failureOf(
      client.pipeline((p) => [p.get('a'), p.rename('a', 'b')], {
        settle: true,
      }),
    );
    expect(failure).toBeInstanceOf(CrossSlotError);
    expect(failure).toMatchObject({ keys: ['a', 'b'], command: 'RENAME' });
    expect((failure as Error).message).toMatch(/^Command 2 of the pipeline: /);
    await expect(
      client
        .with({ nonAtomicCrossSlot: false })
        .pipeline((p) => [p.mget('a', 'b')]),
    ).rejects.toBeInstanceOf(CrossSlotError);
    expect(sent()).toBe(0);
  });

  it('what a closed client is asked for', async () => {
    await client.close();
    await expect(client.pipeline((p) => [p.get('a')])).rejects.toBeInstanceOf(
      ClosedError,
    );
  });
});

describe('commands that are in no table', () => {
  it('go where their declared keys are (conformance 111)', async () => {
    await client.pipeline((p) =>
      KEYS.map((key) => p.call('FOO.BAR', 'x', key, { keys: [key] })),
    );
    for (const [index, key] of KEYS.entries()) {
      expect(cluster.servers[index]!.commands('FOO.BAR')).toEqual([
        ['FOO.BAR', 'x', key],
      ]);
    }
  });

  it('are looked up before anything is sent', async () => {
    for (const index of [0, 1, 2]) {
      cluster.answer.set(
        index,
        withCommands(
          [{ name: 'foo.bar', keySpecs: [countedKeys(1)] }],
          cluster.standard(index),
        ),
      );
    }
    await client.pipeline((p) => [p.get('a'), p.call('FOO.BAR', 1, 'c')]);
    expect(cluster.servers[1]!.commands('FOO.BAR')).toHaveLength(1);
    const before = sent();
    await expect(
      client.pipeline((p) => [p.get('a'), p.call('FOO.BAZ', 1)]),
    ).rejects.toThrow(/^Command 2 of the pipeline: FOO\.BAZ: not in the/);
    expect(sent()).toBe(before);
  });

  it('go to one primary, in order, when they have no keys', async () => {
    await client.pipeline((p) => {
      for (let n = 0; n < 20; n++) p.publish('channel', n);
    });
    const used = cluster.servers.filter(
      (s) => s.commands('PUBLISH').length > 0,
    );
    expect(used).toHaveLength(1);
    expect(used[0]!.commands('PUBLISH').map(([, , n]) => Number(n))).toEqual(
      Array.from({ length: 20 }, (_, n) => n),
    );
  });
});

describe('a pipeline larger than the queues of its nodes', () => {
  it.each([
    { maxQueuedCommands: 10 },
    { maxQueuedBytes: 2_000 },
    { maxQueuedCommands: 1 },
  ])('is fed as they take it: %j (conformance 109)', async (limits) => {
    const small = await cluster.connected(limits);
    for (const index of [0, 1, 2]) {
      cluster.answer.set(index, ([, , value]) => String(value));
    }
    const replies = await small.pipeline((p) => {
      for (let n = 0; n < 500; n++) {
        p.call('ECHO2', KEYS[n % 3]!, n, { keys: [KEYS[n % 3]!] });
      }
    });
    expect(replies).toEqual(Array.from({ length: 500 }, (_, n) => String(n)));
  });

  it('waits for the room that other callers take', async () => {
    const small = await cluster.connected({ maxQueuedCommands: 4 });
    const gate = new Held();
    cluster.answer.set(2, async () => {
      await gate.released;
      return OK;
    });
    const others = Array.from({ length: 4 }, () => small.get('a'));
    const replies = small.pipeline((p) => [p.get('a'), p.get('a'), p.get('b')]);
    await until(() => cluster.servers[0]!.commands('GET').length === 1);
    gate.release();
    expect(await replies).toHaveLength(3);
    await Promise.all(others);
  });

  it('does not wait for one node with what others take', async () => {
    const small = await cluster.connected({ maxQueuedCommands: 10 });
    const gate = new Held();
    cluster.answer.set(2, async () => {
      await gate.released;
      return OK;
    });
    const replies = small.pipeline((p) => {
      for (let n = 0; n < 100; n++) p.get('a');
      for (let n = 0; n < 100; n++) p.get('b');
    });
    await until(() => cluster.servers[0]!.commands('GET').length === 100);
    expect(cluster.servers[2]!.commands('GET').length).toBeLessThanOrEqual(5);
    gate.release();
    expect(await replies).toHaveLength(200);
  });

  it('ends without a stack overflow when its client is destroyed', async () => {
    cluster.answer.set(2, () => undefined);
    const results = client.pipeline(
      (p) => {
        for (let n = 0; n < 50_000; n++) p.get('a');
      },
      { settle: true },
    );
    await until(() => cluster.servers[2]!.commands('GET').length > 0);
    client.destroy();
    const reasons = new Set(
      (await results).map((result) =>
        result.status === 'rejected' ? result.reason.code : result.status,
      ),
    );
    expect(reasons).toEqual(new Set(['CLOSED']));
  });
});

/** One node hangs: its window is in flight, the rest is not sent. */
const hang = async (): Promise<RedisClusterClient> => {
  cluster.answer.set(2, () => undefined);
  return cluster.connected({ maxQueuedCommands: 20 });
};
const queue = (p: any): void => {
  for (let n = 0; n < 50; n++) p.set('a', n);
  p.get('b');
};
const check = async (results: PromiseSettledResult<unknown>[]) => {
  const isUnknown = results.map(
    (result) =>
      result.status === 'rejected' &&
      result.reason instanceof OutcomeUnknownError,
  );
  expect(isUnknown).toEqual(Array.from({ length: 51 }, (_, n) => n < 10));
  expect(results[50]!.status).toBe('fulfilled');
  // what was not sent then is not sent later
  expect(cluster.servers[2]!.commands('SET')).toHaveLength(10);
};

describe('the time of a pipeline, and its signal', () => {
  it('ends what was sent as unknown, and does not send the rest (conformance 112)', async () => {
    const small = await hang();
    const results = await small
      .with({ timeoutMs: 1_000 })
      .pipeline(queue, { settle: true });
    await check(results);
    expect(results[49]).toMatchObject({ reason: { code: 'TIMEOUT' } });
  });

  it('is ended by a signal in the same way (conformance 112)', async () => {
    const small = await hang();
    const controller = new AbortController();
    const pending = small
      .with({ signal: controller.signal })
      .pipeline(queue, { settle: true });
    await until(() => cluster.servers[2]!.commands('SET').length === 10);
    await until(() => cluster.servers[0]!.commands('GET').length === 1);
    await new Promise((next) => setImmediate(next));
    const reason = new Error('enough');
    controller.abort(reason);
    const results = await pending;
    await check(results);
    expect(results[49]).toEqual({ status: 'rejected', reason });
  });

  it('sends nothing when the signal was aborted before', async () => {
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(
      client.with({ signal }).pipeline((p) => [p.get('a')]),
    ).rejects.toThrow('too late');
    expect(sent()).toBe(0);
  });

  it('keeps later replies with their own commands', async () => {
    const gate = new Held();
    cluster.answer.set(2, async ([, key]) => {
      if (key === 'a') await gate.released;
      return key!;
    });
    await expect(
      client.with({ timeoutMs: 500 }).pipeline((p) => [p.get('a'), p.get('a')]),
    ).rejects.toBeInstanceOf(PipelineError);
    const next = client.pipeline((p) => [p.get('{a}1'), p.get('{a}2')]);
    gate.release();
    expect(await next).toEqual(['{a}1', '{a}2']);
  });
});

describe('commands that other callers gather in the same turn', () => {
  it('are not touched by one that is refused (conformance 105)', async () => {
    const calls = [
      client.get('a'),
      client.rename('a', 'b'),
      client.get('b'),
      client.pipeline((p) => [p.get('c')]),
    ];
    const results = await Promise.allSettled(calls);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
  });
});
