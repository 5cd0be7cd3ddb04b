import type { Observable } from 'rxjs';
import type { OnReport } from './scope-outcome.interface.js';

/**
 * Options of `@EnsureReplication`.
 *
 * @publicApi
 */
export interface EnsureReplicationOptions {
  /**
   * Covers only the writes of the cluster registered under this name.
   *
   * @default the writes of every client
   */
  readonly client?: string | undefined;
  /** Is told what each call proved. */
  readonly onReport?: OnReport | undefined;
}

/** A method that `@EnsureReplication` or `@EnsurePersistence` can cover. @publicApi */
export type ReplicatedMethod = (
  ...args: any[]
) => Promise<unknown> | Observable<unknown>;

/**
 * What `@EnsureReplication` and `@EnsurePersistence` are: a decorator for methods that return a promise
 * or an Observable. The compiler refuses other methods.
 *
 * @publicApi
 */
export type EnsureReplicationDecorator = (<T extends ReplicatedMethod>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<T>,
) => void) &
  // Makes the strict signature above acceptable to applyDecorators(), which a
  // MethodDecorator would do at the price of accepting every method, since the
  // compiler tries both signatures. This one never matches a method: it has
  // one parameter. A decorated class is refused when it is decorated.
  ClassDecorator;
