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

/** Default of `connectTimeoutMs`, which the boot policy `wait` spends in all. */
export const DEFAULT_CONNECT_TIMEOUT_MS = 30_000;

/** First and longest pause between two attempts to connect at boot, in milliseconds. */
export const BOOT_RETRY_DELAY_MS = { min: 250, max: 2_000 } as const;

/** How often a boot that is still waiting says so, in milliseconds. */
export const BOOT_REMINDER_MS = 5_000;
