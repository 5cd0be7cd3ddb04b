import { describe, refusedCall } from './argument-checks.js';

/**
 * The pairs of an object, a Map or an array of pairs.
 *
 * @param name how errors name it
 */
export function pairsOf(
  command: string,
  name: string,
  value: unknown,
): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)];
  if (
    typeof value !== 'object' ||
    value === null ||
    ArrayBuffer.isView(value) ||
    value instanceof Date ||
    value instanceof Set
  ) {
    throw refusedCall(
      command,
      `${name} must be an object, a Map or an array of pairs, got ${
        typeof value === 'string' ? 'a string' : describe(value)
      }`,
    );
  }
  return Object.entries(value);
}
