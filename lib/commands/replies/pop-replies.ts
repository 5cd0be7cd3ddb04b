import type { ReplyTransform } from '../command-spec.js';
import { scoreOf, type ReplyText } from './reply-text.js';
import { scoredMembers, type ScoredMember } from './score-replies.js';

/** An element popped off one of several lists. @publicApi */
export interface PoppedElement<Text = string> {
  /** The list it came from. */
  readonly key: Text;
  /** The element. */
  readonly element: Text;
}

/** Elements popped off one of several lists. @publicApi */
export interface PoppedElements<Text = string> {
  /** The list they came from. */
  readonly key: Text;
  /** The elements, in the order they were popped. */
  readonly elements: Text[];
}

/** A member popped off one of several sorted sets. @publicApi */
export interface PoppedMember<Text = string> extends ScoredMember<Text> {
  /** The sorted set it came from. */
  readonly key: Text;
}

/** Members popped off one of several sorted sets. @publicApi */
export interface PoppedMembers<Text = string> {
  /** The sorted set they came from. */
  readonly key: Text;
  /** The members, in the order they were popped. */
  readonly members: ScoredMember<Text>[];
}

/** BLPOP, BRPOP: `[key, element]`. */
export const poppedElement: ReplyTransform = (reply) =>
  Array.isArray(reply)
    ? { key: reply[0] as ReplyText, element: reply[1] as ReplyText }
    : reply;

/** LMPOP, BLMPOP: `[key, elements]`. */
export const poppedElements: ReplyTransform = (reply) =>
  Array.isArray(reply)
    ? { key: reply[0] as ReplyText, elements: reply[1] as ReplyText[] }
    : reply;

/** BZPOPMIN, BZPOPMAX: `[key, member, score]`. */
export const poppedMember: ReplyTransform = (reply) =>
  Array.isArray(reply)
    ? {
        key: reply[0] as ReplyText,
        member: reply[1] as ReplyText,
        score: scoreOf(reply[2]),
      }
    : reply;

/** ZMPOP, BZMPOP: `[key, members]`. */
export const poppedMembers: ReplyTransform = (reply) =>
  Array.isArray(reply)
    ? {
        key: reply[0] as ReplyText,
        members: scoredMembers(reply[1] as unknown[]),
      }
    : reply;

/** ZPOPMIN, ZPOPMAX: one member or null; with a count a list. */
export const poppedOrList: ReplyTransform = (reply, args) => {
  if (!Array.isArray(reply)) return reply;
  const members = scoredMembers(reply);
  return args.length > 1 ? members : (members[0] ?? null);
};
