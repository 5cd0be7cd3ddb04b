import { onWire, wrongArgument } from './argument-checks.js';
import type { Argument } from './command-spec.js';

/** Objects that `JSON.stringify` turns into `{}`, or into a list of bytes. */
const losesContent = (value: object): boolean =>
  value instanceof Map ||
  value instanceof Set ||
  value instanceof Promise ||
  ArrayBuffer.isView(value) ||
  value instanceof ArrayBuffer;

/**
 * A JSON document as it goes on the wire. Strings and Buffers are JSON text
 * already: only so can a document be passed on without being parsed.
 *
 * @throws ConfigurationError for what has no JSON text of its own
 */
export function jsonText(
  command: string,
  name: string,
  value: unknown,
): Argument {
  switch (typeof value) {
    case 'string':
    case 'bigint':
      return value;
    case 'boolean':
      return String(value);
    case 'number':
      if (Number.isFinite(value)) return onWire(value);
      break;
    case 'object': {
      if (value === null) return 'null';
      if (Buffer.isBuffer(value)) return value;
      if (losesContent(value)) break;
      const text = stringified(value);
      if (text !== undefined) return text;
    }
  }
  throw wrongArgument(command, name, 'json', value);
}

/** Undefined for what has no JSON text: a circle, a bigint inside. */
function stringified(value: object): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
