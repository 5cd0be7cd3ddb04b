import { isDeepStrictEqual } from 'node:util';
import type {
  Argument,
  CommandSpec,
  ResponsePolicy,
} from '../commands/command-spec.js';
import type { ChannelSubscribers } from '../commands/replies/channel-replies.js';
import type { SlotStatistics } from '../commands/replies/cluster-replies.js';
import type { SplitPart } from './split.js';

/** The reply of one node of a fan-out. */
export interface NodeReply {
  /** `host:port`. */
  readonly node: string;
  readonly reply: unknown;
}

/** Why replies that all came do not make one reply: they differ, or are of no kind that merges. */
export class DisagreementError extends Error {
  override readonly name = 'DisagreementError';
}

/**
 * Merges the replies of a fan-out, none of which is an error, into the one
 * that a single server would have given.
 *
 * Commands whose replies are about one node (INFO, CLIENT LIST ...) give an
 * object with a reply per node.
 *
 * @param args the arguments behind the command's words
 * @throws {DisagreementError} when the policy asks for equal replies and they
 *   differ, or for numbers and they are none
 */
export function mergeFanOut(
  spec: CommandSpec,
  replies: readonly NodeReply[],
  args: readonly Argument[] = [],
): unknown {
  const special = SPECIAL[spec.name];
  if (special !== undefined) return special(replies, args);
  const values = replies.map(({ reply }) => reply);
  switch (spec.responsePolicy) {
    case 'one_succeeded':
    case 'all_succeeded':
      return values[0];
    case 'all_agree':
      return agreed(spec.name, values);
    case 'union':
      return union(values);
    case 'special':
      return byNode(replies);
    case 'default':
      // no policy, no key: lists of all nodes together, else a reply per node
      return values.every(Array.isArray) ? values.flat(1) : byNode(replies);
    default:
      return aggregate(spec, values);
  }
}

/**
 * Merges the replies of a split, none of which is an error.
 *
 * @param parts the parts that the replies are of; where they are not all there
 *   are, a list in the order of the keys has `undefined` for the others' keys
 * @param keyCount how many keys the whole has
 */
export function mergeSplit(
  spec: CommandSpec,
  parts: readonly SplitPart[],
  replies: readonly unknown[],
  keyCount: number,
): unknown {
  switch (spec.responsePolicy) {
    case 'default':
      return inCallOrder(spec.name, parts, replies, keyCount);
    case 'one_succeeded':
    case 'all_succeeded':
    case 'all_agree':
      return replies[0];
    case 'union':
      return union(replies);
    case 'special':
      return replies;
    default:
      return aggregate(spec, replies);
  }
}

/** Each key's value at the place of its key in the call. */
function inCallOrder(
  command: string,
  parts: readonly SplitPart[],
  replies: readonly unknown[],
  keyCount: number,
): unknown {
  if (!replies.every(Array.isArray)) return agreed(command, replies);
  // filled, not sparse: `forEach` and its kind pass over holes
  const merged = Array.from<unknown>({ length: keyCount });
  parts.forEach(({ positions }, part) => {
    const values = replies[part] as unknown[];
    if (values.length !== positions.length) {
      throw new DisagreementError(
        `The replies to ${command} have not one value for each key`,
      );
    }
    positions.forEach((position, nth) => {
      merged[position] = values[nth];
    });
  });
  return merged;
}

function agreed(command: string, values: readonly unknown[]): unknown {
  const [first] = values;
  if (!values.every((value) => isDeepStrictEqual(value, first))) {
    throw new DisagreementError(
      `The nodes gave different replies to ${command}`,
    );
  }
  return first;
}

/** Every element once, in the order of first sight; Buffers by their bytes. */
function union(values: readonly unknown[]): unknown[] {
  const seen = new Map<unknown, unknown>();
  for (const list of values) {
    if (!Array.isArray(list)) continue;
    for (const element of list) {
      const identity = identityOf(element);
      if (!seen.has(identity)) seen.set(identity, element);
    }
  }
  return [...seen.values()];
}

/** What two equal elements have in common: Buffers are equal by their bytes, all of them. */
function identityOf(element: unknown): unknown {
  return Buffer.isBuffer(element) ? `\0${element.toString('latin1')}` : element;
}

function byNode(replies: readonly NodeReply[]): Record<string, unknown> {
  const merged = Object.create(null) as Record<string, unknown>;
  for (const { node, reply } of replies) merged[node] = reply;
  return merged;
}

type Numeric = number | bigint;

/** Applies an aggregation element by element, where the replies are lists. */
function aggregate(spec: CommandSpec, values: readonly unknown[]): unknown {
  const [first] = values;
  if (Array.isArray(first)) {
    const lists = values.filter(
      (value) => Array.isArray(value) && value.length === first.length,
    ) as unknown[][];
    if (lists.length < values.length) throw notNumeric(spec);
    return first.map((_, index) =>
      aggregate(
        spec,
        lists.map((list) => list[index]),
      ),
    );
  }
  return values
    .map((value) => {
      const number = numberOf(value);
      if (number === undefined) throw notNumeric(spec);
      return number;
    })
    .reduce((left, right) => AGGREGATIONS[spec.responsePolicy]!(left, right));
}

/** A reply as a number: a double is text in RESP2. */
function numberOf(value: unknown): Numeric | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string' && !Buffer.isBuffer(value)) return undefined;
  const text = value.toString();
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? undefined : number;
}

function notNumeric({ name, responsePolicy }: CommandSpec): DisagreementError {
  return new DisagreementError(
    `The replies to ${name} are not the numbers that ${responsePolicy} asks for`,
  );
}

const AGGREGATIONS: Partial<
  Record<ResponsePolicy, (left: Numeric, right: Numeric) => Numeric>
> = {
  agg_sum: sum,
  agg_min: (left, right) => (left < right ? left : right),
  agg_max: (left, right) => (left > right ? left : right),
  agg_logical_and: (left, right) => (left && right ? 1 : 0),
  agg_logical_or: (left, right) => (left || right ? 1 : 0),
};

/** A number where it is exact, else a bigint, as the decoder gives integers. */
function sum(left: Numeric, right: Numeric): Numeric {
  if (typeof left === 'number' && typeof right === 'number') {
    const total = left + right;
    if (Number.isSafeInteger(total) || !Number.isInteger(total)) return total;
  }
  const total = BigInt(left) + BigInt(right);
  return Number.isSafeInteger(Number(total)) ? Number(total) : total;
}

/** Commands whose replies merge in a way of their own. */
const SPECIAL: Readonly<
  Record<
    string,
    (replies: readonly NodeReply[], args: readonly Argument[]) => unknown
  >
> = Object.assign(Object.create(null) as object, {
  // a shard without keys answers null; any shard that has one will do
  RANDOMKEY: (replies: readonly NodeReply[]) => {
    const keys = replies.flatMap(({ reply }) =>
      reply === null ? [] : [reply],
    );
    return keys.length === 0
      ? null
      : keys[Math.floor(Math.random() * keys.length)];
  },
  // a log of each node, or OK of each for RESET
  'ACL LOG': (replies: readonly NodeReply[]) =>
    replies.every(({ reply }) => Array.isArray(reply))
      ? byNode(replies)
      : replies[0]?.reply,
  'PUBSUB NUMSUB': channelCounts,
  'PUBSUB SHARDNUMSUB': channelCounts,
  'CLUSTER SLOT-STATS': slotStatistics,
});

/** In the order that was asked for, as each node has its part of it, and no more than that many. */
function slotStatistics(
  replies: readonly NodeReply[],
  args: readonly Argument[],
): SlotStatistics[] {
  const all = replies.flatMap(({ reply }) => reply as SlotStatistics[]);
  const [form, metric, ...options] = args.map(String);
  if (form?.toUpperCase() !== 'ORDERBY') {
    return all.toSorted((left, right) => left.slot - right.slot);
  }
  const words = options.map((word) => word.toUpperCase());
  const sign = words.includes('ASC') ? 1 : -1;
  const of = ({ statistics }: SlotStatistics): number =>
    statistics[metric!.toLowerCase()] ?? 0;
  const limitAt = words.indexOf('LIMIT');
  return all
    .toSorted(
      (left, right) => sign * (of(left) - of(right)) || left.slot - right.slot,
    )
    .slice(0, limitAt === -1 ? undefined : Number(words[limitAt + 1]));
}

/** `ChannelSubscribers` of every node, added channel by channel. */
function channelCounts(replies: readonly NodeReply[]): unknown[] {
  const counts = new Map<unknown, ChannelSubscribers<unknown>>();
  for (const { reply } of replies) {
    for (const {
      channel,
      subscribers,
    } of reply as ChannelSubscribers<unknown>[]) {
      const identity = identityOf(channel);
      const before = counts.get(identity)?.subscribers ?? 0;
      counts.set(identity, { channel, subscribers: before + subscribers });
    }
  }
  return [...counts.values()];
}
