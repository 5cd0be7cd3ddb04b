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
  pushOptions,
  type CheckedOptions,
} from './option-builder.js';
import type { Kind, Parameter, SignaturePart } from './signature.js';

/** A signature with what every call needs of it. */
export interface CallForm {
  readonly command: string;
  readonly parts: readonly SignaturePart[];
  readonly parameters: readonly Parameter[];
  readonly hasOptions: boolean;
  /** Whether the last parameter takes its elements as arguments of their own. */
  readonly spread: boolean;
}

export function callForm(
  command: string,
  parts: readonly SignaturePart[],
): CallForm {
  const parameters = parts.filter((part) => part.type === 'parameter');
  const hasOptions = parts.some((part) => part.type === 'options');
  const last = parameters.at(-1);
  return {
    command,
    parts,
    parameters,
    hasOptions,
    spread: isSpread(last, hasOptions),
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
  const { command, parts, parameters, hasOptions } = form;
  const most = parameters.length + (hasOptions ? 1 : 0);
  if (given.length > most && !form.spread) {
    throw refusedCall(
      command,
      `takes at most ${most} argument${most === 1 ? '' : 's'}, got ${given.length}${
        hasOptions ? '; options go into one object' : ''
      }`,
    );
  }
  const options = hasOptions ? given[parameters.length] : undefined;
  const checked =
    options === undefined ? NO_OPTIONS : checkOptions(command, parts, options);
  const args: Argument[] = [];
  let index = 0;
  for (const part of parts) {
    if (part.type === 'word') {
      args.push(part.word);
    } else if (part.type === 'options') {
      pushOptions(command, part, checked, args);
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

const NO_OPTIONS: CheckedOptions = Object.freeze({});

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
  for (const [at, pair] of pairs.entries()) {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw refusedCall(
        command,
        `${name}[${at}] must be a pair, got ${describe(pair)}`,
      );
    }
    pushChecked(command, `the name in ${name}[${at}]`, kind, pair[0], args);
    pushChecked(
      command,
      `the value in ${name}[${at}]`,
      secondKind,
      pair[1],
      args,
    );
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
  for (const [at, entry] of members.entries()) {
    if (typeof entry !== 'object' || entry === null) {
      throw refusedCall(
        command,
        `${name}[${at}] must be an object { score, member }, got ${describe(entry)}`,
      );
    }
    const { score, member } = entry as { score?: unknown; member?: unknown };
    pushChecked(command, `${name}[${at}].score`, 'double', score, args);
    pushChecked(command, `${name}[${at}].member`, 'value', member, args);
  }
}

function pushChecked(
  command: string,
  name: string,
  kind: Kind,
  value: unknown,
  args: Argument[],
): void {
  if (!accepts(kind, value)) throw wrongArgument(command, name, kind, value);
  args.push(onWire(value));
}
