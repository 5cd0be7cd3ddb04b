import type { ReplyTransform } from '../command-spec.js';
import { mapReply, randomFieldsReply } from './hash-replies.js';
import { positionsReply, matchesReply } from './geo-replies.js';
import { subscribersReply } from './channel-replies.js';
import {
  shardsReply,
  slotsReply,
  slotStatisticsReply,
} from './cluster-replies.js';
import {
  commandsReply,
  documentationReply,
  keysWithFlagsReply,
} from './command-replies.js';
import { functionsReply, functionStatisticsReply } from './function-replies.js';
import {
  aclLogReply,
  commandlogReply,
  latencyHistogramReply,
  latencyHistoryReply,
  latencyLatestReply,
  slowlogReply,
} from './log-replies.js';
import { flagReply, recordReply, recordsReply } from './named-fields.js';
import {
  aclUserReply,
  hotKeysReply,
  memoryStatisticsReply,
  roleReply,
} from './server-replies.js';
import { streamFactsReply, streamInfoReply } from './stream-info-replies.js';
import {
  autoclaimReply,
  claimReply,
  entriesReply,
  idReply,
  pendingReply,
  readReply,
} from './stream-replies.js';
import { moduleTransforms } from './module-transforms.js';
import { linksReply, similarReply, vectorReply } from './vector-replies.js';
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

  GEODIST: scoreReply,
  GEOPOS: positionsReply,
  GEOSEARCH: matchesReply(1),
  GEORADIUS: matchesReply(4),
  GEORADIUS_RO: matchesReply(4),
  GEORADIUSBYMEMBER: matchesReply(3),
  GEORADIUSBYMEMBER_RO: matchesReply(3),

  XADD: idReply,
  XRANGE: entriesReply,
  XREVRANGE: entriesReply,
  XREAD: readReply,
  XREADGROUP: readReply,
  XCLAIM: claimReply,
  XAUTOCLAIM: autoclaimReply,
  XPENDING: pendingReply,
  'XINFO STREAM': streamInfoReply,
  'XINFO GROUPS': streamFactsReply,
  'XINFO CONSUMERS': streamFactsReply,

  VADD: flagReply,
  VREM: flagReply,
  VSETATTR: flagReply,
  VISMEMBER: flagReply,
  VEMB: vectorReply,
  VINFO: recordReply,
  VLINKS: linksReply,
  VSIM: similarReply,

  'ACL DRYRUN': idReply,
  'ACL GETUSER': aclUserReply,
  'ACL LOG': aclLogReply,
  'CLIENT TRACKINGINFO': recordReply,
  'CLUSTER GETSLOTMIGRATIONS': recordsReply,
  'CLUSTER LINKS': recordsReply,
  'CLUSTER SHARDS': shardsReply,
  'CLUSTER SLOTS': slotsReply,
  'CLUSTER SLOT-STATS': slotStatisticsReply,
  COMMAND: commandsReply,
  'COMMAND DOCS': documentationReply,
  'COMMAND GETKEYSANDFLAGS': keysWithFlagsReply,
  'COMMAND INFO': commandsReply,
  'COMMANDLOG GET': commandlogReply,
  'CONFIG GET': mapReply,
  'FUNCTION LIST': functionsReply,
  'FUNCTION STATS': functionStatisticsReply,
  'HOTKEYS GET': hotKeysReply,
  'LATENCY HISTOGRAM': latencyHistogramReply,
  'LATENCY HISTORY': latencyHistoryReply,
  'LATENCY LATEST': latencyLatestReply,
  'MEMORY STATS': memoryStatisticsReply,
  'MODULE LIST': recordsReply,
  'PUBSUB NUMSUB': subscribersReply,
  'PUBSUB SHARDNUMSUB': subscribersReply,
  ROLE: roleReply,
  'SLOWLOG GET': slowlogReply,

  SCAN: scannedKeys,
  CLUSTERSCAN: scannedKeys,
  HSCAN: scannedHash,
  SSCAN: scannedMembers,
  ZSCAN: scannedSortedSet,

  ...moduleTransforms,
});
