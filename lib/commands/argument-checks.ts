import { ConfigurationError } from '../errors/configuration-error.js';
import { ProtocolLimit } from '../protocol/limits.js';
import type { Argument } from './command-spec.js';
import type { Kind } from './signature.js';

const EXPECTED: Readonly<Record<Kind, string>> = {
  key: 'a string, Buffer or number',
  value: 'a string, Buffer, number or bigint',
  text: 'a string, Buffer or number',
  integer: 'an integer (number or bigint)',
  double: 'a number or a string such as "1.5" or "+inf"',
  bound: 'a string, Buffer, number or bigint',
  json: 'JSON text, or a value that JSON can hold',
};

const INTEGER_TEXT = /^[+-]?\d+$/;

/** So many UTF-16 units fit whatever they are: one is at most three bytes of UTF-8. */
const SURELY_FITS = Math.floor(ProtocolLimit.bulkLength / 3);

/**
 * Whether a server takes so many bytes as one argument. One that is sent more
 * ends the connection, and fails what other callers have on it.
 *
 * @param limit in bytes
 */
export function fits(
  value: string | Buffer,
  limit: number = ProtocolLimit.bulkLength,
): boolean {
  return typeof value === 'string'
    ? value.length * 3 <= limit || Buffer.byteLength(value) <= limit
    : value.length <= limit;
}

/**
 * Whether a value may stand on the wire as this kind. The kinds of the plainest
 * calls come first: this runs for every argument of every typed command.
 */
export function accepts(kind: Kind, value: unknown): value is Argument {
  if (typeof value === 'string') {
    return (
      (kind !== 'integer' || INTEGER_TEXT.test(value)) &&
      (value.length <= SURELY_FITS || fits(value))
    );
  }
  if (typeof value === 'number') return acceptsNumber(kind, value);
  if (typeof value === 'bigint') return kind !== 'key' && kind !== 'text';
  return (
    Buffer.isBuffer(value) &&
    kind !== 'integer' &&
    kind !== 'double' &&
    fits(value)
  );
}

function acceptsNumber(kind: Kind, value: number): boolean {
  // beyond that a number is not the integer it was written as
  if (kind === 'integer') return Number.isSafeInteger(value);
  // infinity has no decimal text: only scores and bounds know it
  if (kind === 'double' || kind === 'bound') return !Number.isNaN(value);
  return Number.isFinite(value);
}

/** Whether a value is accepted and goes on the wire as it is. */
export function isPlain(kind: Kind, value: unknown): value is Argument {
  return typeof value === 'number'
    ? Number.isFinite(value) && acceptsNumber(kind, value)
    : accepts(kind, value);
}

/** The accepted value as it goes on the wire. */
export function onWire(value: Argument): Argument {
  if (value === Infinity) return '+inf';
  if (value === -Infinity) return '-inf';
  return value;
}

/**
 * The error for a value that {@link accepts} does not accept. Says what it is,
 * never what it contains.
 */
export function wrongArgument(
  command: string,
  name: string,
  kind: Kind,
  value: unknown,
): ConfigurationError {
  const large = tooLarge(command, name, value);
  return (
    large ??
    refusedCall(
      command,
      `${name} must be ${EXPECTED[kind]}, got ${describe(value)}`,
    )
  );
}

/** The error for an argument that no server takes for its size; undefined for any other. */
export function tooLarge(
  command: string,
  name: string,
  value: unknown,
): ConfigurationError | undefined {
  if ((typeof value !== 'string' && !Buffer.isBuffer(value)) || fits(value)) {
    return undefined;
  }
  return refusedCall(
    command,
    `${name} has ${Buffer.byteLength(value)} bytes, and servers take ${ProtocolLimit.bulkLength} at most (512 MiB)`,
  );
}

/** The error for a call that cannot be made as asked; nothing was sent. */
export function refusedCall(
  command: string,
  message: string,
): ConfigurationError {
  return new ConfigurationError(`${command}: ${message}`, { command });
}

/** What a value is, without showing it. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'undefined':
      return 'undefined';
    case 'number':
      if (Number.isNaN(value)) return 'NaN';
      if (!Number.isFinite(value)) return 'an infinite number';
      return Number.isInteger(value)
        ? 'a number beyond 2^53 - 1, which only a bigint holds exactly'
        : 'a number with decimals';
    case 'object':
      return Array.isArray(value)
        ? 'an array'
        : Buffer.isBuffer(value)
          ? 'a Buffer'
          : value instanceof Date
            ? 'a Date'
            : 'an object';
    case 'string':
      return 'a string that is none';
    default:
      return `a ${typeof value}`;
  }
}
