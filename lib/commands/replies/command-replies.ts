import type { ReplyTransform } from '../command-spec.js';
import { dataMap, listOf } from './named-fields.js';
import { textOf, type ReplyText } from './reply-text.js';

/** What a server knows of one of its commands. @publicApi */
export interface CommandInfo<Text = string> {
  /** Its name, in lower case. */
  readonly name: Text;
  /** How many words it takes, its name included; negative: at least. */
  readonly arity: number;
  /** Such as `readonly`, `fast`. */
  readonly flags: string[];
  /** Where its first key is; 0 if it has none at a fixed place. */
  readonly firstKey: number;
  /** Where its last key is; negative: counted from the end. */
  readonly lastKey: number;
  /** From one key to the next. */
  readonly keyStep: number;
  /** Such as `@read`. */
  readonly aclCategories: string[];
  /** Hints for clients, such as `request_policy:all_nodes`. */
  readonly tips: string[];
  /** Where its keys are: https://redis.io/docs/latest/develop/reference/key-specs/. */
  readonly keySpecifications: Record<string, unknown>[];
  /** Its subcommands. */
  readonly subcommands: CommandInfo<Text>[];
}

/** What a server's manual says of a command, by the server's own names. @publicApi */
export type CommandDocumentation = Record<string, unknown>;

/** A key of a command, with what the command does to it. @publicApi */
export interface KeyWithFlags<Text = string> {
  /** The key. */
  readonly key: Text;
  /** Such as `RO`, `access`. */
  readonly flags: string[];
}

type RawCommand = [
  name: ReplyText,
  arity: number,
  flags: ReplyText[],
  firstKey: number,
  lastKey: number,
  keyStep: number,
  aclCategories: ReplyText[],
  tips: ReplyText[],
  keySpecifications: unknown[],
  subcommands: RawCommand[],
];

const search = (raw: unknown): unknown =>
  dataMap(raw, (value, name) =>
    name === 'spec' ? dataMap(value, (one) => one) : value,
  );

const keySpecification = (raw: unknown): unknown =>
  dataMap(raw, (value, name) =>
    name === 'begin_search' || name === 'find_keys' ? search(value) : value,
  );

function commandInfo(raw: RawCommand | null): CommandInfo<ReplyText> | null {
  if (raw === null) return null;
  return {
    name: raw[0],
    arity: raw[1],
    flags: raw[2].map(textOf),
    firstKey: raw[3],
    lastKey: raw[4],
    keyStep: raw[5],
    aclCategories: raw[6].map(textOf),
    tips: raw[7].map(textOf),
    keySpecifications: raw[8].map(keySpecification) as Record<
      string,
      unknown
    >[],
    subcommands: raw[9].map((child) => commandInfo(child)!),
  };
}

/** COMMAND, COMMAND INFO. */
export const commandsReply = listOf(commandInfo);

const argument = (raw: unknown): unknown =>
  dataMap(raw, (value, name) =>
    name === 'arguments' ? (value as unknown[]).map(argument) : value,
  );

const documentation = (raw: unknown): unknown =>
  dataMap(raw, (value, name) => {
    if (name === 'arguments') return (value as unknown[]).map(argument);
    return name === 'subcommands' ? dataMap(value, documentation) : value;
  });

/** COMMAND DOCS. */
export const documentationReply: ReplyTransform = (reply) =>
  dataMap(reply, documentation);

/** COMMAND GETKEYSANDFLAGS. */
export const keysWithFlagsReply = listOf(
  ([key, flags]: [ReplyText, ReplyText[]]) => ({
    key,
    flags: flags.map(textOf),
  }),
);
