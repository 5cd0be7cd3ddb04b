import { setTimeout as delay } from 'node:timers/promises';
import type {
  LocalRedisCluster,
  LocalRedisNode,
} from '../../lib/testing/index.js';
import { admitReplicas, cutFromReplicas } from '../support/replica-links.js';
import type { SeededRandom } from '../torture/random.js';
import { SLOTS } from './writers.js';

/** What can happen to a shard, and how much of its time is left to chance. */
export interface Calamity {
  readonly name: string;
  /** How many replicas a shard needs for it. @default 1 */
  readonly replicas?: number;
  /** Does it and heals it; the cluster is stable again a little later. */
  run(shard: Shard): Promise<void>;
}

/** The shard that is hit. */
export interface Shard {
  readonly cluster: LocalRedisCluster;
  readonly primary: LocalRedisNode;
  /** In an order drawn by the seed. */
  readonly replicas: readonly LocalRedisNode[];
  /** A slot of it. */
  readonly slot: number;
  readonly random: SeededRandom;
  /** Resolves when it has acknowledged a write without a scope that began behind this call. */
  written(): Promise<void>;
}

/**
 * A replica is promoted in all of them. A primary that has ended comes back
 * only after that: it has nothing on a disk, and by coming back empty before
 * it would empty its replicas too.
 */
export const CALAMITIES: readonly Calamity[] = [
  {
    name: 'kill',
    run: async (shard) => {
      await shard.cluster.kill(shard.primary);
      await comeBack(shard);
    },
  },
  {
    name: 'freeze until replaced',
    run: async (shard) => {
      await shard.cluster.freeze(shard.primary);
      await untilReplaced(shard);
      await moment(shard, 0, 1_000);
      // awake again, it answers what lay in its sockets, before it learns that it was replaced
      await shard.cluster.resume(shard.primary);
    },
  },
  {
    name: 'freeze as long as an election takes',
    run: async (shard) => {
      await shard.cluster.freeze(shard.primary);
      await moment(shard, 1_600, 4_400);
      await shard.cluster.resume(shard.primary);
    },
  },
  {
    name: 'hand over',
    run: ({ cluster, replicas: [heir] }) => cluster.failover(heir!),
  },
  {
    name: 'take over without asking the primary',
    run: ({ cluster, replicas: [heir] }) => cluster.failover(heir!, 'force'),
  },
  {
    name: 'take over without asking anybody',
    run: ({ cluster, replicas: [heir] }) => cluster.failover(heir!, 'takeover'),
  },
  {
    name: 'cut from its replicas, then killed',
    run: async (shard) => {
      await cutFromReplicas(shard.primary);
      await shard.written();
      await moment(shard, 50, 600);
      // started anew, it knows nothing of what was forbidden to replicas
      await shard.cluster.kill(shard.primary);
      await comeBack(shard);
    },
  },
  {
    name: 'cut from its replicas, then frozen',
    run: async (shard) => {
      await cutFromReplicas(shard.primary);
      await shard.written();
      await moment(shard, 50, 600);
      await shard.cluster.freeze(shard.primary);
      await untilReplaced(shard);
      await moment(shard, 0, 1_000);
      await shard.cluster.resume(shard.primary);
      await admitReplicas(shard.primary);
    },
  },
  {
    name: 'cut from its replicas, then taken over from',
    run: async (shard) => {
      await cutFromReplicas(shard.primary);
      await shard.written();
      await moment(shard, 50, 600);
      await shard.cluster.failover(shard.replicas[0]!, 'takeover');
      await admitReplicas(shard.primary);
    },
  },
  {
    name: 'one replica frozen, then killed',
    replicas: 2,
    run: async (shard) => {
      const { cluster, primary, replicas } = shard;
      await cluster.freeze(replicas[0]!);
      await moment(shard, 50, 600);
      await cluster.kill(primary);
      await moment(shard, 0, 600);
      // either may win the election: the one that was frozen has less, and may not
      await cluster.resume(replicas[0]!);
      await comeBack(shard);
    },
  },
];

/** One calamity after the other, each on a shard that is whole. */
export class Calamities {
  constructor(
    private readonly cluster: LocalRedisCluster,
    private readonly random: SeededRandom,
    private readonly written: (slot: number) => Promise<void>,
    private readonly log: (line: string) => void,
  ) {}

  /** Draws one that shards with so many replicas can have. */
  draw(replicas: number): Calamity {
    return this.random.pick(
      CALAMITIES.filter((calamity) => (calamity.replicas ?? 1) <= replicas),
    );
  }

  /** Lets it happen to a shard drawn by the seed; resolves when the cluster is stable again. */
  async strike(calamity: Calamity): Promise<void> {
    const { cluster, random } = this;
    const slot = random.pick(SLOTS);
    const primary = await cluster.primaryOf(slot);
    const replicas = shuffled(await cluster.replicasOf(primary), random);
    this.log(`slot ${slot}, ${primary.address}: ${calamity.name}`);
    await calamity.run({
      cluster,
      primary,
      replicas,
      slot,
      random,
      written: () => this.written(slot),
    });
    await cluster.waitUntilStable();
    await delay(random.between(200, 800));
  }
}

async function comeBack(shard: Shard): Promise<void> {
  await untilReplaced(shard);
  await moment(shard, 0, 1_000);
  await shard.cluster.restart(shard.primary);
}

async function untilReplaced({ cluster, slot, primary }: Shard): Promise<void> {
  const deadline = performance.now() + 120_000;
  while ((await cluster.primaryOf(slot)) === primary) {
    if (performance.now() > deadline) {
      throw new Error(`${primary.address} was not replaced in 120 s`);
    }
    await delay(20);
  }
}

function moment(
  { random }: Shard,
  leastMs: number,
  mostMs: number,
): Promise<void> {
  return delay(random.between(leastMs, mostMs));
}

function shuffled<T>(items: readonly T[], random: SeededRandom): T[] {
  const drawn = items.map((item) => [random.next(), item] as const);
  return drawn.sort(([one], [other]) => one - other).map(([, item]) => item);
}
