/** A reply that is a map in RESP3 and a flat array of names and values in RESP2. */
export function replyRecord(reply: unknown): Record<string, unknown> {
  if (!Array.isArray(reply)) {
    return typeof reply === 'object' && reply !== null
      ? (reply as Record<string, unknown>)
      : {};
  }
  const record = Object.create(null) as Record<string, unknown>;
  for (let index = 0; index + 1 < reply.length; index += 2) {
    record[String(reply[index])] = reply[index + 1];
  }
  return record;
}
