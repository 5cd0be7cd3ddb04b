import type { ReplyTransform } from '../command-spec.js';
import { textOf } from './reply-text.js';

/**
 * The names and values of a map: RESP3 gives an object without prototype, RESP2
 * a flat list.
 */
export function mapEntries(reply: unknown): [name: string, value: unknown][] {
  if (!Array.isArray(reply)) {
    return typeof reply === 'object' && reply !== null
      ? Object.entries(reply)
      : [];
  }
  const entries: [string, unknown][] = [];
  for (let at = 0; at + 1 < reply.length; at += 2) {
    entries.push([textOf(reply[at]), reply[at + 1]]);
  }
  return entries;
}

const camel = (name: string): string =>
  name.replace(/[-_. ]+(.)/g, (_separator, letter: string) =>
    letter.toUpperCase(),
  );

/** A map whose names are the server's own words: `last-generated-id` -> `lastGeneratedId`. */
export function namedFields(reply: unknown): Record<string, unknown> {
  const fields = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of mapEntries(reply)) fields[camel(name)] = value;
  return fields;
}

/** A map whose names are data, with each value shaped by its own. */
export function dataMap<Item>(
  reply: unknown,
  shape: (value: unknown, name: string) => Item,
): Record<string, Item> {
  const map = Object.create(null) as Record<string, Item>;
  for (const [name, value] of mapEntries(reply)) map[name] = shape(value, name);
  return map;
}

/** A list, each element shaped; anything else as it is. */
export const listOf =
  (shape: (element: any) => unknown): ReplyTransform =>
  (reply) =>
    Array.isArray(reply) ? reply.map(shape) : reply;

/** One map of the server's own words. */
export const recordReply: ReplyTransform = (reply) =>
  reply === null ? null : namedFields(reply);

/** A list of them. */
export const recordsReply = listOf(namedFields);

/** A boolean, which RESP2 sends as 1 or 0, as that. */
export const flagReply: ReplyTransform = (reply) =>
  typeof reply === 'boolean' ? Number(reply) : reply;
