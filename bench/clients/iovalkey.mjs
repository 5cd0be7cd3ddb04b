import { createRequire } from 'node:module';
import { Cluster } from 'iovalkey';
import { connectLikeIoredis } from './ioredis-kind.mjs';

export const version = createRequire(import.meta.url)(
  'iovalkey/package.json',
).version;

export function connect(nodes) {
  return connectLikeIoredis(Cluster, nodes);
}
