import type { Argument, ReplyTransform } from '../command-spec.js';
import { textOf } from './reply-text.js';

/** Paths of the old kind (`.a`) have one match, and servers give it alone. */
const isOldPath = (path: Argument | undefined): boolean =>
  !textOf(path).startsWith('$');

/** One element per match, also where an old path makes servers give it alone. */
const matchesOf =
  (shape: (match: unknown) => unknown): ReplyTransform =>
  (reply) =>
    reply === null
      ? null
      : Array.isArray(reply)
        ? reply.map(shape)
        : [shape(reply)];

const itself = (match: unknown): unknown => match;

/** Lengths, places, texts. */
export const jsonMatches = matchesOf(itself);

/** JSON.TOGGLE: 1 and 0; an old path gives words. */
export const jsonToggled = matchesOf((match) => {
  if (match === null || typeof match === 'number') return match;
  return textOf(match) === 'true' ? 1 : 0;
});

/** JSON.OBJKEYS: a list of names per match, which an old path gives alone. */
export const jsonNames: ReplyTransform = (reply, args) =>
  reply !== null && isOldPath(args[1]) ? [reply] : reply;

/**
 * JSON.TYPE: the types of all matches. RESP3 puts the reply into one more list
 * (https://redis.io/docs/latest/develop/data-types/json/resp3/).
 */
export const jsonTypes: ReplyTransform = (reply) => {
  if (reply === null) return null;
  if (!Array.isArray(reply)) return [reply];
  const [first] = reply as unknown[];
  const nested = reply.length === 1 && (first === null || Array.isArray(first));
  return nested ? first : reply;
};

/** JSON.NUMINCRBY and its kind: RESP2 sends JSON text, of an old path the number alone. */
export const jsonNumbers: ReplyTransform = (reply) => {
  if (Array.isArray(reply)) return reply.map(asNumber);
  if (typeof reply !== 'string' && !Buffer.isBuffer(reply)) {
    return reply === null ? null : [asNumber(reply)];
  }
  const parsed: unknown = JSON.parse(textOf(reply));
  return Array.isArray(parsed) ? parsed : [parsed];
};

const asNumber = (value: unknown): unknown =>
  typeof value === 'string' || Buffer.isBuffer(value)
    ? Number(textOf(value))
    : value;
