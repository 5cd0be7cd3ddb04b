import { ConfigurationError } from '../errors/configuration-error.js';
import { nearestName } from '../options/nearest-name.js';
import {
  checkRequirement,
  type ReplicaRequirement,
  type Requirement,
} from './requirement.js';

/**
 * On which disks the writes must be: synced to the append-only file, of every
 * shard written to.
 *
 * @publicApi
 */
export interface PersistenceRequirement {
  /**
   * Whether on the primary's own disk. The primary needs `appendonly yes`.
   *
   * @default true
   */
  readonly local?: boolean | undefined;
  /**
   * On how many replicas' disks; `'majority'` or `'all'` of those configured
   * for the shard. A replica without `appendonly yes` never counts.
   *
   * @default 0
   */
  readonly replicas?: ReplicaRequirement | undefined;
  /**
   * How long that may take once the work has settled, in milliseconds. With
   * `appendfsync everysec` a write is synced within about a second.
   *
   * @default 2_000
   */
  readonly timeoutMs?: number | undefined;
}

const NAMES = ['local', 'replicas', 'timeoutMs'];

/**
 * The same for a scope, with its defaults.
 *
 * @throws {ConfigurationError} where it makes no sense, or is empty
 * @internal
 */
export function persistenceOf(
  requirement: PersistenceRequirement,
): Requirement & { readonly local: boolean } {
  const given: unknown = requirement;
  if (typeof given !== 'object' || given === null) {
    throw new ConfigurationError(
      'what must be on disk is told by an object: { local, replicas, timeoutMs }',
    );
  }
  for (const name of Object.keys(given)) {
    if (NAMES.includes(name)) continue;
    const nearest = nearestName(name, NAMES);
    throw new ConfigurationError(
      `unknown option '${name}'${nearest === undefined ? '' : `; did you mean '${nearest}'?`}`,
    );
  }
  const { local = true, replicas = 0, timeoutMs = 2_000 } = requirement;
  if (typeof local !== 'boolean') {
    throw new ConfigurationError('local must be true or false');
  }
  checkRequirement(replicas, timeoutMs, local);
  return { local, replicas, timeoutMs };
}
