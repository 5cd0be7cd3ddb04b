import {
  accepts,
  describe,
  onWire,
  refusedCall,
  wrongArgument,
} from './argument-checks.js';
import type { Argument } from './command-spec.js';
import {
  checkedSlot,
  checkOptions,
  optionNames,
  pushOptions,
} from './option-builder.js';
import type { Parameter, SignaturePart } from './signature.js';

/** A signature with what every call needs of it. */
export interface CallForm {
  readonly command: string;
  readonly parts: readonly SignaturePart[];
  readonly parameters: readonly Parameter[];
  /** Undefined where the command has no options. */
  readonly optionNames: ReadonlySet<string> | undefined;
  /** Whether the last parameter takes its elements as arguments of their own. */
  readonly spread: boolean;
}

export function callForm(
  command: string,
  parts: readonly SignaturePart[],
): CallForm {
  const parameters = parts.filter((part) => part.type === 'parameter');
  const names = optionNames(parts);
  return {
    command,
    parts,
    parameters,
    optionNames: names.size > 0 ? names : undefined,
    spread: isSpread(parameters.at(-1), names.size > 0),
  };
}

/**
 * A list is spread over the arguments where nothing can follow it. One that may
 * be empty is an array, as that of `eval(script, keys, args)`.
 */
function isSpread(last: Parameter | undefined, hasOptions: boolean): boolean {
  return last?.form === 'list' && !hasOptions && !last.optional;
}

/**
 * The flat arguments of one call.
 *
 * @throws ConfigurationError naming the argument that is wrong
 */
export function buildArguments(
  form: CallForm,
  given: ArrayLike<unknown>,
): Argument[] {
  const { command, parts, parameters, optionNames: names } = form;
  const most = parameters.length + (names === undefined ? 0 : 1);
  if (given.length > most && !form.spread) {
    throw refusedCall(
      command,
      `takes at most ${most} argument${most === 1 ? '' : 's'}, got ${given.length}${
        names === undefined ? '' : '; options go into one object'
      }`,
    );
  }
  const options = given[parameters.length];
  const checked =
    names === undefined || options === undefined
      ? undefined
      : checkOptions(command, names, options);
  const args: Argument[] = [];
  let index = 0;
  for (const part of parts) {
    if (part.type === 'word') {
      args.push(part.word);
    } else if (part.type === 'options') {
      if (checked !== undefined) pushOptions(command, part, checked, args);
    } else {
      const spread = form.spread && index === parameters.length - 1;
      pushParameter(
        command,
        part,
        spread ? spreadElements(given, index) : given[index],
        args,
      );
      index += 1;
    }
  }
  return args;
}

/** `(a, b, c)` and `([a, b, c])` alike. */
function spreadElements(given: ArrayLike<unknown>, from: number): unknown {
  return given.length === from + 1
    ? given[from]
    : Array.prototype.slice.call(given, from);
}

function pushParameter(
  command: string,
  parameter: Parameter,
  value: unknown,
  args: Argument[],
): void {
  switch (parameter.form) {
    case 'one':
      pushOne(command, parameter, value, args);
      return;
    case 'list':
      pushList(command, parameter, value, args);
      return;
    case 'pairs':
      pushPairs(command, parameter, value, args);
      return;
    case 'scored':
      pushScored(command, parameter, value, args);
  }
}

function pushOne(
  command: string,
  parameter: Parameter,
  value: unknown,
  args: Argument[],
): void {
  if (value === undefined && parameter.optional) {
    if (parameter.fallback !== undefined) args.push(parameter.fallback);
    return;
  }
  args.push(checkedSlot(command, parameter, parameter.name, value));
}

function pushList(
  command: string,
  { name, kind, counted, optional }: Parameter,
  value: unknown,
  args: Argument[],
): void {
  const elements: readonly unknown[] =
    value === undefined && optional
      ? []
      : Array.isArray(value)
        ? value
        : [value];
  if (elements.length === 0 && !optional) {
    throw refusedCall(command, `needs at least one ${singular(name)}`);
  }
  if (counted) args.push(elements.length);
  const indexed = Array.isArray(value);
  for (let at = 0; at < elements.length; at += 1) {
    const element = elements[at];
    if (!accepts(kind, element)) {
      const place = indexed ? `${name}[${at}]` : singular(name);
      throw wrongArgument(command, place, kind, element);
    }
    args.push(onWire(element));
  }
}

const singular = (name: string): string => name.replace(/s$/, '');

function pushPairs(
  command: string,
  { name, kind, secondKind, counted }: Parameter,
  value: unknown,
  args: Argument[],
): void {
  const pairs = pairsOf(command, name, value);
  if (pairs.length === 0) {
    throw refusedCall(command, `${name} needs at least one pair`);
  }
  if (counted) args.push(pairs.length);
  for (let at = 0; at < pairs.length; at += 1) {
    const pair = pairs[at];
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw refusedCall(
        command,
        `${name}[${at}] must be a pair, got ${describe(pair)}`,
      );
    }
    const [first, second] = pair as [unknown, unknown];
    if (!accepts(kind, first)) {
      throw wrongArgument(command, `the name in ${name}[${at}]`, kind, first);
    }
    if (!accepts(secondKind, second)) {
      const place = `the value in ${name}[${at}]`;
      throw wrongArgument(command, place, secondKind, second);
    }
    args.push(first, second);
  }
}

/** The pairs of an object, a Map or an array of pairs. */
function pairsOf(
  command: string,
  name: string,
  value: unknown,
): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)];
  if (
    typeof value !== 'object' ||
    value === null ||
    ArrayBuffer.isView(value) ||
    value instanceof Date ||
    value instanceof Set
  ) {
    throw refusedCall(
      command,
      `${name} must be an object, a Map or an array of pairs, got ${
        typeof value === 'string' ? 'a string' : describe(value)
      }`,
    );
  }
  return Object.entries(value);
}

function pushScored(
  command: string,
  { name }: Parameter,
  value: unknown,
  args: Argument[],
): void {
  const members: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (members.length === 0) {
    throw refusedCall(command, `needs at least one ${singular(name)}`);
  }
  for (let at = 0; at < members.length; at += 1) {
    const entry = members[at];
    if (typeof entry !== 'object' || entry === null) {
      throw refusedCall(
        command,
        `${name}[${at}] must be an object { score, member }, got ${describe(entry)}`,
      );
    }
    const { score, member } = entry as { score?: unknown; member?: unknown };
    if (!accepts('double', score)) {
      throw wrongArgument(command, `${name}[${at}].score`, 'double', score);
    }
    if (!accepts('value', member)) {
      throw wrongArgument(command, `${name}[${at}].member`, 'value', member);
    }
    args.push(onWire(score), member);
  }
}
