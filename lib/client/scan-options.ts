import type { Key } from '../commands/command-spec.js';
import { ConfigurationError } from '../errors/configuration-error.js';

/** What one page looks at unless the caller says otherwise: about half a millisecond of the server's time. */
export const PAGE_COUNT = 1_000;

/** A glob pattern. */
export function patternOption(
  method: string,
  value: unknown,
): string | Buffer | undefined {
  if (value === undefined || typeof value === 'string') return value;
  if (Buffer.isBuffer(value)) return value;
  throw new ConfigurationError(`${method}: match: expected a string or Buffer`);
}

/** Some text. */
export function textOption(
  method: string,
  name: string,
  value: unknown,
): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw new ConfigurationError(`${method}: ${name}: expected a string`);
}

/** How much one page looks at. */
export function countOption(method: string, value: unknown): number {
  if (value === undefined) return PAGE_COUNT;
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) {
    return value;
  }
  throw new ConfigurationError(`${method}: count: expected a whole number > 0`);
}

/** The key whose elements are scanned. */
export function keyOption(method: string, key: unknown): Key {
  if (typeof key === 'string' || Buffer.isBuffer(key)) return key;
  if (typeof key === 'number' && !Number.isNaN(key)) return key;
  throw new ConfigurationError(
    `${method}: expected a key that is a string, a Buffer or a number`,
  );
}
