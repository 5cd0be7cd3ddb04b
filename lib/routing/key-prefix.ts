import type {
  Argument,
  CommandSpec,
  Key,
  ReplyTransform,
} from '../commands/command-spec.js';
import { trueKeyIndexes } from './command-keys.js';

/**
 * Puts a prefix before every key of a command, and takes it off the keys in
 * its reply.
 */
export class KeyPrefix {
  private readonly bytes: Buffer;
  /** As a pattern that matches nothing but itself. */
  private readonly pattern: string;
  private readonly patternBytes: Buffer;
  private readonly specs = new WeakMap<CommandSpec, CommandSpec>();

  constructor(private readonly text: string) {
    this.bytes = Buffer.from(text);
    this.pattern = text.replaceAll(/[\\*?[\]]/g, String.raw`\$&`);
    this.patternBytes = Buffer.from(this.pattern);
  }

  /** The key as it stands on the wire. */
  before(key: Key): Key {
    return Buffer.isBuffer(key)
      ? Buffer.concat([this.bytes, key])
      : this.text + String(key);
  }

  /** The pattern as it stands on the wire. */
  beforePattern(pattern: string | Buffer): string | Buffer {
    return prepend(this.pattern, this.patternBytes, pattern) as string | Buffer;
  }

  /** The command with keys in its reply as the caller knows them. */
  specOf(spec: CommandSpec): CommandSpec {
    const strip = REPLIES[spec.name];
    if (strip === undefined) return spec;
    let prefixed = this.specs.get(spec);
    if (prefixed === undefined) {
      const { reply: shape } = spec;
      const reply: ReplyTransform = (raw, args) => {
        const stripped = strip(raw, (key) => this.without(key));
        return shape === undefined ? stripped : shape(stripped, args);
      };
      prefixed = { ...spec, reply };
      this.specs.set(spec, prefixed);
    }
    return prefixed;
  }

  /** Puts the prefix before the keys, in place. */
  apply(spec: CommandSpec, args: Argument[]): Argument[] {
    for (const index of trueKeyIndexes(spec, args)) {
      args[index] = prepend(this.text, this.bytes, args[index]!);
    }
    switch (spec.name) {
      case 'KEYS':
        if (args.length > 0) this.restrict(args, 0);
        break;
      case 'SCAN':
      case 'CLUSTERSCAN':
        this.restrictScan(args);
        break;
      case 'SORT':
      case 'SORT_RO':
        this.extendSort(args);
        break;
      default:
    }
    return args;
  }

  /** A key of a reply; undefined where it is none of this prefix. */
  private without(key: unknown): string | Buffer | undefined {
    if (typeof key === 'string') {
      return key.startsWith(this.text)
        ? key.slice(this.text.length)
        : undefined;
    }
    if (!Buffer.isBuffer(key)) return undefined;
    const { length } = this.bytes;
    return key.subarray(0, length).equals(this.bytes)
      ? key.subarray(length)
      : undefined;
  }

  private restrict(args: Argument[], index: number): void {
    args[index] = prepend(this.pattern, this.patternBytes, args[index]!);
  }

  /** `cursor [MATCH pattern] [COUNT count] [TYPE type] ...`: each has a value. */
  private restrictScan(args: Argument[]): void {
    let matched = false;
    for (let index = 1; index + 1 < args.length; index += 2) {
      if (!isWord(args[index], 'MATCH')) continue;
      matched = true;
      this.restrict(args, index + 1);
    }
    // a word without its value is the server's to refuse
    if (!matched && args.length % 2 === 1) {
      args.push('MATCH', `${this.pattern}*`);
    }
  }

  /** The patterns of BY and GET make keys, where they have a star to put the element in. */
  private extendSort(args: Argument[]): void {
    for (let index = 1; index + 1 < args.length; index++) {
      if (isWord(args[index], 'LIMIT')) {
        index += 2;
      } else if (isWord(args[index], 'STORE')) {
        index += 1;
      } else if (isWord(args[index], 'BY') || isWord(args[index], 'GET')) {
        index += 1;
        const pattern = args[index]!;
        const star = Buffer.isBuffer(pattern)
          ? pattern.includes('*')
          : String(pattern).includes('*');
        if (star) args[index] = prepend(this.text, this.bytes, pattern);
      }
    }
  }
}

function prepend(text: string, bytes: Buffer, argument: Argument): Argument {
  return Buffer.isBuffer(argument)
    ? Buffer.concat([bytes, argument])
    : text + String(argument);
}

function isWord(argument: Argument | undefined, word: string): boolean {
  return String(argument).toUpperCase() === word;
}

/** Takes the prefix off one key; undefined where it is none of this prefix. */
type Without = (key: unknown) => string | Buffer | undefined;

/** Takes the prefix off the keys of a reply as the server sent it. */
type Strip = (reply: unknown, without: Without) => unknown;

const keyList: Strip = (reply, without) =>
  Array.isArray(reply) ? reply.map((key) => without(key) ?? key) : reply;

/** Keys of which some may be nobody's here: as they would be looked for under a prefix of their own, they are left out. */
const ownKeys: Strip = (reply, without) =>
  Array.isArray(reply) ? reply.flatMap((key) => without(key) ?? []) : reply;

const scanStep: Strip = (reply, without) =>
  Array.isArray(reply) ? [reply[0], keyList(reply[1], without)] : reply;

/** `[key, ...]` */
const keyFirst: Strip = (reply, without) =>
  Array.isArray(reply)
    ? [without(reply[0]) ?? reply[0], ...reply.slice(1)]
    : reply;

/** A map from key to entries; in RESP2 a list of pairs. */
const streams: Strip = (reply, without) => {
  if (Array.isArray(reply)) {
    return reply.map((stream) => keyFirst(stream, without));
  }
  if (typeof reply !== 'object' || reply === null) return reply;
  const stripped = Object.create(null) as Record<string, unknown>;
  for (const [key, entries] of Object.entries(reply)) {
    stripped[String(without(key) ?? key)] = entries;
  }
  return stripped;
};

const REPLIES: Readonly<Record<string, Strip | undefined>> = Object.assign(
  Object.create(null) as object,
  {
    KEYS: keyList,
    SCAN: scanStep,
    CLUSTERSCAN: scanStep,
    // some key of the server, which may be nobody's here
    RANDOMKEY: ((key, without) => without(key) ?? null) satisfies Strip,
    BLPOP: keyFirst,
    BRPOP: keyFirst,
    LMPOP: keyFirst,
    BLMPOP: keyFirst,
    BZPOPMIN: keyFirst,
    BZPOPMAX: keyFirst,
    ZMPOP: keyFirst,
    BZMPOP: keyFirst,
    XREAD: streams,
    XREADGROUP: streams,
    'CLUSTER GETKEYSINSLOT': ownKeys,
    'TS.QUERYINDEX': ownKeys,
    // where they are grouped, groups stand for keys, and stay
    'TS.MGET': streams,
    'TS.MRANGE': streams,
    'TS.MREVRANGE': streams,
  },
);
