import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { COMMAND_CHANNEL, type CommandTrace } from '../../lib/index.js';
import { ScriptedCluster, SLOT } from '../support/scripted-cluster.js';
import {
  ask,
  error,
  moved,
  OK,
  raw,
  type ScriptedReply,
} from '../support/scripted-server.js';

const channel = tracingChannel<string, CommandTrace>(COMMAND_CHANNEL);

let cluster: ScriptedCluster;
let unsubscribe = (): void => undefined;

afterEach(async () => {
  unsubscribe();
  vi.restoreAllMocks();
  await cluster[Symbol.asyncDispose]();
});

const address = (index: number): string => cluster.servers[index]!.address;

/** Subscribes, and notes what is published. */
function listen(): [event: string, trace: CommandTrace][] {
  const published: [string, CommandTrace][] = [];
  const note = (event: string) => (trace: unknown) =>
    void published.push([event, trace as CommandTrace]);
  const subscribers = {
    start: note('start'),
    end: () => undefined,
    asyncStart: () => undefined,
    asyncEnd: note('asyncEnd'),
    error: note('error'),
  };
  channel.subscribe(subscribers);
  unsubscribe = () => channel.unsubscribe(subscribers);
  return published;
}

/** The attempts of a trace, shortly. */
const attemptsOf = (trace: CommandTrace): unknown[] =>
  trace.attempts.map(({ command, node, slot, asking, error: failure }) => ({
    command,
    node,
    slot,
    asking,
    failed: failure?.message.split(' ')[0],
  }));

describe('the tracing channel', () => {
  it('publishes one trace of a call that was redirected and retried, with every attempt (conformance 154)', async () => {
    cluster = await ScriptedCluster.open(3);
    const client = await cluster.connected();
    const published = listen();
    const [first, second, third] = cluster.shards;
    cluster.answer.set(0, () => {
      // what the client reads behind a MOVED says the same
      cluster.shards = [
        {
          ...first!,
          slots: [
            [0, SLOT.b - 1],
            [SLOT.b + 1, 5_460],
          ],
        },
        { ...second!, slots: [[SLOT.b, SLOT.b], ...second!.slots] },
        third!,
      ];
      return moved(SLOT.b, address(1));
    });
    cluster.answer.set(1, () => ask(SLOT.b, address(2)));
    let refusals = 0;
    cluster.answer.set(2, () => {
      refusals += 1;
      return refusals === 1 ? error('TRYAGAIN half-way') : 'value';
    });
    expect(await client.get('b')).toBe('value');
    expect(published.map(([event]) => event)).toEqual(['start', 'asyncEnd']);
    const [[, trace], [, ended]] = published as [any, any];
    expect(ended).toBe(trace);
    expect(trace).toMatchObject({ command: 'GET', result: 'value' });
    const attempt = { command: 'GET', slot: SLOT.b, asking: false };
    expect(attemptsOf(trace)).toEqual([
      { ...attempt, node: address(0), failed: 'MOVED' },
      { ...attempt, node: address(1), failed: 'ASK' },
      { ...attempt, node: address(2), asking: true, failed: 'TRYAGAIN' },
      { ...attempt, node: address(1), failed: 'ASK' },
      { ...attempt, node: address(2), asking: true, failed: undefined },
    ]);
    expect(JSON.stringify(trace.attempts)).not.toContain('"b"');
  });

  it('publishes one trace of a split, a fan-out, a pipeline and a transaction, whatever their parts (conformance 154)', async () => {
    cluster = await ScriptedCluster.open(3);
    const replies: Record<string, ScriptedReply> = {
      DBSIZE: 1,
      MULTI: OK,
      GET: raw('+QUEUED\r\n'),
      EXEC: ['1'],
    };
    for (const index of [0, 1, 2]) {
      cluster.answer.set(
        index,
        ([name = '', ...words]) => replies[name] ?? words,
      );
    }
    const client = await cluster.connected();
    const published = listen();
    expect(await client.mget('a', 'b', 'c')).toEqual(['a', 'b', 'c']);
    expect(await client.dbsize()).toBe(3);
    await client.pipeline((p) => [p.mget('a', 'b'), p.mget('c')]);
    await client.at('primaries').dbsize();
    expect(await client.transaction((t) => [t.get('a')])).toEqual(['1']);
    const started = published.filter(([event]) => event === 'start');
    expect(
      started.map(([, { command, attempts }]) => [command, attempts.length]),
    ).toEqual([
      ['MGET', 3],
      ['DBSIZE', 3],
      ['PIPELINE', 3],
      ['DBSIZE', 3],
      ['MULTI', 1],
    ]);
    expect(published.filter(([event]) => event === 'asyncEnd')).toHaveLength(5);
  });

  it('publishes the error a call rejects with, behind its attempts, also of calls made before connecting (conformance 154)', async () => {
    cluster = await ScriptedCluster.open(1);
    cluster.answer.set(0, (_, connection) => {
      connection.drop('rst');
      return undefined;
    });
    const client = cluster.client();
    const published = listen();
    await expect(client.incr('a')).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
    });
    expect(published.map(([event]) => event)).toEqual([
      'start',
      'error',
      'asyncEnd',
    ]);
    const [, trace] = published[1]!;
    expect(trace.error).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(attemptsOf(trace)).toMatchObject([{ node: address(0) }]);
  });

  it('makes nothing while nobody subscribes (conformance 154)', async () => {
    cluster = await ScriptedCluster.open(3);
    const client = await cluster.connected();
    listen();
    await client.get('a');
    unsubscribe();
    const contexts = vi.spyOn(AsyncLocalStorage.prototype, 'run');
    const lookUps = vi.spyOn(AsyncLocalStorage.prototype, 'getStore');
    const published = vi.spyOn(channel, 'tracePromise');
    await client.get('a');
    await client.mget('a', 'b', 'c').catch(() => undefined);
    expect(contexts).not.toHaveBeenCalled();
    expect(lookUps).not.toHaveBeenCalled();
    expect(published).not.toHaveBeenCalled();
  });
});
