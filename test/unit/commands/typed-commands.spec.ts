import { describe, expect, expectTypeOf, it } from 'vitest';
import type { TypedCommands } from '../../../lib/commands/typed-commands.js';
import { RecordingHost } from './recording-host.js';

// The compiler is what can fail here: `tsc` checks this file.
describe('types of the typed commands', () => {
  const client = new RecordingHost();

  it('give replies by the options that decide them', () => {
    expectTypeOf(client.get('k')).resolves.toEqualTypeOf<string | null>();
    expectTypeOf(client.set('k', 'v')).resolves.toEqualTypeOf<'OK'>();
    expectTypeOf(client.set('k', 'v', { nx: true })).resolves.toEqualTypeOf<
      'OK' | null
    >();
    expectTypeOf(
      client.set('k', 'v', { get: true, ex: 1 }),
    ).resolves.toEqualTypeOf<string | null>();
    expectTypeOf(client.zrange('z', 0, 1)).resolves.toEqualTypeOf<string[]>();
    expectTypeOf(
      client.zrange('z', 0, 1, { withscores: true, rev: true }),
    ).resolves.toExtend<{ member: string; score: number }[]>();
    expectTypeOf(client.lpop('l')).resolves.toEqualTypeOf<string | null>();
    expectTypeOf(client.lpop('l', 2)).resolves.toEqualTypeOf<string[] | null>();
    expectTypeOf(client.hgetall('h')).resolves.toEqualTypeOf<
      Record<string, string>
    >();
    expectTypeOf(
      client.sort('l', { store: 'm' }),
    ).resolves.toEqualTypeOf<number>();
    expectTypeOf(client.eval('return 1')).resolves.toEqualTypeOf<unknown>();
    expectTypeOf(
      client.eval<number>('return 1'),
    ).resolves.toEqualTypeOf<number>();
  });

  it('give Buffers on a view that asked for them', () => {
    type View = TypedCommands<Buffer>;
    expectTypeOf<ReturnType<View['mget']>>().resolves.toEqualTypeOf<
      (Buffer | null)[]
    >();
    expectTypeOf<ReturnType<View['hgetall']>>().resolves.toEqualTypeOf<
      Record<string, Buffer>
    >();
  });

  it('give a reply per node on the cluster, and one on a node', () => {
    type Cluster = TypedCommands;
    type Node = TypedCommands<string, 'node'>;
    expectTypeOf<ReturnType<Cluster['info']>>().resolves.toEqualTypeOf<
      Record<string, string>
    >();
    expectTypeOf<ReturnType<Node['info']>>().resolves.toEqualTypeOf<string>();
    expectTypeOf<ReturnType<Node['configGet']>>().resolves.toEqualTypeOf<
      Record<string, string>
    >();
    expectTypeOf<ReturnType<Cluster['dbsize']>>().resolves.toEqualTypeOf<
      Awaited<ReturnType<Node['dbsize']>>
    >();
  });

  it('take nested options and require one of a group', async () => {
    type Entry = Awaited<ReturnType<TypedCommands['xrange']>>[number];
    expectTypeOf<Entry['fields']>().toEqualTypeOf<
      [field: string, value: string][]
    >();
    const around = { radius: 1, unit: 'm' } as const;
    const box = { width: 1, height: 1, unit: 'm' } as const;
    const outcomes = await Promise.allSettled([
      // @ts-expect-error how far is missing
      client.geosearch('g', { frommember: 'a' }),
      // @ts-expect-error two shapes
      client.geosearch('g', { byradius: around, bybox: box }),
      // @ts-expect-error two ways to cut
      client.xadd('s', { a: 1 }, { maxlen: 1, minid: '1' }),
      // @ts-expect-error no such field
      client.xadd('s', { a: 1 }, { maxlen: { threshold: 1, exact: true } }),
      // @ts-expect-error a trim needs its option
      client.xtrim('s'),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(
      outcomes.map(() => 'rejected'),
    );
  });

  it('exclude options that exclude each other, as the methods do', async () => {
    const outcomes = await Promise.allSettled([
      // @ts-expect-error two expiries
      client.set('k', 'v', { ex: 1, px: 1 }),
      // @ts-expect-error two conditions
      client.set('k', 'v', { nx: true, xx: true }),
      // @ts-expect-error two orders
      client.sort('l', { asc: true, desc: true }),
      // @ts-expect-error two ranges
      client.zrange('z', 0, 1, { byscore: true, bylex: true }),
      // @ts-expect-error no such option
      client.set('k', 'v', { exx: 1 }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(
      outcomes.map(() => 'rejected'),
    );
    // what is not given excludes nothing
    await client.set('k', 'v', { ex: undefined, keepttl: true });
    expect(client.words).toEqual(['SET', 'k', 'v', 'KEEPTTL']);
  });

  it('refuse what is no key or value, as the methods do', async () => {
    const outcomes = await Promise.allSettled([
      // @ts-expect-error null is no value
      client.set('k', null),
      // @ts-expect-error a Date is no value
      client.set('k', new Date()),
      // @ts-expect-error a boolean is no value
      client.hset('h', { f: true }),
      // @ts-expect-error a bigint is no key
      client.get(1n),
      // @ts-expect-error a side is needed
      client.lmove('a', 'b', 'left'),
      // @ts-expect-error no such side
      client.lmove('a', 'b', 'left', 'up'),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(
      outcomes.map(() => 'rejected'),
    );
  });

  it('take lists as arguments or as one array, also one that is frozen', async () => {
    const keys: string[] = ['a', 'b'];
    const frozen: readonly string[] = Object.freeze([...keys]);
    await Promise.all([
      client.del(...keys),
      client.del(keys),
      client.del(frozen),
    ]);
    expect(client.calls.slice(-3).map(({ args }) => args)).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });
});
