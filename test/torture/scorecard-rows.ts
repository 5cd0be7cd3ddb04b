import { setTimeout as delay } from 'node:timers/promises';
import type { LocalRedisClusterOptions } from '../../lib/testing/index.js';
import { cutClients } from '../support/cut-clients.js';
import type { Arena, Way } from './arena.js';
import { FAULTS, type FaultReport } from './faults.js';
import { SeededRandom } from './random.js';
import { streamsOf, TARGET_SLOTS } from './shards.js';
import type { ConnectRequest } from './torture-client.js';
import type { StreamSpec } from './workloads.js';

/** One line of the scorecard: a situation that every client meets at the same time. */
export interface Row {
  readonly title: string;
  readonly cluster?: LocalRedisClusterOptions;
  /** How clients reach the nodes; directly, where the fault needs no proxies. */
  readonly way?: Way;
  readonly request?: Partial<ConnectRequest>;
  /** Before the clients connect. */
  prepare?(arena: Arena): Promise<void>;
  /** @param prefix of the client's keys: no two clients share any */
  streams(prefix: string): StreamSpec[];
  happen(arena: Arena): Promise<FaultReport>;
}

/** GET, INCR and MGET of keys in one slot, on each shard; gentle enough for five clients on two cores. */
function mixed(prefix: string): StreamSpec[] {
  return [
    ...streamsOf('read', { prefix, callers: 2, pauseMs: 20 }),
    ...streamsOf('incr', { prefix, callers: 2, pauseMs: 20 }),
    ...streamsOf('slot mget', { prefix, callers: 1, pauseMs: 20 }),
  ];
}

/** The same, but what meets the fault are keys of the one slot that moves, and nothing else of its shard. */
function mixedInOneSlot(prefix: string): StreamSpec[] {
  return mixed(prefix).map((spec) =>
    spec.shard === 'hit'
      ? {
          ...spec,
          keys: Array.from({ length: 20 }, (_, n) => `${spec.keys[0]!}:${n}`),
        }
      : spec,
  );
}

function counting(prefix: string): StreamSpec[] {
  return streamsOf('incr', { prefix, callers: 8, pauseMs: 5 });
}

/** A fault of the torture suite, the same for all. */
function asTortured(name: string): Row['happen'] {
  const fault = FAULTS.find((one) => one.name === name);
  if (fault === undefined) throw new Error(`There is no fault "${name}"`);
  return async (arena) => {
    const report = await fault.run(arena, new SeededRandom(1));
    await arena.cluster.waitUntilStable();
    return report;
  };
}

/** Time for a client to show what it does, in milliseconds. */
const QUIET_MS = 4_000;

/** A lost primary stays away for long: its return is no part of the cure. The cluster needs 2 to 5 s. */
const AWAY_MS = 12_000;

async function freezePrimary({ cluster }: Arena): Promise<FaultReport> {
  await cluster.freeze(await cluster.primaryOf(TARGET_SLOTS[0]!));
  await delay(AWAY_MS);
  return {};
}

async function quiet(): Promise<FaultReport> {
  await delay(QUIET_MS);
  return {};
}

/** The rows of the scorecard, in its order. */
export const ROWS: readonly Row[] = [
  {
    title: 'primary killed',
    streams: mixed,
    happen: async ({ cluster }) => {
      await cluster.kill(await cluster.primaryOf(TARGET_SLOTS[0]!));
      await delay(AWAY_MS);
      return {};
    },
  },
  {
    title: 'primary frozen, full coverage off',
    streams: mixed,
    happen: freezePrimary,
  },
  {
    title: 'primary frozen, full coverage on',
    cluster: { requireFullCoverage: true },
    streams: mixed,
    happen: freezePrimary,
  },
  {
    title: 'manual failover under load',
    streams: mixed,
    happen: asTortured('CLUSTER FAILOVER'),
  },
  {
    title: 'one slot migrated under load',
    streams: mixedInOneSlot,
    happen: (arena) => migrate(arena, [TARGET_SLOTS[0]!]),
  },
  {
    title: '100 slots migrated under load',
    streams: mixed,
    happen: (arena) => migrate(arena, TARGET_SLOTS),
  },
  {
    title: '8 connection drops under INCR',
    streams: counting,
    happen: async ({ cluster }) => {
      for (let round = 0; round < 8; round += 1) {
        await cutClients(cluster);
        await delay(500);
      }
      return {};
    },
  },
  {
    title: 'half-open connections',
    // not announced: replicas would follow their primaries through the proxies too
    way: 'mapped',
    streams: mixed,
    happen: asTortured('half-open connections'),
  },
  {
    title: 'connect with a dead primary',
    cluster: { replicas: 0 },
    prepare: async ({ cluster }) => {
      await cluster.kill(await cluster.primaryOf(TARGET_SLOTS[0]!));
      await cluster.waitUntilStable();
    },
    streams: (prefix) =>
      streamsOf('read', { prefix, callers: 2, pauseMs: 20 }).filter(
        ({ shard }) => shard !== 'hit',
      ),
    happen: quiet,
  },
  {
    title: 'blocking pop beside other traffic',
    streams: (prefix) => [
      ...streamsOf('read', { prefix, callers: 2, pauseMs: 20 }),
      ...streamsOf('idle pop', { prefix, callers: 1, pauseMs: 20 }).filter(
        ({ shard }) => shard === 'hit',
      ),
    ],
    happen: quiet,
  },
  {
    title: '`unknown-endpoint` cluster, failover by hand',
    cluster: {
      args: ['--cluster-preferred-endpoint-type', 'unknown-endpoint'],
    },
    streams: mixed,
    happen: asTortured('CLUSTER FAILOVER'),
  },
  {
    title: 'cluster of host names, failover by hand',
    // a name that the system resolves: not every client takes a look-up
    cluster: {
      args: [
        '--cluster-announce-hostname',
        'localhost',
        '--cluster-preferred-endpoint-type',
        'hostname',
      ],
    },
    streams: mixed,
    happen: asTortured('CLUSTER FAILOVER'),
  },
  {
    title: 'whole cluster restarted',
    cluster: { args: ['--appendonly', 'yes'] },
    streams: mixed,
    happen: async ({ cluster }) => {
      await Promise.all(cluster.nodes.map((node) => cluster.kill(node)));
      await delay(1_000);
      await Promise.all(cluster.nodes.map((node) => cluster.restart(node)));
      await cluster.waitUntilStable();
      return {};
    },
  },
  {
    title: 'all addresses changed behind the same seed names',
    way: 'announced',
    streams: mixed,
    happen: asTortured('all IPs change'),
  },
  {
    title: 'replica frozen, reads from primaries',
    streams: mixed,
    happen: freezeReplica,
  },
];

async function migrate(
  { cluster }: Arena,
  slots: readonly number[],
): Promise<FaultReport> {
  const from = await cluster.primaryOf(slots[0]!);
  const to = (await cluster.primaries()).find((node) => node !== from);
  const migration = await cluster.migrateSlots(slots, to!, {
    stopHalfway: true,
  });
  // long enough for callers to meet keys on both sides
  await delay(1_000);
  await migration.finish();
  await delay(1_000);
  return {};
}

async function freezeReplica({ cluster }: Arena): Promise<FaultReport> {
  const primary = await cluster.primaryOf(TARGET_SLOTS[0]!);
  const [replica] = await cluster.replicasOf(primary);
  await cluster.freeze(replica!);
  await delay(6_000);
  await cluster.resume(replica!);
  await cluster.waitUntilStable();
  return {};
}
