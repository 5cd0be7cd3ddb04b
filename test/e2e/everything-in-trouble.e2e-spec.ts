import {
  ConnectionError,
  OutcomeUnknownError,
  PipelineError,
  type QueuedCommands,
  type QueuedReply,
  RedisClusterClient,
  ReplyError,
} from 'nest-redis-cluster';
import { LocalRedisCluster } from 'nest-redis-cluster/testing';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

/** Two lists of one slot for each caller's transactions; tags of all shards. */
const TAGS = ['a', 'b', 'c', 'd', 'e', 'f'];
const CALLERS_OF_EACH_KIND = 3;
const ROUNDS = 5;
const STATIC_KEYS = Array.from({ length: 300 }, (_, n) => `static:${n}`);

const PUSH = {
  lua: "return redis.call('RPUSH', KEYS[1], ARGV[1])",
  numberOfKeys: 1,
  reply: Number,
} as const;

const LIBRARY = {
  code: `#!lua name=trouble
redis.register_function('put', function(keys, args)
  return redis.call('RPUSH', keys[1], args[1])
end)`,
  functions: { put: { numberOfKeys: 1, reply: Number } },
} as const;

let cluster: LocalRedisCluster;
let client: RedisClusterClient;

beforeAll(async () => {
  // a node that a busy machine holds up has not failed; news that is lost
  // between the nodes comes again in half of it
  cluster = await LocalRedisCluster.start({ nodeTimeoutMs: 5_000 });
});

afterAll(async () => {
  await cluster.stop();
});

afterEach(() => client.destroy());

/** What became of each number that was pushed somewhere. */
class Book {
  readonly applied = new Set<string>();
  readonly unknown = new Set<string>();
  readonly failed = new Map<string, Error>();
  /** Numbers that stand in both lists of their tag, or in none. */
  readonly twofold = new Set<string>();
  /** Errors that tell the holder of a connection what happened to it. */
  readonly mayFail = new Set<Error>();
  readonly surprises: unknown[] = [];
  private last = 0;

  next(): string {
    this.last += 1;
    return String(this.last);
  }

  note(ids: readonly string[], error?: unknown): void {
    for (const id of ids) {
      if (error === undefined) this.applied.add(id);
      else if (error instanceof OutcomeUnknownError) this.unknown.add(id);
      else this.failed.set(id, error as Error);
    }
  }
}

const tagOf = (n: number): string => TAGS[n % TAGS.length]!;

/** Sends a command to every node, on connections that are not the client's. */
async function everywhere(...words: [string, ...string[]]): Promise<void> {
  for (const node of cluster.nodes) await cluster.command(node, ...words);
}

const cut = (): Promise<void> =>
  everywhere('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');

/** Everything that can happen to a cluster without losing an acknowledged write. */
async function trouble(round: number): Promise<void> {
  await everywhere('SCRIPT', 'FLUSH');
  const tag = tagOf(round);
  const owner = await cluster.primaryOf(tag);
  const other = (await cluster.primaries()).find((node) => node !== owner)!;
  await cluster.migrateSlots(await cluster.slotOf(tag), other);
  await cut();
  const primary = await cluster.primaryOf(tagOf(round + 1));
  const [replica] = await cluster.replicasOf(primary);
  await cluster.failover(replica!);
  await everywhere('SCRIPT', 'FLUSH');
  await cut();
}

/** A redirect, a primary that was demoted, or the loss of the connection. */
function isNews(error: unknown): boolean {
  if (error instanceof ReplyError) {
    return ['ASK', 'MOVED', 'READONLY'].includes(error.prefix);
  }
  return error instanceof ConnectionError;
}

it.each([2, 3] as const)(
  'callers of every kind meet failovers, moving slots, cut connections and flushed scripts: each write runs once or is known not to, and nobody hangs (RESP%d)',
  async (protocol) => {
    await cluster.flush();
    client = new RedisClusterClient({
      ...cluster.clientOptions,
      protocol,
      commandTimeoutMs: 60_000,
      reconnectDelayMs: { min: 5, max: 100 },
    });
    await client.connect();
    await client.pipeline((p) => {
      for (const key of STATIC_KEYS) p.set(key, 1);
    });
    const push = client.script(PUSH);
    const library = client.functionLibrary(LIBRARY);
    await library.load();
    const book = new Book();
    const fate = { over: false };

    const kinds: Record<string, (n: number) => Promise<void>> = {
      pipeline: async (n) => {
        const ids = Array.from({ length: 24 }, () => book.next());
        const queue = (p: QueuedCommands, id: string, at: number) => {
          const key = `{${tagOf(n + at)}}x`;
          const ways: (() => QueuedReply<number>)[] = [
            () => p.rpush(key, id),
            () => push.on(p).run(key, id),
            () => library.on(p).call('put', key, id),
          ];
          return ways[at % ways.length]!();
        };
        try {
          await client.pipeline((p) => {
            ids.forEach((id, at) => queue(p, id, at));
          });
          book.note(ids);
        } catch (error) {
          if (!(error instanceof PipelineError)) throw error;
          error.results.forEach((result, at) =>
            book.note([ids[at]!], result.error),
          );
        }
      },
      transaction: async (n) => {
        const id = book.next();
        book.twofold.add(id);
        await client
          .transaction((t) => [
            t.rpush(`{${tagOf(n)}}x`, id),
            push.on(t).run(`{${tagOf(n)}}y`, id),
          ])
          .then(
            () => book.note([id]),
            (error: unknown) => book.note([id], error),
          );
      },
      watch: async (n) => {
        const id = book.next();
        book.twofold.add(id);
        const tag = tagOf(n);
        await client
          .watch(
            `{${tag}}w`,
            async (watched) => {
              await watched.get(`{${tag}}w`);
              return watched.transaction((t) => [
                t.rpush(`{${tag}}x`, id),
                t.rpush(`{${tag}}y`, id),
              ]);
            },
            { maxAttempts: 50 },
          )
          .then(
            () => book.note([id]),
            (error: unknown) => book.note([id], error),
          );
      },
      script: async (n) => {
        const id = book.next();
        await push.run(`{${tagOf(n)}}x`, id).then(
          () => book.note([id]),
          (error: unknown) => book.note([id], error),
        );
      },
      'exclusive connection': async (n) => {
        const id = book.next();
        const key = `{${tagOf(n)}}x`;
        await client
          .withConnection({ key }, (own) => push.on(own).run(key, id))
          .then(
            () => book.note([id]),
            (error: unknown) => {
              if (isNews(error)) book.mayFail.add(error as Error);
              book.note([id], error);
            },
          );
      },
      scan: async () => {
        const seen = new Set<string>();
        for await (const key of client.scanIterator({ match: 'static:*' })) {
          seen.add(key);
        }
        const missed = STATIC_KEYS.filter((key) => !seen.has(key));
        if (missed.length > 0) book.surprises.push({ missed });
      },
    };
    const callers = Object.entries(kinds).flatMap(([kind, work]) =>
      Array.from(
        { length: kind === 'scan' ? 1 : CALLERS_OF_EACH_KIND },
        async (_, caller) => {
          for (let n = caller; !fate.over; n++) {
            try {
              await work(n);
            } catch (error) {
              book.surprises.push({ kind, error });
            }
          }
        },
      ),
    );

    try {
      for (let round = 0; round < ROUNDS; round++) await trouble(round);
    } finally {
      fate.over = true;
      await Promise.all(callers);
    }
    await cluster.waitUntilStable();

    expect(book.surprises).toEqual([]);
    const lists = await client.pipeline((p) =>
      TAGS.flatMap((tag) => [
        p.lrange(`{${tag}}x`, 0, -1),
        p.lrange(`{${tag}}y`, 0, -1),
      ]),
    );
    const xs = lists.filter((_, at) => at % 2 === 0).flat();
    const ys = lists.filter((_, at) => at % 2 === 1).flat();
    const there = new Set(xs);
    const both = new Set(ys);
    expect(xs).toHaveLength(there.size);
    expect(ys).toHaveLength(both.size);
    expect([...book.applied].filter((id) => !there.has(id))).toEqual([]);
    expect(
      [...book.failed].filter(([id]) => there.has(id) || both.has(id)),
    ).toEqual([]);
    expect(
      [...book.twofold].filter((id) => there.has(id) !== both.has(id)),
    ).toEqual([]);
    expect(
      [...there].filter((id) => !book.applied.has(id) && !book.unknown.has(id)),
    ).toEqual([]);
    // what has a connection of its own hears of redirects; elsewhere they are followed
    const unexpected = [...book.failed.values()].filter(
      (error) =>
        !book.mayFail.has(error) &&
        (error as Error & { code?: string }).code !== 'OVERTAKEN',
    );
    expect(unexpected).toEqual([]);
  },
  480_000,
);
