import { ConfigurationError } from '../errors/configuration-error.js';
import { PORTS_PER_BLOCK } from './port-block.js';

/** A user of the servers' access control list. @publicApi */
export interface LocalRedisUser {
  /** The name, without spaces. `default` replaces the built-in user. */
  readonly name: string;
  /** The password. */
  readonly password: string;
  /**
   * Rules as in ACL SETUSER, without passwords and `on`.
   *
   * @default '~* &* +@all'
   */
  readonly rules?: string;
}

/** Options of {@link LocalRedisCluster.start}. @publicApi */
export interface LocalRedisClusterOptions {
  /** How many primaries share the slots. @default 3 */
  readonly primaries?: number;
  /** How many replicas each primary has. @default 1 */
  readonly replicas?: number;
  /**
   * The server program: a path, a program on the PATH, or the name of a server
   * that can be fetched (`redis-7.0`, `valkey-8.1`, `redis-8.0`, `valkey-9`,
   * `redis-8.6`). Redis 7.0 is the oldest that works.
   *
   * @default what {@link findServerBinary} finds
   */
  readonly binary?: string;
  /** `cluster-node-timeout` in milliseconds: a dead primary is replaced after one to two of them. @default 2000 */
  readonly nodeTimeoutMs?: number;
  /** `cluster-require-full-coverage`: all slots are down while one is. @default true */
  readonly requireFullCoverage?: boolean;
  /**
   * `cluster-allow-replica-migration`: a primary that has lost its replicas is
   * given one of another's. Off, because tests freeze replicas and mean it.
   *
   * @default false
   */
  readonly replicaMigration?: boolean;
  /** TLS only, on all ports, with certificates made by the program `openssl`. @default false */
  readonly tls?: boolean;
  /**
   * Users; the first one is the one in `clientOptions`. The built-in user
   * `default` is then switched off unless it is among them.
   *
   * @default none: everybody may do everything
   */
  readonly users?: readonly LocalRedisUser[];
  /**
   * A suffix such as `.redis.test`: the nodes announce `node0.redis.test`,
   * `node1.redis.test` ... instead of addresses, and `clientOptions.lookup`
   * resolves these names.
   */
  readonly announceHostnames?: string;
  /** The loopback address to listen on. @default '127.0.0.1' */
  readonly host?: '127.0.0.1' | '::1';
  /** More arguments for each server, such as `['--appendonly', 'yes']`. */
  readonly args?: readonly string[];
  /** Is told what happens, a line at a time. */
  readonly log?: (line: string) => void;
}

/** The options with their defaults. @internal */
export type Settings = Required<
  Omit<LocalRedisClusterOptions, 'binary' | 'users' | 'announceHostnames'>
> &
  Pick<LocalRedisClusterOptions, 'binary' | 'users' | 'announceHostnames'>;

/** Fills in the defaults and refuses what cannot work. @internal */
export function toSettings(options: LocalRedisClusterOptions): Settings {
  const settings: Settings = {
    primaries: 3,
    replicas: 1,
    nodeTimeoutMs: 2_000,
    requireFullCoverage: true,
    replicaMigration: false,
    tls: false,
    host: '127.0.0.1',
    args: [],
    log: () => undefined,
    ...options,
  };
  wholeNumber('primaries', settings.primaries, 1);
  wholeNumber('replicas', settings.replicas, 0);
  wholeNumber('nodeTimeoutMs', settings.nodeTimeoutMs, 100);
  const nodes = settings.primaries * (1 + settings.replicas);
  if (nodes > PORTS_PER_BLOCK) {
    throw new ConfigurationError(
      `A local cluster has at most ${PORTS_PER_BLOCK} nodes; ${nodes} were asked for`,
    );
  }
  const suffix = settings.announceHostnames;
  if (suffix !== undefined && !/^(\.[a-z0-9-]+)+$/i.test(suffix)) {
    throw new ConfigurationError(
      `announceHostnames must be a suffix such as ".redis.test"; it is "${suffix}"`,
    );
  }
  for (const user of settings.users ?? []) {
    if (!/^\S+$/.test(user.name)) {
      throw new ConfigurationError(
        `A user's name must not be empty or have spaces; it is "${user.name}"`,
      );
    }
  }
  return settings;
}

function wholeNumber(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new ConfigurationError(
      `${name} must be a whole number of at least ${least}; it is ${value}`,
    );
  }
}
