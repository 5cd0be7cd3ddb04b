import {
  describe as describeValue,
  fits,
  refusedCall,
  tooLarge,
} from '../commands/argument-checks.js';
import {
  EXECUTE,
  refuseCall,
  type CommandHost,
} from '../commands/command-host.js';
import {
  CommandFlag,
  type Argument,
  type CommandSpec,
  type Key,
} from '../commands/command-spec.js';
import { findCommand, type FoundCommand } from '../commands/command-table.js';
import { defineCommands } from '../commands/define-commands.js';
import type { TypedCommands } from '../commands/typed-commands.js';
import { specWithKeysAt, unknownSpec } from '../commands/made-specs.js';
import { ConfigurationError } from '../errors/configuration-error.js';
import { isSameArgument } from '../protocol/argument.js';

/** What `call` has to be told about a command it does not know. @publicApi */
export interface UnknownCommand {
  /** The keys among the arguments, which must be equal to some of them, each to one of its own; they decide the node. */
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
   * A command that is in no table is looked up on a server once per topology
   * (COMMAND INFO), and its keys and policies are taken from there; where the
   * keys are not described, COMMAND GETKEYS finds them. One that the server
   * does not know either gets that server's error.
   *
   * @param words the command and its arguments, as they would be typed; for a
   *   command that is in no table, or that has no keys there, an object with its
   *   keys may stand last: then they decide, and no server is asked
   * @returns the reply
   * @throws {ConfigurationError} for arguments that are no string, Buffer,
   *   number or bigint, and for a command that is in no table and comes
   *   without its keys where the user may not ask the servers for it
   *
   * @example
   * ```ts
   * await client.call('OBJECT', 'ENCODING', 'key');
   * await client.call('MYMODULE.GET', 'key', { keys: ['key'] });
   * ```
   */
  call(...words: (Argument | UnknownCommand)[]): Promise<any> {
    const command = commandOfWords(words);
    return command instanceof ConfigurationError
      ? refuseCall(this, command)
      : this[EXECUTE](command.spec, command.args);
  }
}

// the types of the methods that defineCommands() puts on the prototype below
export interface Commands<
  Text extends string | Buffer = string,
  At extends 'cluster' | 'node' = 'cluster',
> extends TypedCommands<Text, At> {}

defineCommands(Commands.prototype);

/** The command that words of `call` make, or what is wrong with them. */
export function commandOfWords(
  words: readonly (Argument | UnknownCommand)[],
): FoundCommand | ConfigurationError {
  const last = words[words.length - 1];
  const unknown = isUnknownCommand(last) ? last : undefined;
  const plain = unknown === undefined ? words : words.slice(0, -1);
  const problem = checkWords(plain);
  if (problem !== undefined) return problem;
  const found = findCommand(plain as Argument[]);
  if (found !== undefined) {
    return unknown === undefined ? found : withNamedKeys(found, unknown);
  }
  const [first, ...args] = plain as Argument[];
  const name = String(first);
  if (unknown === undefined) return { spec: unknownSpec(name), args };
  const indexes = placesOf(unknown.keys, args);
  if (indexes === undefined) return notAmongArguments(name);
  const flags = unknown.readOnly ? CommandFlag.ReadOnly : CommandFlag.Write;
  return { spec: specWithKeysAt([name], indexes, flags, 'caller'), args };
}

/**
 * A command of the table whose keys the caller names. The table knows better,
 * but where it knows of none: an index of an older search module is one.
 */
function withNamedKeys(
  { spec, args }: FoundCommand,
  { keys }: UnknownCommand,
): FoundCommand | ConfigurationError {
  const indexes = placesOf(keys, args);
  if (indexes === undefined) return notAmongArguments(spec.name);
  const keyless =
    spec.keySpecs.length === 0 &&
    spec.requestPolicy === 'default' &&
    spec.refused === undefined;
  if (!keyless || indexes.length === 0) return { spec, args };
  const { keySpecs, firstKey, singleKey, plain, source } = specWithKeysAt(
    spec.words,
    indexes,
    spec.flags,
    'caller',
  );
  return {
    spec: { ...spec, keySpecs, firstKey, singleKey, plain, source },
    args,
  };
}

/**
 * The place of each key among the arguments; the nth of equal keys is the nth
 * of equal arguments.
 *
 * @returns undefined where one is not there
 */
function placesOf(
  keys: readonly Key[],
  args: readonly Argument[],
): number[] | undefined {
  const taken = new Set<number>();
  for (const key of keys) {
    const place = args.findIndex(
      (argument, index) => !taken.has(index) && isSameArgument(argument, key),
    );
    if (place === -1) return undefined;
    taken.add(place);
  }
  return [...taken];
}

function notAmongArguments(name: string): ConfigurationError {
  return refusedCall(name, 'one of the keys is not among its arguments');
}

function isUnknownCommand(value: unknown): value is UnknownCommand {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Buffer.isBuffer(value) &&
    Array.isArray((value as UnknownCommand).keys)
  );
}

/** What servers take for HTTP on their port: they end the connection, which all callers share. */
const HTTP = new Set(['POST', 'HOST:']);

function checkWords(words: readonly unknown[]): ConfigurationError | undefined {
  const name = words[0];
  if (typeof name !== 'string' || name === '') {
    return new ConfigurationError(
      `call: the first word must be a command's name, got ${describeValue(name)}`,
    );
  }
  if (HTTP.has(name.toUpperCase())) {
    return new ConfigurationError(
      `${name.toUpperCase()}: servers take it for an attack over HTTP, and would end the connection that all callers share; it is no command`,
      { command: name.toUpperCase() },
    );
  }
  for (let index = 1; index < words.length; index++) {
    const word = words[index];
    const isArgument =
      typeof word === 'string' ||
      typeof word === 'bigint' ||
      (typeof word === 'number' && !Number.isNaN(word)) ||
      Buffer.isBuffer(word);
    if (!isArgument) {
      return refusedCall(
        name.toUpperCase(),
        `argument ${index} must be a string, Buffer, number or bigint, got ${describeValue(word)}`,
      );
    }
    if ((typeof word === 'string' || Buffer.isBuffer(word)) && !fits(word)) {
      return tooLarge(name.toUpperCase(), `argument ${index}`, word);
    }
  }
  return undefined;
}
