import type { ReplyTransform } from '../command-spec.js';
import type { ReplyText } from './reply-text.js';

/** How many listen to a channel. @publicApi */
export interface ChannelSubscribers<Text = string> {
  /** The channel. */
  readonly channel: Text;
  /** How many connections listen to it. */
  readonly subscribers: number;
}

/** PUBSUB NUMSUB, PUBSUB SHARDNUMSUB: a flat list, on both protocols. */
export const subscribersReply: ReplyTransform = (reply) => {
  if (!Array.isArray(reply)) return reply;
  const channels: ChannelSubscribers<ReplyText>[] = [];
  for (let at = 0; at + 1 < reply.length; at += 2) {
    channels.push({
      channel: reply[at] as ReplyText,
      subscribers: Number(reply[at + 1]),
    });
  }
  return channels;
};
