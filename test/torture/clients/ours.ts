import { getEventListeners } from 'node:events';
import {
  OutcomeUnknownError,
  RedisClusterClient,
  type RedisClusterClientOptions,
} from '../../../lib/index.js';
import { VERSION } from '../../../lib/version.js';
import {
  splitAddress,
  type ConnectRequest,
  type Surroundings,
  type TortureClient,
} from '../torture-client.js';

import { loopbackLookup } from './loopback-lookup.js';

/** Of the application, for all its clients; it never fires. */
const { signal } = new AbortController();

export function listeners(): number {
  return getEventListeners(signal, 'abort').length;
}

export async function connect(
  request: ConnectRequest,
  surroundings: Surroundings,
): Promise<TortureClient> {
  const { hostSuffix, username } = request;
  const options: RedisClusterClientOptions = {
    ...request.options,
    nodes: request.seeds,
    ...(request.addresses !== undefined && {
      addressMap: (address) => {
        const mapped =
          surroundings.addresses[`${address.host}:${address.port}`];
        return mapped === undefined ? address : splitAddress(mapped);
      },
    }),
    ...(username !== undefined && {
      credentialsProvider: () => ({
        username,
        password: surroundings.password ?? '',
      }),
    }),
    ...(hostSuffix !== undefined && { lookup: loopbackLookup(hostSuffix) }),
  };
  const client = new RedisClusterClient(options);
  try {
    await client.connect();
  } catch (error) {
    client.destroy();
    throw error;
  }
  const reading = request.signalled === true ? client.with({ signal }) : client;
  return {
    version: `nest-redis-cluster ${VERSION}`,
    get: (key) => reading.get(key),
    set: (key, value) => client.set(key, value),
    incr: (key) => client.incr(key),
    mget: (keys) => client.mget(...keys),
    rpush: (key, value) => client.rpush(key, value),
    blpop: async (key, seconds) => (await client.blpop(key, seconds))?.element,
    dbsize: () => client.dbsize(),
    transaction: async (key) => {
      const [count] = await client.transaction((t) => [
        t.incr(key),
        t.get(key),
      ]);
      return count;
    },
    setReplicated: (key, value) =>
      client.ensureReplication(1, 2_000, () => client.set(key, value)),
    isUnknown: (error) => error instanceof OutcomeUnknownError,
    close: () => client.close({ drainMs: 1_000 }),
  };
}
