import { replyRecord } from './reply-record.js';

/**
 * Who a server says it is in its reply to HELLO: its kind, its version and its
 * modules with theirs, as in `redis 8.6.3 vectorset:1`. Servers of one identity
 * have the same commands.
 *
 * @returns undefined where the reply does not say
 */
export function serverIdentity(hello: unknown): string | undefined {
  const { server, version, modules } = replyRecord(hello);
  if (typeof server !== 'string' || typeof version !== 'string') {
    return undefined;
  }
  const loaded = (Array.isArray(modules) ? modules : []).map((module) => {
    const { name, ver } = replyRecord(module);
    return `${String(name)}:${String(ver)}`;
  });
  // they come in the order of a hash table
  return [server, version, ...loaded.toSorted()].join(' ');
}
