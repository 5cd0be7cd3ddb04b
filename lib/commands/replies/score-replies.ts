import type { Argument, ReplyTransform } from '../command-spec.js';
import { hasToken, isToken, scoreOf, type ReplyText } from './reply-text.js';

/** A member of a sorted set with its score. @publicApi */
export interface ScoredMember<Text = string> {
  /** The member. */
  readonly member: Text;
  /** Its score; may be infinite. */
  readonly score: number;
}

/** The place of a member in a sorted set, with its score. @publicApi */
export interface RankedScore {
  /** Its place, counting from 0. */
  readonly rank: number;
  /** Its score; may be infinite. */
  readonly score: number;
}

/** Members with scores, flat (RESP2) or nested (RESP3). */
export function scoredMembers(
  reply: readonly unknown[],
): ScoredMember<ReplyText>[] {
  const members: ScoredMember<ReplyText>[] = [];
  if (Array.isArray(reply[0])) {
    for (const [member, score] of reply as [ReplyText, unknown][]) {
      members.push({ member, score: scoreOf(score) });
    }
    return members;
  }
  for (let at = 0; at + 1 < reply.length; at += 2) {
    members.push({
      member: reply[at] as ReplyText,
      score: scoreOf(reply[at + 1]),
    });
  }
  return members;
}

/** One score or null. */
export const scoreReply: ReplyTransform = (reply) =>
  reply === null ? null : scoreOf(reply);

/** A list of scores and nulls. */
export const scoresReply: ReplyTransform = (reply) =>
  Array.isArray(reply)
    ? reply.map((score: unknown) => (score === null ? null : scoreOf(score)))
    : reply;

const ZADD_OPTIONS = ['NX', 'XX', 'GT', 'LT', 'CH', 'INCR'];

/** ZADD: a count, or with INCR the new score (null where a condition failed). */
export const addReply: ReplyTransform = (reply, args) => {
  if (reply === null) return null;
  // options end where the first score stands, so no member is taken for one
  for (let at = 1; at < args.length; at += 1) {
    if (isToken(args[at], 'INCR')) return scoreOf(reply);
    if (!ZADD_OPTIONS.some((option) => isToken(args[at], option))) break;
  }
  return reply;
};

/**
 * Members, with scores where WITHSCORES was asked for.
 *
 * @param from where options begin, so that no key or bound is taken for one
 */
const withScores =
  (from: (args: readonly Argument[]) => number): ReplyTransform =>
  (reply, args) =>
    Array.isArray(reply) && hasToken(args, from(args), 'WITHSCORES')
      ? scoredMembers(reply)
      : reply;

/** ZRANGE key start stop ..., and its kind. */
export const rangeReply = withScores(() => 3);

/** ZUNION numkeys key ..., and its kind. */
export const combinedReply = withScores((args) => 1 + Number(args[0]));

/** ZRANDMEMBER key count WITHSCORES. */
export const randomMembersReply = withScores(() => 2);

/** ZRANK key member [WITHSCORE]. */
export const rankReply: ReplyTransform = (reply) =>
  Array.isArray(reply)
    ? { rank: reply[0] as number, score: scoreOf(reply[1]) }
    : reply;
