import type { PersistenceRequirement } from '../replication/persistence-requirement.js';
import type { OnReport } from './scope-outcome.interface.js';

/**
 * Options of `@EnsurePersistence`.
 *
 * @publicApi
 */
export interface EnsurePersistenceOptions extends PersistenceRequirement {
  /**
   * Covers only the writes of the cluster registered under this name.
   *
   * @default the writes of every client
   */
  readonly client?: string | undefined;
  /** Is told what each call proved. */
  readonly onReport?: OnReport | undefined;
}
