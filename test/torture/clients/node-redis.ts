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
  connect(): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): void;
  get(key: string): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  incr(key: string): Promise<number>;
  mGet(keys: readonly string[]): Promise<unknown>;
  rPush(key: string, value: string): Promise<unknown>;
  blPop(key: string, seconds: number): Promise<{ element: string } | null>;
  duplicate(): Cluster;
  destroy(): void;
}

interface Package {
  readonly createCluster: (
    options: Readonly<Record<string, unknown>>,
  ) => Cluster;
}

const require = createRequire(
  new URL('../../../bench/package.json', import.meta.url),
);

/** What its documentation offers against the faults: docs/client-configuration.md and docs/clustering.md. */
export const TUNED = {
  maxCommandRedirections: 64,
  topologyRefreshOnReconnectionAttemptStrategy: 500,
  defaults: {
    pingInterval: 1_000,
    socket: {
      connectTimeout: 5_000,
      socketTimeout: 5_000,
      reconnectStrategy: (retries: number) => Math.min(retries * 50, 500),
    },
    commandOptions: { timeout: 30_000 },
  },
};

export async function connect(
  request: ConnectRequest,
  surroundings: Surroundings,
): Promise<TortureClient> {
  const redis = require('redis') as Package;
  const { version } = require('redis/package.json') as { version: string };
  const { hostSuffix } = request;
  const lookup =
    hostSuffix === undefined ? {} : { lookup: loopbackLookup(hostSuffix) };
  const tuned = request.tuned === true ? TUNED : undefined;
  const options = {
    ...tuned,
    rootNodes: request.seeds.map((url) => ({ url, socket: { ...lookup } })),
    defaults: {
      ...tuned?.defaults,
      socket: { ...tuned?.defaults.socket, ...lookup },
    },
    ...(request.readsReplicas === true && { useReplicas: true }),
    ...(request.addresses !== undefined && {
      nodeAddressMap: (address: string) => {
        const mapped = surroundings.addresses[address];
        return mapped === undefined ? undefined : splitAddress(mapped);
      },
    }),
  };
  const cluster = redis.createCluster(options);
  cluster.on('error', () => {});
  await cluster.connect();
  // blocking commands "should use a separate connection": the documentation of both clients
  let blocking = cluster;
  if (tuned !== undefined) {
    blocking = cluster.duplicate();
    blocking.on('error', () => {});
    await blocking.connect();
  }
  return {
    version: `node-redis ${version}`,
    get: (key) => cluster.get(key),
    set: (key, value) => cluster.set(key, value),
    incr: (key) => cluster.incr(key),
    mget: (keys) => cluster.mGet(keys),
    rpush: (key, value) => cluster.rPush(key, value),
    blpop: async (key, seconds) =>
      (await blocking.blPop(key, seconds))?.element,
    // no error of it tells
    isUnknown: () => false,
    close: async () => {
      cluster.destroy();
      if (blocking !== cluster) blocking.destroy();
    },
  };
}
