import { replyRecord } from './reply-record.js';

/** What a server calls the connection (CLIENT ID), by its reply to HELLO; undefined where it does not say. */
export function clientIdOf(hello: unknown): number | undefined {
  const { id } = replyRecord(hello);
  return typeof id === 'number' ? id : undefined;
}
