import { describe, expect, it } from 'vitest';
import {
  queueCommands,
  type QueuedCommands,
} from '../../../lib/client/queued-commands.js';
import { ConfigurationError } from '../../../lib/index.js';

describe('queueing commands', () => {
  it('records them in the order of the calls, as they stand on the wire', () => {
    const { commands } = queueCommands('pipeline', (p) => {
      p.set('k', 'v', { ex: 10 });
      p.mget('a', 'b');
      p.call('object', 'encoding', 'k');
    });
    expect(commands.map(({ spec, args }) => [...spec.words, ...args])).toEqual([
      ['SET', 'k', 'v', 'EX', 10],
      ['MGET', 'a', 'b'],
      ['OBJECT', 'ENCODING', 'k'],
    ]);
  });

  it('wants what the callback returned, in that order, and all where it returned nothing', () => {
    const some = queueCommands('pipeline', (p) => {
      const first = p.get('a');
      p.incr('n');
      const third = p.get('b');
      return [third, first, third];
    });
    expect(some.wanted.map(({ position }) => position)).toEqual([2, 0, 2]);
    const all = queueCommands('pipeline', (p) => {
      p.get('a');
      p.get('b');
    });
    expect(all.wanted).toEqual(all.commands);
  });

  it.each<[string, (p: QueuedCommands) => unknown]>([
    ['a typed command', (p) => [p.get('a'), p.set('k', null as never)]],
    ['call', (p) => [p.get('a'), p.call('SET', 'k', {} as never)]],
  ])('refuses bad arguments at its place: %s', (_, callback) => {
    const queue = (): unknown => queueCommands('pipeline', callback as never);
    expect(queue).toThrow(ConfigurationError);
    expect(queue).toThrow(/^Command 2 of the pipeline: SET/);
  });

  it.each<[string, (p: QueuedCommands) => unknown, RegExp]>([
    ['a promise', async (p) => [p.get('a')], /must not be asynchronous/],
    ['one reply', (p) => p.get('a'), /must return an array/],
    ['a value', (p) => [p.get('a'), 1], /element 1 .* no reply/],
    // oxlint-disable-next-line no-sparse-arrays -- the case
    ['a hole', (p) => [, p.get('a')], /element 0 .* no reply/],
    [
      'the reply of another',
      () => queueCommands('pipeline', (other) => [other.get('a')]).wanted,
      /element 0 .* no reply/,
    ],
  ])('refuses a callback that returns %s', (_, callback, message) => {
    expect(() => queueCommands('pipeline', callback as never)).toThrow(message);
  });

  it('tells that a queued reply cannot be awaited', async () => {
    let awaited: Promise<unknown> | undefined;
    queueCommands('transaction', (t) => {
      const reply: unknown = t.get('a');
      awaited = (async () => await reply)();
      awaited.catch(() => {});
    });
    await expect(awaited).rejects.toThrow(
      /GET is only queued: its reply cannot be awaited/,
    );
  });

  it('refuses what is queued after the callback has returned or thrown', () => {
    let queue: QueuedCommands | undefined;
    queueCommands('transaction', (t) => {
      queue = t;
    });
    expect(() => queue!.get('a')).toThrow(/the transaction is closed/);
    const failure = new Error('its own');
    expect(() =>
      queueCommands('pipeline', (p) => {
        queue = p;
        throw failure;
      }),
    ).toThrow(failure);
    expect(() => queue!.get('a')).toThrow(/the pipeline is closed/);
  });

  it('refuses what is no function', () => {
    expect(() => queueCommands('pipeline', [] as never)).toThrow(
      'pipeline: expected a function',
    );
  });
});
