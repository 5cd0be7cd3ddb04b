/** How long after its end a scope is still looked out for, so that late writes are seen. */
const LINGER_MS = 5_000;

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
