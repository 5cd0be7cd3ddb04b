import { readFileSync } from 'node:fs';
import {
  ClusterBatch,
  Decoder,
  GlideClusterClient,
} from '@valkey/valkey-glide';
import { addressOf } from '../raw-node.mjs';
import { replicaReader } from './replica-reader.mjs';

// its exports do not name its manifest
const manifest = new URL(
  '../package.json',
  import.meta.resolve('@valkey/valkey-glide'),
);
export const version = JSON.parse(readFileSync(manifest, 'utf8')).version;

const AS_BYTES = { decoder: Decoder.Bytes };

export async function connect(nodes) {
  const options = {
    addresses: nodes.map(addressOf),
    // 250 ms by default, which 5,000 callers or values of 1 MiB exceed
    requestTimeout: 10_000,
    // it refuses more than 1,000 commands at a time by default
    inflightRequestsLimit: 10_000,
  };
  const client = await GlideClusterClient.createClient(options);
  const replicas = replicaReader(() =>
    GlideClusterClient.createClient({ ...options, readFrom: 'preferReplica' }),
  );
  return {
    get: (key) => client.get(key),
    getBuffer: (key) => client.get(key, AS_BYTES),
    getReplica: (key) => replicas.get(key),
    dbSize: () => client.dbsize(),
    set: (key, value) => client.set(key, value),
    incr: (key) => client.incr(key),
    hGetAll: (key) => client.hgetall(key),
    zRange: (key) => client.zrange(key, { start: 0, end: -1 }),
    // it splits them itself
    mGet: (keys) => client.mget(keys),
    mSet: (keys, value) =>
      client.mset(Object.fromEntries(keys.map((key) => [key, value]))),
    getPipeline: (keys) => {
      const batch = new ClusterBatch(false);
      for (const key of keys) batch.get(key);
      return client.exec(batch, true);
    },
    close: async () => {
      await replicas.closeWith((reader) => reader.close());
      client.close();
    },
  };
}
