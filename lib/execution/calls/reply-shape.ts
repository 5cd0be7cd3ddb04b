import type { CommandSpec } from '../../commands/command-spec.js';
import { mapReply } from '../../commands/replies/hash-replies.js';
import { addReply, rankReply } from '../../commands/replies/score-replies.js';
import type { ResolvedReplies } from '../../options/reply-options.js';
import { mapOf } from '../../protocol/frame.js';
import { ReplyFormat } from '../../protocol/reply-format.js';

/** The bits of {@link ReplyFormat} that stand for what was asked for. */
export function formatBits(replies: ResolvedReplies): number {
  return (
    (replies.strings === 'buffers' ? ReplyFormat.Buffers : 0) |
    (replies.integers === 'bigint' ? ReplyFormat.BigInts : 0) |
    (replies.maps === 'map' ? ReplyFormat.Maps : 0) |
    (replies.sets === 'set' ? ReplyFormat.Sets : 0)
  );
}

/** Replies that are a set, whether the protocol says so (RESP3) or not. */
const SETS = new Set(['SMEMBERS', 'SDIFF', 'SINTER', 'SUNION', 'SPOP']);

/**
 * The format in which a command's reply is read. A reply whose documented
 * shape is made of the server's own (with fields of fixed names, scores, and
 * so on) is read plainly; only its strings may be Buffers.
 */
export function formatOf(spec: CommandSpec, wanted: number): number {
  const format = spec.binaryReply ? wanted | ReplyFormat.Buffers : wanted;
  if (format <= ReplyFormat.Buffers) return format;
  const { reply } = spec;
  let taken = format;
  if (reply !== undefined && reply !== mapReply) taken &= ~ReplyFormat.Maps;
  if (reply !== undefined && reply !== addReply && reply !== rankReply) {
    taken &= ~ReplyFormat.BigInts;
  }
  return SETS.has(spec.name) ? taken : taken & ~ReplyFormat.Sets;
}

/** Gives a documented reply the form that its format asks for beyond the decoder's. */
export function shapeReply(
  spec: CommandSpec,
  reply: unknown,
  format: number,
): unknown {
  if (!Array.isArray(reply)) return reply;
  if ((format & ReplyFormat.Sets) !== 0) return new Set(reply);
  // RESP2 has no maps
  const isMap = (format & ReplyFormat.Maps) !== 0 && spec.reply === mapReply;
  return isMap ? mapOf(reply) : reply;
}

/** The merged integers of several nodes, as each node's would have been. */
export function shapeMerged(
  spec: CommandSpec,
  merged: unknown,
  format: number,
): unknown {
  return (format & ReplyFormat.BigInts) !== 0 &&
    spec.responsePolicy.startsWith('agg_')
    ? toBigInts(merged)
    : merged;
}

function toBigInts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toBigInts);
  return typeof value === 'number' ? BigInt(value) : value;
}
