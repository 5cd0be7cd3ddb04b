// oxlint-disable unicorn/consistent-function-scoping -- functions that are never called, for their types
import { afterAll, describe, expectTypeOf, it } from 'vitest';
import {
  type Key,
  type KeysOf,
  type NodeReplies,
  RedisClusterClient,
} from '../../../lib/index.js';
import type { QueuedCommands } from '../../../lib/client/queued-commands.js';
import type { QueuedReply } from '../../../lib/client/queued-reply.js';

// nothing is called, so nothing is sent: only types are looked at
const client = new RedisClusterClient({ nodes: ['127.0.0.1:1'] });
afterAll(() => client.destroy());

const queue = {} as QueuedCommands;

describe('the types of a script', () => {
  const take = client.script({
    lua: 'return 1',
    numberOfKeys: 1,
    reply: Number,
  });
  const move = client.script<string, 2>({ lua: 'return 1', numberOfKeys: 2 });
  const any = client.script({ lua: 'return 1' });

  it('have as many keys as it says', () => {
    expectTypeOf<KeysOf<0>>().toEqualTypeOf<readonly []>();
    expectTypeOf<KeysOf<1>>().toEqualTypeOf<Key | readonly [Key]>();
    expectTypeOf<KeysOf<2>>().toEqualTypeOf<readonly [Key, Key]>();
    expectTypeOf<KeysOf<number>>().toEqualTypeOf<Key | readonly Key[]>();
    const one = () => take.run('a', [1, 'x', 2n, Buffer.of(1)]);
    const two = () => move.run(['a', 'b'], 1);
    const three = () => any.run(['a', 'b', 'c']);
    // @ts-expect-error -- it has one key
    const wrong = () => take.run(['a', 'b']);
    // @ts-expect-error -- no value
    const odd = () => take.run('a', [null]);
    expectTypeOf([one, two, three, wrong, odd]).toBeArray();
  });

  it('have the reply of the function, or the one given, or nobody knows', () => {
    expectTypeOf(() => take.run('a')).returns.toEqualTypeOf<Promise<number>>();
    expectTypeOf(() => move.run(['a', 'b'])).returns.toEqualTypeOf<
      Promise<string>
    >();
    expectTypeOf(() => any.run('a')).returns.toEqualTypeOf<Promise<unknown>>();
  });

  it('follow what it is called on', () => {
    const shaped = client.with({ replies: { integers: 'bigint' } });
    for (const host of [client.with({ timeoutMs: 1 }), shaped]) {
      expectTypeOf(() => take.on(host).run('a')).returns.toEqualTypeOf<
        Promise<number>
      >();
    }
    const place = client.at({ key: 'a' });
    expectTypeOf(() => take.on(place).run('a')).returns.toEqualTypeOf<
      Promise<number>
    >();
    const group = client.at('nodes');
    expectTypeOf(() => take.on(group).run('a')).returns.toEqualTypeOf<
      Promise<NodeReplies<number>>
    >();
    expectTypeOf(() => take.on(queue).run('a')).returns.toEqualTypeOf<
      QueuedReply<number>
    >();
  });
});

describe('the types of a library', () => {
  const library = client.functionLibrary({
    code: '#!lua name=x',
    functions: {
      put: { numberOfKeys: 1, reply: Number },
      move: { numberOfKeys: 2 },
      any: {},
    },
  });

  it('know its functions, their keys and replies', () => {
    expectTypeOf(() => library.call('put', 'a', 1)).returns.toEqualTypeOf<
      Promise<number>
    >();
    expectTypeOf(() => library.call('move', ['a', 'b'])).returns.toEqualTypeOf<
      Promise<unknown>
    >();
    expectTypeOf(() => library.call('any', ['a', 'b'])).returns.toEqualTypeOf<
      Promise<unknown>
    >();
    // @ts-expect-error -- none of its functions
    const other = () => library.call('other', 'a');
    // @ts-expect-error -- it has two keys
    const one = () => library.call('move', ['a']);
    expectTypeOf([other, one]).toBeArray();
  });

  it('follow what it is called on', () => {
    expectTypeOf(() =>
      library.on(queue).call('put', 'a'),
    ).returns.toEqualTypeOf<QueuedReply<number>>();
  });
});
