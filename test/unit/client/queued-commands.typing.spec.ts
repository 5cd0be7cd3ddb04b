import { describe, expect, expectTypeOf, it } from 'vitest';
import type {
  QueuedCommands,
  QueuedReply,
  RepliesOf,
  WantedReplies,
} from '../../../lib/index.js';

// what is checked here is checked by `tsc`
declare function run<Wanted extends WantedReplies>(
  callback: (queue: QueuedCommands) => Wanted,
): Promise<RepliesOf<Wanted>>;

const typesOf = (work: () => Promise<void>): void => {
  expect(work).toBeTypeOf('function');
};

describe('the types of what is queued', () => {
  it('are the tuple of the replies returned', () => {
    typesOf(async () => {
      const replies = await run((p) => [
        p.get('a'),
        p.incr('n'),
        p.set('k', 'v', { get: true }),
        p.set('k', 'v'),
        p.eval<number>('return 1'),
        p.delete('a', 'b'),
      ]);
      expectTypeOf(replies).toEqualTypeOf<
        [string | null, number, string | null, 'OK', number, number]
      >();
      const [a, n] = await run((p) => [p.get('a'), p.incr('n')]);
      expectTypeOf(a).toEqualTypeOf<string | null>();
      expectTypeOf(n).toEqualTypeOf<number>();
    });
  });

  it('are an array where an array is returned, and unknown where nothing is', () => {
    typesOf(async () => {
      const keys: string[] = [];
      expectTypeOf(
        await run((p) => keys.map((key) => p.get(key))),
      ).toEqualTypeOf<(string | null)[]>();
      expectTypeOf(
        await run((p) => {
          p.get('a');
        }),
      ).toEqualTypeOf<unknown[]>();
      expectTypeOf(await run(() => [])).toEqualTypeOf<[]>();
    });
  });

  it('are Buffers on a view that asked for them', () => {
    expectTypeOf<ReturnType<QueuedCommands<Buffer>['hget']>>().toEqualTypeOf<
      QueuedReply<Buffer | null>
    >();
  });

  it('do not let a reply be awaited, nor a callback be asynchronous', () => {
    typesOf(async () => {
      await run((p) => [p.get('a')]);
      // @ts-expect-error an asynchronous callback
      await run(async (p) => {
        // @ts-expect-error it is no promise
        await p.get('a'); // oxlint-disable-line typescript/await-thenable -- the case
      });
      // @ts-expect-error one reply, no array of them
      await run((p) => p.get('a'));
      // @ts-expect-error the key is missing
      const replies = await run((p) => [p.get()]);
      expectTypeOf(replies).not.toBeAny();
    });
  });
});
