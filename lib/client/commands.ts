import {
  describe as describeValue,
  refusedCall,
} from '../commands/argument-checks.js';
import { EXECUTE, type CommandHost } from '../commands/command-host.js';
import {
  CommandFlag,
  type Argument,
  type CommandSpec,
  type Key,
} from '../commands/command-spec.js';
import { findCommand } from '../commands/command-table.js';
import { defineCommands } from '../commands/define-commands.js';
import type { TypedCommands } from '../commands/typed-commands.js';
import { ConfigurationError } from '../errors/configuration-error.js';
import { encodeWords } from '../protocol/encoded-words.js';

/** What `call` has to be told about a command it does not know. @publicApi */
export interface UnknownCommand {
  /** The keys among the arguments, which must be equal to some of them; they decide the node. */
  readonly keys: readonly Key[];
  /** Whether it only reads, so that it may be repeated. @default false */
  readonly readOnly?: boolean;
}

/**
 * Everything that commands can be called on: the client itself, a view of it
 * with other settings, one node of it.
 *
 * @publicApi
 */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- the methods are made from a table
export abstract class Commands<
  // oxlint-disable-next-line no-unused-vars, typescript/no-unnecessary-type-parameters -- the merged interface uses it
  Text extends string | Buffer = string,
  // oxlint-disable-next-line no-unused-vars, typescript/no-unnecessary-type-parameters -- the merged interface uses it
  At extends 'cluster' | 'node' = 'cluster',
> implements CommandHost {
  /** @internal */
  abstract [EXECUTE](spec: CommandSpec, args: Argument[]): Promise<any>;

  /**
   * Calls any command by its words, also one that has no method. It is routed,
   * split and fanned out like the typed ones, and its reply has the same shape;
   * a command that is in no table comes back as the server sent it.
   *
   * @param words the command and its arguments, as they would be typed; for a
   *   command that is in no table an object with its keys may stand last
   * @returns the reply
   * @throws {ConfigurationError} for arguments that are no string, Buffer,
   *   number or bigint, and for a command that is in no table and comes
   *   without its keys
   *
   * @example
   * ```ts
   * await client.call('OBJECT', 'ENCODING', 'key');
   * await client.call('MYMODULE.GET', 'key', { keys: ['key'] });
   * ```
   */
  call(...words: (Argument | UnknownCommand)[]): Promise<any> {
    const last = words[words.length - 1];
    const unknown = isUnknownCommand(last) ? last : undefined;
    const plain = unknown === undefined ? words : words.slice(0, -1);
    const problem = checkWords(plain);
    if (problem !== undefined) return Promise.reject(problem);
    const found = findCommand(plain as Argument[]);
    if (found !== undefined) return this[EXECUTE](found.spec, found.args);
    const [name, ...args] = plain as Argument[];
    if (unknown === undefined) {
      return Promise.reject(
        new ConfigurationError(
          `${String(name)}: not in the command table; name its keys: call(..., { keys: [...] })`,
        ),
      );
    }
    const missing = unknown.keys.some(
      (key) => !args.some((arg) => sameBytes(arg, key)),
    );
    if (missing) {
      return Promise.reject(
        refusedCall(String(name), 'one of the keys is not among its arguments'),
      );
    }
    return this[EXECUTE](specOfUnknown(String(name), args, unknown), args);
  }
}

// the types of the methods that defineCommands() puts on the prototype below
export interface Commands<
  Text extends string | Buffer = string,
  At extends 'cluster' | 'node' = 'cluster',
> extends TypedCommands<Text, At> {}

defineCommands(Commands.prototype);

function isUnknownCommand(value: unknown): value is UnknownCommand {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Buffer.isBuffer(value) &&
    Array.isArray((value as UnknownCommand).keys)
  );
}

function checkWords(words: readonly unknown[]): ConfigurationError | undefined {
  const name = words[0];
  if (typeof name !== 'string' || name === '') {
    return new ConfigurationError(
      `call: the first word must be a command's name, got ${describeValue(name)}`,
    );
  }
  for (let index = 1; index < words.length; index++) {
    const word = words[index];
    const fits =
      typeof word === 'string' ||
      typeof word === 'bigint' ||
      (typeof word === 'number' && !Number.isNaN(word)) ||
      Buffer.isBuffer(word);
    if (!fits) {
      return refusedCall(
        name.toUpperCase(),
        `argument ${index} must be a string, Buffer, number or bigint, got ${describeValue(word)}`,
      );
    }
  }
  return undefined;
}

function sameBytes(argument: Argument, key: Key): boolean {
  return Buffer.isBuffer(argument) && Buffer.isBuffer(key)
    ? argument.equals(key)
    : String(argument) === String(key);
}

/** A specification that names exactly the keys the caller named. */
function specOfUnknown(
  name: string,
  args: readonly Argument[],
  { keys, readOnly = false }: UnknownCommand,
): CommandSpec {
  const indexes = keys.map((key) =>
    args.findIndex((argument) => sameBytes(argument, key)),
  );
  return {
    name: name.toUpperCase(),
    words: [name],
    wire: encodeWords([name]),
    arity: -1,
    flags: readOnly ? CommandFlag.ReadOnly : CommandFlag.Write,
    keySpecs: indexes.map((index) => ({
      beginSearch: { type: 'index', index: index + 1 },
      findKeys: { type: 'range', lastKey: 0, keyStep: 1, limit: 0 },
      flags: [],
    })),
    firstKey: indexes[0] ?? -1,
    singleKey: indexes.length === 1,
    plain: indexes.length === 1,
    requestPolicy: 'default',
    responsePolicy: 'default',
    reply: undefined,
    refused: undefined,
    oneNode: false,
    binaryReply: false,
  };
}
