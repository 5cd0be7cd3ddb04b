import { ReplyFormat } from '../../protocol/reply-format.js';

/**
 * Takes back what a reply was read with more than its command asks for: all
 * replies of a transaction are read as one, in the widest format among them.
 */
export function narrowReply(
  reply: unknown,
  read: number,
  wanted: number,
): unknown {
  const surplus = read & ~wanted;
  return surplus === 0 ? reply : narrow(reply, surplus);
}

function narrow(value: unknown, surplus: number): unknown {
  if (Buffer.isBuffer(value)) {
    return surplus & ReplyFormat.Buffers ? value.toString() : value;
  }
  if (typeof value === 'bigint') {
    // beyond that a number would lose digits, and it is a bigint in any format
    return surplus & ReplyFormat.BigInts && Number.isSafeInteger(Number(value))
      ? Number(value)
      : value;
  }
  if (Array.isArray(value)) {
    return value.map((element) => narrow(element, surplus));
  }
  if (value instanceof Map) {
    const entries = [...(value as Map<unknown, unknown>)].map(
      ([name, element]) => [narrow(name, surplus), narrow(element, surplus)],
    );
    return surplus & ReplyFormat.Maps
      ? plainObject(entries as [unknown, unknown][])
      : new Map(entries as [unknown, unknown][]);
  }
  if (isPlainObject(value)) {
    return plainObject(
      Object.entries(value).map(([name, element]) => [
        name,
        narrow(element, surplus),
      ]),
    );
  }
  return value;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === null
  );
}

function plainObject(entries: readonly [unknown, unknown][]): unknown {
  const object = Object.create(null) as Record<string, unknown>;
  for (const [name, element] of entries) object[String(name)] = element;
  return object;
}
