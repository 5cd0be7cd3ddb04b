/**
 * What a server calls the connection (CLIENT ID), by its reply to HELLO: a map,
 * with RESP2 a flat array.
 */
export function clientIdOf(hello: unknown): number | undefined {
  const id: unknown = Array.isArray(hello)
    ? hello[hello.indexOf('id') + 1]
    : (hello as { id?: unknown } | null)?.id;
  return typeof id === 'number' ? id : undefined;
}
