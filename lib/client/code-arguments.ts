import {
  accepts,
  refusedCall,
  wrongArgument,
} from '../commands/argument-checks.js';
import type { Argument, Key, Value } from '../commands/command-spec.js';
import type { OneOrMany } from '../commands/typed/argument-types.js';

/**
 * The keys of a script or function: a list as long as `numberOfKeys` says, or
 * the key itself where it is one; any number where nothing is said.
 *
 * @typeParam Count the number of keys
 * @publicApi
 */
export type KeysOf<Count extends number> = number extends Count
  ? OneOrMany<Key>
  : Count extends 1
    ? Key | readonly [Key]
    : KeyTuple<Count>;

type KeyTuple<
  Count extends number,
  Keys extends readonly Key[] = readonly [],
> = Keys['length'] extends Count
  ? Keys
  : KeyTuple<Count, readonly [...Keys, Key]>;

/**
 * The arguments of an EVAL, EVALSHA or FCALL: `first`, the number of keys, the
 * keys, the arguments.
 *
 * @throws {ConfigurationError} for what is no key or value, and for another
 *   number of keys than `numberOfKeys`
 */
export function codeArguments(
  command: string,
  first: string,
  numberOfKeys: number | undefined,
  keys: OneOrMany<Key>,
  args: OneOrMany<Value>,
): Argument[] {
  const laid: Argument[] = [first, 0];
  append(command, 'keys', 'key', keys, laid);
  const count = laid.length - 2;
  if (numberOfKeys !== undefined && count !== numberOfKeys) {
    throw refusedCall(
      command,
      `it has ${numberOfKeys} ${numberOfKeys === 1 ? 'key' : 'keys'}, and was called with ${count}`,
    );
  }
  laid[1] = count;
  append(command, 'args', 'value', args, laid);
  return laid;
}

function append(
  command: string,
  name: string,
  kind: 'key' | 'value',
  given: OneOrMany<Value>,
  laid: Argument[],
): void {
  if (!Array.isArray(given)) {
    if (!accepts(kind, given)) throw wrongArgument(command, name, kind, given);
    laid.push(given);
    return;
  }
  const items: readonly unknown[] = given;
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (!accepts(kind, item)) {
      throw wrongArgument(command, `${name}[${index}]`, kind, item);
    }
    laid.push(item);
  }
}
