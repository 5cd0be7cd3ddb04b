import { createRequire } from 'node:module';
import {
  splitAddress,
  type ConnectRequest,
  type Surroundings,
  type TortureClient,
} from '../torture-client.js';
import { loopbackLookup } from './loopback-lookup.js';

/** What is used of it. */
interface Cluster {
  connect(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): void;
  get(key: string): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  incr(key: string): Promise<number>;
  mget(keys: readonly string[]): Promise<unknown>;
  rpush(key: string, value: string): Promise<unknown>;
  blpop(key: string, seconds: number): Promise<[string, string] | null>;
  duplicate(): Cluster;
  disconnect(): void;
}

interface Package {
  readonly Cluster: new (
    nodes: readonly object[],
    options: Readonly<Record<string, unknown>>,
  ) => Cluster;
}

const require = createRequire(
  new URL('../../../bench/package.json', import.meta.url),
);

/** What its documentation offers against the faults: README.md, ClusterOptions and RedisOptions. */
export const TUNED = {
  slotsRefreshInterval: 1_000,
  slotsRefreshTimeout: 2_000,
  retryDelayOnFailover: 300,
  retryDelayOnClusterDown: 300,
  maxRedirections: 64,
  redisOptions: {
    commandTimeout: 30_000,
    socketTimeout: 5_000,
    connectTimeout: 5_000,
  },
};

export async function connect(
  request: ConnectRequest,
  surroundings: Surroundings,
): Promise<TortureClient> {
  const { Cluster } = require('ioredis') as Package;
  const { version } = require('ioredis/package.json') as { version: string };
  const { hostSuffix } = request;
  const cluster = new Cluster(
    request.seeds.map((seed) => splitAddress(seed.replace('redis://', ''))),
    {
      lazyConnect: true,
      ...(request.tuned === true && TUNED),
      ...(request.readsReplicas === true && { scaleReads: 'slave' }),
      ...(request.addresses !== undefined && {
        natMap: (key: string) => {
          const mapped = surroundings.addresses[key];
          return mapped === undefined ? null : splitAddress(mapped);
        },
      }),
      ...(hostSuffix !== undefined && {
        dnsLookup: (
          hostname: string,
          callback: (error: unknown, address: string, family?: number) => void,
        ) =>
          loopbackLookup(hostSuffix)(
            hostname,
            { family: 4 },
            callback as never,
          ),
      }),
    },
  );
  cluster.on('error', () => {});
  await cluster.connect();
  // blocking commands "should use a separate connection": the documentation of both clients
  const blocking = request.tuned === true ? cluster.duplicate() : cluster;
  blocking.on('error', () => {});
  return {
    version: `ioredis ${version}`,
    get: (key) => cluster.get(key),
    set: (key, value) => cluster.set(key, value),
    incr: (key) => cluster.incr(key),
    mget: (keys) => cluster.mget(keys),
    rpush: (key, value) => cluster.rpush(key, value),
    blpop: async (key, seconds) =>
      (await blocking.blpop(key, seconds))?.[1] ?? undefined,
    // no error of it tells
    isUnknown: () => false,
    close: async () => {
      cluster.disconnect();
      blocking.disconnect();
    },
  };
}
