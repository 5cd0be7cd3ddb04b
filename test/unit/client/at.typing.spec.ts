import { describe, expect, expectTypeOf, it } from 'vitest';
import type {
  CommandPlan,
  NodeReplies,
  RedisClusterClient,
} from '../../../lib/index.js';

// what is checked here is checked by `tsc`
const typesOf = (work: (client: RedisClusterClient) => Promise<void>): void => {
  expect(work).toBeTypeOf('function');
};

describe('the type of at', () => {
  it('is one reply at a key, a slot or a node', () => {
    typesOf(async (client) => {
      expectTypeOf(
        await client.at({ key: 'k' }).dbsize(),
      ).toEqualTypeOf<number>();
      expectTypeOf(await client.at({ slot: 1 }).get('k')).toEqualTypeOf<
        string | null
      >();
      expectTypeOf(
        await client.at({ node: 'h:1' }).ping(),
      ).toEqualTypeOf<'PONG'>();
      // @ts-expect-error no target
      client.at({});
      // @ts-expect-error no group
      client.at('everywhere');
    });
  });

  it('is a reply or error of each node for a group', () => {
    typesOf(async (client) => {
      const nodes = client.at('nodes');
      expectTypeOf(await nodes.dbsize()).toEqualTypeOf<NodeReplies<number>>();
      expectTypeOf(await nodes.get('k')).toEqualTypeOf<
        NodeReplies<string | null>
      >();
      expectTypeOf(await nodes.eval('return 1')).toEqualTypeOf<
        NodeReplies<unknown>
      >();
      expectTypeOf(await nodes.call('INFO')).toEqualTypeOf<NodeReplies<any>>();
      // @ts-expect-error the key is missing
      await nodes.get();
      // @ts-expect-error null is no key
      await nodes.get(null);
    });
  });

  it('keeps the overloads of a method', () => {
    typesOf(async (client) => {
      const nodes = client.at('primaries');
      expectTypeOf(await nodes.ping()).toEqualTypeOf<NodeReplies<'PONG'>>();
      expectTypeOf(await nodes.ping('x')).toEqualTypeOf<NodeReplies<string>>();
      await nodes.hset('k', 'field', 1);
      await nodes.hset('k', { field: 1 });
    });
  });

  it('has the replies that a view asked for, and the view all that the client has', () => {
    typesOf(async (client) => {
      const exact = client.with({
        replies: { integers: 'bigint', sets: 'set' },
      });
      expectTypeOf(await exact.dbsize()).toEqualTypeOf<bigint>();
      expectTypeOf(
        await exact.at({ key: 'k' }).dbsize(),
      ).toEqualTypeOf<bigint>();
      expectTypeOf(await exact.at('nodes').dbsize()).toEqualTypeOf<
        NodeReplies<bigint>
      >();
      expectTypeOf(await exact.at('nodes').smembers('k')).toEqualTypeOf<
        NodeReplies<Set<string>>
      >();
      expectTypeOf(await exact.at({ slot: 1 }).call('X')).toEqualTypeOf<any>();
      expectTypeOf(exact.explain('GET', 'k')).toEqualTypeOf<CommandPlan>();
      // @ts-expect-error no group
      exact.at('everywhere');
    });
  });

  it('has Buffers on a view that asked for them', () => {
    typesOf(async (client) => {
      const raw = client.with({ replies: 'buffers' });
      expectTypeOf(await raw.at('replicas').get('k')).toEqualTypeOf<
        NodeReplies<Buffer | null>
      >();
      expectTypeOf(
        await raw.at({ slot: 1 }).get('k'),
      ).toEqualTypeOf<Buffer | null>();
    });
  });
});
