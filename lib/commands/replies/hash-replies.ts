import type { ReplyTransform } from '../command-spec.js';
import { isToken, textOf, type ReplyText } from './reply-text.js';

/** A field of a hash with its value. @publicApi */
export interface FieldValue<Text = string> {
  /** The field's name. */
  readonly field: Text;
  /** What it holds. */
  readonly value: Text;
}

/**
 * A map: RESP3 gives it as an object without prototype already, RESP2 as a
 * flat list. Names are text also where Buffers were asked for, as properties
 * cannot be bytes.
 */
export const mapReply: ReplyTransform = (reply) => {
  if (!Array.isArray(reply)) return reply;
  const map = Object.create(null) as Record<string, unknown>;
  for (let at = 0; at + 1 < reply.length; at += 2) {
    map[textOf(reply[at])] = reply[at + 1] as unknown;
  }
  return map;
};

/** Pairs, flat (RESP2) or nested (RESP3). An array, as fields can repeat. */
export function fieldValues(
  reply: readonly unknown[],
): FieldValue<ReplyText>[] {
  const pairs: FieldValue<ReplyText>[] = [];
  if (Array.isArray(reply[0])) {
    for (const [field, value] of reply as [ReplyText, ReplyText][]) {
      pairs.push({ field, value });
    }
    return pairs;
  }
  for (let at = 0; at + 1 < reply.length; at += 2) {
    pairs.push({
      field: reply[at] as ReplyText,
      value: reply[at + 1] as ReplyText,
    });
  }
  return pairs;
}

/** HRANDFIELD key count WITHVALUES. */
export const randomFieldsReply: ReplyTransform = (reply, args) =>
  Array.isArray(reply) && isToken(args[2], 'WITHVALUES')
    ? fieldValues(reply)
    : reply;
