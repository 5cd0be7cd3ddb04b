import { describe, expect, expectTypeOf, it } from 'vitest';
import type { RedisClusterClient } from '../../../lib/index.js';

// what is checked here is checked by `tsc`
const typesOf = (work: (client: RedisClusterClient) => Promise<void>): void => {
  expect(work).toBeTypeOf('function');
};

const shape = {
  replies: { integers: 'bigint', maps: 'map', sets: 'set' },
} as const;

describe('a view with replies of other shapes', () => {
  it('has them in pipelines and transactions', () => {
    typesOf(async (client) => {
      const view = client.with(shape);
      expectTypeOf(
        await view.pipeline((p) => [
          p.incr('n'),
          p.hgetall('h'),
          p.smembers('s'),
          p.zscore('z', 'm'),
          p.get('k'),
        ]),
      ).toEqualTypeOf<
        [bigint, Map<string, string>, Set<string>, number | null, string | null]
      >();
      expectTypeOf(
        await view.transaction((t) => [t.incr('n')], { settle: true }),
      ).toEqualTypeOf<[PromiseSettledResult<bigint>]>();
      const push = client.script({ lua: '1', numberOfKeys: 1, reply: Number });
      expectTypeOf(
        await view.pipeline((p) => [push.on(p).run('k')]),
      ).toEqualTypeOf<[number]>();
      // @ts-expect-error the key is missing
      await view.pipeline((p) => [p.get()]);
    });
  });

  it('has them on watched keys and exclusive connections', () => {
    typesOf(async (client) => {
      const view = client.with(shape);
      expectTypeOf(
        await view.watch('n', async (watched) => {
          expectTypeOf(await watched.strlen('n')).toEqualTypeOf<bigint>();
          return watched.transaction((t) => [t.incr('n')]);
        }),
      ).toEqualTypeOf<[bigint]>();
      expectTypeOf(
        await view.withConnection({ key: 'n' }, async (own) => {
          expectTypeOf(own.node).toEqualTypeOf<string>();
          expectTypeOf(await own.incr('n')).toEqualTypeOf<bigint>();
          return own.transaction((t) => [t.hgetall('n')]);
        }),
      ).toEqualTypeOf<[Map<string, string>] | null>();
    });
  });

  it('has Buffers where strings are Buffers', () => {
    typesOf(async (client) => {
      const view = client.with({ replies: 'buffers' });
      expectTypeOf(
        await view.pipeline((p) => [p.get('k'), p.incr('n')]),
      ).toEqualTypeOf<[Buffer | null, number]>();
      const both = client.with({
        replies: { strings: 'buffers', integers: 'bigint' },
      });
      expectTypeOf(
        await both.transaction((t) => [t.get('k'), t.incr('n')]),
      ).toEqualTypeOf<[Buffer | null, bigint]>();
    });
  });
});
