import { readFileSync } from 'node:fs';
import {
  ClusterBatch,
  Decoder,
  GlideClusterClient,
} from '@valkey/valkey-glide';
import { addressOf } from '../raw-node.mjs';

// its exports do not name its manifest
const manifest = new URL(
  '../package.json',
  import.meta.resolve('@valkey/valkey-glide'),
);
export const version = JSON.parse(readFileSync(manifest, 'utf8')).version;

const AS_BYTES = { decoder: Decoder.Bytes };

export async function connect(nodes) {
  const client = await GlideClusterClient.createClient({
    addresses: nodes.map(addressOf),
    // 250 ms by default, which 5,000 callers or values of 1 MiB exceed
    requestTimeout: 10_000,
    // it refuses more than 1,000 commands at a time by default
    inflightRequestsLimit: 10_000,
  });
  return {
    get: (key) => client.get(key),
    getBuffer: (key) => client.get(key, AS_BYTES),
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
    close: () => client.close(),
  };
}
