/** The name of a cluster that was registered without one. */
export const DEFAULT_CLUSTER_NAME = 'default';

/**
 * What the module's own lifecycle holds of one registration. An alias of the
 * public token, so that `overrideProvider(RedisClusterClient)` reaches it too.
 */
export const MODULE_CLIENT = Symbol('RedisClusterModule: the client');

/** The name of one registration. */
export const CLUSTER_NAME = Symbol('RedisClusterModule: the name');

/** How long the shutdown waits for commands in flight, in milliseconds. */
export const DEFAULT_DRAIN_MS = 5_000;

/** Default of `connectTimeoutMs`, the client's own. */
export const DEFAULT_CONNECT_TIMEOUT_MS = 30_000;

/** How often a boot that is still waiting says so, in milliseconds. */
export const BOOT_REMINDER_MS = 5_000;
