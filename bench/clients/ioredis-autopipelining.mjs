import { connect as connectCluster, version } from './ioredis.mjs';

export { version };

export async function connect(nodes) {
  const client = await connectCluster(nodes, { enableAutoPipelining: true });
  // its guarantee is an explicit pipeline, the same as without the option
  return {
    ...client,
    setReplicated: undefined,
    getPipeline: (keys) => Promise.all(keys.map((key) => client.get(key))),
  };
}
