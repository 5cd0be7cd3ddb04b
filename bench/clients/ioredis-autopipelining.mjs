import { connect as connectCluster, version } from './ioredis.mjs';

export { version };

export async function connect(nodes) {
  const client = await connectCluster(nodes, { enableAutoPipelining: true });
  return {
    ...client,
    // its guarantee is an explicit pipeline, the same as without the option
    setReplicated: undefined,
    scan: undefined,
    mGet: (keys) => Promise.all(keys.map((key) => client.get(key))),
    mSet: (keys, value) =>
      Promise.all(keys.map((key) => client.set(key, value))),
    getPipeline: (keys) => Promise.all(keys.map((key) => client.get(key))),
  };
}
