import { createRequire } from 'node:module';
import { Cluster } from 'ioredis';
import { connectLikeIoredis } from './ioredis-kind.mjs';

export const version = createRequire(import.meta.url)(
  'ioredis/package.json',
).version;

/** @param options of the cluster; the defaults are what most applications run */
export function connect(nodes, options = {}) {
  return connectLikeIoredis(Cluster, nodes, options);
}
