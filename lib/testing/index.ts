export {
  LocalRedisCluster,
  type LocalClientOptions,
} from './local-redis-cluster.js';
export type {
  LocalRedisClusterOptions,
  LocalRedisUser,
} from './local-redis-cluster-options.js';
export type { LocalRedisNode } from './local-redis-node.js';
export type { SlotMigration } from './slot-migration.js';
export {
  fetchServer,
  findServerBinary,
  SERVER_NAMES,
  serverVersion,
  type FindServerOptions,
  type ServerBinary,
  type ServerName,
  type ServerVersion,
} from './server-binary.js';
