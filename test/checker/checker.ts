import { RedisClusterClient } from '../../lib/index.js';
import { LocalRedisCluster } from '../../lib/testing/index.js';
import { SeededRandom } from '../torture/random.js';
import { Calamities, CALAMITIES } from './calamities.js';
import type { Finding, Kept, TokenBook } from './token-book.js';
import { Writers, type Guard } from './writers.js';

/** What is run. */
export interface CheckerOptions {
  /** Replicas of each shard. */
  readonly replicas: number;
  /** How long calamities follow each other, in minutes; or which ones, by name, one after the other. */
  readonly minutes?: number | undefined;
  readonly calamities?: readonly string[] | undefined;
  /** Decides what happens to which shard and for how long; drawn where it is left out. */
  readonly seed?: number | undefined;
  /** Writers of each kind for each shard, and across the shards. @default 2 */
  readonly writersPerKind?: number | undefined;
  readonly log?: ((line: string) => void) | undefined;
}

/** What the writers of one guard come to. */
export interface GuardResult {
  readonly guard: Guard;
  readonly findings: readonly (Finding & { readonly key: string })[];
  /** What the callers were told, by the words. */
  readonly tally: Readonly<Record<string, number>>;
}

/** One run on one cluster. */
export interface CheckerResult {
  readonly server: string;
  readonly replicas: number;
  readonly seed: number;
  readonly seconds: number;
  /** What happened, in order. */
  readonly calamities: readonly string[];
  readonly guards: readonly GuardResult[];
}

const GUARDS: readonly Guard[] = ['all replicas', 'no scope'];

/**
 * Writers append tokens while primaries are lost in every way; at the end the
 * servers are held against what the callers were told. Writers with and without
 * scopes write to the same shards at the same time, so both go through the same.
 */
export async function runChecker(
  options: CheckerOptions,
): Promise<CheckerResult> {
  const { replicas, writersPerKind = 2, log = () => {} } = options;
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
  log(`seed ${seed}, ${replicas} replicas per shard`);
  await using cluster = await LocalRedisCluster.start({
    replicas,
    // a node that a busy machine holds up has not failed
    nodeTimeoutMs: 2_000,
    // a shard that is lost for a while is not to stop the others
    requireFullCoverage: false,
    // what `all` means is a fixed set
    replicaMigration: false,
  });
  const startedAt = performance.now();
  const happened: string[] = [];
  const clients = GUARDS.map(
    () => new RedisClusterClient(cluster.clientOptions),
  );
  try {
    await Promise.all(clients.map((client) => client.connect()));
    const writers = GUARDS.map((guard, at) => new Writers(clients[at]!, guard));
    for (const [at, each] of writers.entries()) {
      each.start(writersPerKind, new SeededRandom(seed + at + 1));
    }
    const bare = writers[GUARDS.indexOf('no scope')]!;
    const calamities = new Calamities(
      cluster,
      new SeededRandom(seed),
      (slot) => bare.untilAcknowledged(slot),
      (line) => {
        const at = Math.round(performance.now() - startedAt);
        happened.push(`${at} ms: ${line}`);
        log(`${at} ms: ${line}`);
      },
    );
    try {
      for (const calamity of named(options.calamities)) {
        await calamities.strike(calamity);
      }
      const endAt = startedAt + (options.minutes ?? 0) * 60_000;
      while (performance.now() < endAt) {
        await calamities.strike(calamities.draw(replicas));
      }
    } finally {
      await Promise.all(writers.map((each) => each.stop()));
    }
    return {
      server: `${cluster.serverVersion.kind} ${cluster.serverVersion.version}`,
      replicas,
      seed,
      seconds: Math.round((performance.now() - startedAt) / 1_000),
      calamities: happened,
      guards: await Promise.all(writers.map((each) => resultOf(cluster, each))),
    };
  } finally {
    for (const client of clients) client.destroy();
  }
}

/** What a result has that must not be; empty where all is well. */
export function violationsOf({ guards }: CheckerResult): string[] {
  return guards.flatMap(({ guard, findings }) =>
    findings.flatMap((finding) => [
      ...(guard === 'all replicas' && finding.lostCount > 0
        ? [
            `${finding.lostCount} acknowledged tokens lost: ${finding.lost.slice(0, 5).join('; ')}`,
          ]
        : []),
      ...(finding.duplicates > 0
        ? [`${finding.key}: ${finding.duplicates} tokens applied twice`]
        : []),
      ...finding.falselyRefused.map(
        (token) => `said to be not applied, and is there: ${token}`,
      ),
      ...(finding.foreign > 0
        ? [`${finding.key}: ${finding.foreign} tokens that nobody wrote`]
        : []),
    ]),
  );
}

function named(names: readonly string[] = []): typeof CALAMITIES {
  return names.map((name) => {
    const found = CALAMITIES.find((calamity) => calamity.name === name);
    if (found !== undefined) return found;
    const known = CALAMITIES.map((calamity) => calamity.name).join(', ');
    throw new Error(`There is no calamity "${name}". There are: ${known}`);
  });
}

async function resultOf(
  cluster: LocalRedisCluster,
  { guard, books, tally }: Writers,
): Promise<GuardResult> {
  return {
    guard,
    findings: await Promise.all(
      books.map(async (book) => ({
        key: book.key,
        ...book.check(await readKept(cluster, book)),
      })),
    ),
    tally: Object.fromEntries(
      [...tally].sort(([, one], [, other]) => other - one),
    ),
  };
}

/** Read from the servers themselves, past the client under test. */
async function readKept(
  cluster: LocalRedisCluster,
  { kind, key, slot }: TokenBook,
): Promise<Kept> {
  const owner = await cluster.primaryOf(slot);
  const tokens = new Map<string, number>();
  if (kind === 'counter') {
    const value = await cluster.command(owner, 'GET', key);
    return { tokens, count: Number(value ?? 0) };
  }
  if (kind === 'list') {
    const all = await cluster.command(owner, 'LRANGE', key, 0, -1);
    for (const token of all as string[]) {
      tokens.set(token, (tokens.get(token) ?? 0) + 1);
    }
  } else {
    const flat = (await cluster.command(owner, 'HGETALL', key)) as string[];
    for (let at = 0; at < flat.length; at += 2) {
      tokens.set(flat[at]!, Number(flat[at + 1]));
    }
  }
  return { tokens, count: 0 };
}
