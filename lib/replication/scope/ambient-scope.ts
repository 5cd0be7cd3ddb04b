import { AsyncLocalStorage } from 'node:async_hooks';
import type { ReplicationScope } from './replication-scope.js';

/** How long after its end a scope is still looked out for, so that late writes are seen. */
const LINGER_MS = 5_000;

const storage = new AsyncLocalStorage<ReplicationScope>();

/**
 * How many scopes are open in this process, or were until a moment ago. While
 * it is 0, a write need not look for one: that is all that scopes cost where
 * nobody uses them.
 *
 * @internal
 */
export let openScopes = 0;

let lingering = 0;
let lingerTimer: NodeJS.Timeout | undefined;

/** The scope that surrounds the running code, open or not. @internal */
export function ambientScope(): ReplicationScope | undefined {
  return storage.getStore();
}

/** @internal */
export function runInside<T>(scope: ReplicationScope, work: () => T): T {
  return storage.run(scope, work);
}

/** @internal */
export function scopeOpened(): void {
  openScopes += 1;
}

/** @internal */
export function scopeClosed(): void {
  lingering += 1;
  // one timer at a time: a scope is looked out for from one to two times LINGER_MS
  lingerTimer ??= setTimeout(letGo, LINGER_MS, lingering).unref();
}

function letGo(expired: number): void {
  openScopes -= expired;
  lingering -= expired;
  lingerTimer =
    lingering === 0
      ? undefined
      : setTimeout(letGo, LINGER_MS, lingering).unref();
}
