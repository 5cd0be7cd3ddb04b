import type { Subscribable } from 'rxjs';
import { ConfigurationError } from '../errors/configuration-error.js';
import type { Credentials } from './client-options.js';

/**
 * Checks what a provider gave. Never the provider's own object: it may give the
 * same one again, changed.
 *
 * @throws {ConfigurationError} which does not show the value: it may be a misplaced secret
 */
export function checkedCredentials(value: unknown): Credentials {
  const { username, password } = (value ?? {}) as Record<string, unknown>;
  if (typeof password !== 'string') {
    throw badCredentials('password', 'a string', password);
  }
  if (username === undefined) return { password };
  if (typeof username !== 'string') {
    throw badCredentials('username', 'a string or nothing', username);
  }
  return { username, password };
}

/** Whether a provider tells of changes by itself. */
export function isSubscribable(value: unknown): value is Subscribable<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<Subscribable<unknown>>).subscribe === 'function'
  );
}

function badCredentials(
  field: string,
  expected: string,
  got: unknown,
): ConfigurationError {
  return new ConfigurationError(
    `credentialsProvider: expected credentials whose ${field} is ${expected}, got ${got === null ? 'null' : typeof got}`,
  );
}
