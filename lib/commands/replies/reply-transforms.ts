import type { ReplyTransform } from '../command-spec.js';
import { mapReply, randomFieldsReply } from './hash-replies.js';
import { lcsReply } from './lcs-reply.js';
import {
  poppedElement,
  poppedElements,
  poppedMember,
  poppedMembers,
  poppedOrList,
} from './pop-replies.js';
import {
  scannedHash,
  scannedKeys,
  scannedMembers,
  scannedSortedSet,
} from './scan-replies.js';
import {
  addReply,
  combinedReply,
  randomMembersReply,
  rangeReply,
  rankReply,
  scoreReply,
  scoresReply,
} from './score-replies.js';

/**
 * What becomes of a command's reply, for the commands whose reply differs
 * between RESP2 and RESP3 or is plainer under names than as a list. Both
 * protocols then give the same shape. Errors never come here.
 *
 * INCRBYFLOAT and HINCRBYFLOAT stay strings, as both protocols send them: a
 * number would lose digits.
 */
export const replyTransforms: Readonly<
  Record<string, ReplyTransform | undefined>
> = Object.assign(Object.create(null) as Record<string, ReplyTransform>, {
  LCS: lcsReply,

  HGETALL: mapReply,
  HRANDFIELD: randomFieldsReply,

  BLPOP: poppedElement,
  BRPOP: poppedElement,
  LMPOP: poppedElements,
  BLMPOP: poppedElements,

  ZSCORE: scoreReply,
  ZINCRBY: scoreReply,
  ZMSCORE: scoresReply,
  ZADD: addReply,
  ZRANGE: rangeReply,
  ZRANGEBYSCORE: rangeReply,
  ZREVRANGE: rangeReply,
  ZREVRANGEBYSCORE: rangeReply,
  ZDIFF: combinedReply,
  ZINTER: combinedReply,
  ZUNION: combinedReply,
  ZRANDMEMBER: randomMembersReply,
  ZRANK: rankReply,
  ZREVRANK: rankReply,
  ZPOPMIN: poppedOrList,
  ZPOPMAX: poppedOrList,
  BZPOPMIN: poppedMember,
  BZPOPMAX: poppedMember,
  ZMPOP: poppedMembers,
  BZMPOP: poppedMembers,

  SCAN: scannedKeys,
  HSCAN: scannedHash,
  SSCAN: scannedMembers,
  ZSCAN: scannedSortedSet,
});
