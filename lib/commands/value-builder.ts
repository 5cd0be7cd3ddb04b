import {
  accepts,
  describe,
  onWire,
  refusedCall,
  tooLarge,
  wrongArgument,
} from './argument-checks.js';
import type { Argument } from './command-spec.js';
import { jsonText } from './json-argument.js';
import { checkFields, type CheckedOptions } from './option-checks.js';
import { pairsOf } from './pairs.js';
import type {
  Option,
  OptionGroup,
  Parameter,
  SignaturePart,
  Slot,
} from './signature.js';

/** Whether an option is given: `undefined` and `false` are not. */
const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== false;

const singular = (name: string): string => name.replace(/s$/, '');

/**
 * Appends what a parameter puts on the wire.
 *
 * @param label how errors name it
 */
export function pushParameter(
  command: string,
  parameter: Parameter,
  label: string,
  value: unknown,
  args: Argument[],
): void {
  const { form, optional, fallback } = parameter;
  if (value === undefined && optional && !parameter.counted) {
    if (fallback !== undefined) args.push(fallback);
    return;
  }
  switch (form) {
    case 'one':
      pushValue(command, parameter, label, value, args);
      return;
    case 'list':
      pushList(command, parameter, label, value, args);
      return;
    case 'pairs':
    case 'columns':
      pushPairs(command, parameter, label, value, args);
  }
}

/** One value, which may be an object. */
function pushValue(
  command: string,
  slot: Slot,
  label: string,
  value: unknown,
  args: Argument[],
): void {
  if (slot.fields !== undefined) {
    pushObject(command, slot.fields, label, value, args);
  } else {
    args.push(checkedSlot(command, slot, label, value));
  }
}

function pushList(
  command: string,
  slot: Parameter,
  label: string,
  value: unknown,
  args: Argument[],
): void {
  const { kind, counted, optional, choices, fields } = slot;
  const indexed = Array.isArray(value);
  const elements: readonly unknown[] =
    value === undefined && optional ? [] : indexed ? value : [value];
  if (elements.length === 0 && !optional) {
    throw refusedCall(command, `needs at least one ${singular(label)}`);
  }
  if (counted) args.push(elements.length);
  for (let at = 0; at < elements.length; at += 1) {
    const element = elements[at];
    if (fields !== undefined) {
      pushObject(command, fields, `${label}[${at}]`, element, args);
    } else if (choices !== undefined || kind === 'json') {
      args.push(checkedSlot(command, slot, `${label}[${at}]`, element));
    } else if (accepts(kind, element)) {
      args.push(onWire(element));
    } else {
      const place = indexed ? `${label}[${at}]` : singular(label);
      throw wrongArgument(command, place, kind, element);
    }
  }
}

function pushPairs(
  command: string,
  { kind, secondKind, counted, countsWords, form }: Parameter,
  label: string,
  value: unknown,
  args: Argument[],
): void {
  const pairs = pairsOf(command, label, value);
  if (pairs.length === 0) {
    throw refusedCall(command, `${label} needs at least one pair`);
  }
  if (counted) args.push(countsWords ? 2 * pairs.length : pairs.length);
  const seconds: Argument[] = [];
  for (let at = 0; at < pairs.length; at += 1) {
    const pair = pairs[at];
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw refusedCall(
        command,
        `${label}[${at}] must be a pair, got ${describe(pair)}`,
      );
    }
    const [first, second] = pair as [unknown, unknown];
    if (!accepts(kind, first)) {
      throw wrongArgument(command, `the name in ${label}[${at}]`, kind, first);
    }
    if (!accepts(secondKind, second)) {
      const place = `the value in ${label}[${at}]`;
      throw wrongArgument(command, place, secondKind, second);
    }
    args.push(first);
    (form === 'columns' ? seconds : args).push(second);
  }
  // not spread: there may be more than a call can take as arguments
  for (const second of seconds) args.push(second);
}

/** What the fields of an object put on the wire, in the order of the parts. */
function pushObject(
  command: string,
  parts: readonly SignaturePart[],
  label: string,
  value: unknown,
  args: Argument[],
): void {
  const object = checkFields(command, parts, label, value);
  let missing: string | undefined;
  for (const part of parts) {
    if (part.type === 'word') {
      args.push(part.word);
    } else if (part.type === 'options') {
      pushOptions(command, part, object, args);
    } else {
      const field = object[part.name];
      const place = `${label}.${part.name}`;
      if (field === undefined && part.optional && part.fallback === undefined) {
        missing ??= place;
      } else if (missing !== undefined) {
        // they are told apart by their places alone
        throw refusedCall(command, `${place} needs ${missing}`);
      }
      pushParameter(command, part, place, field, args);
    }
  }
}

/**
 * Appends what the given option of a group puts on the wire. Refuses options
 * of the group beside it.
 */
export function pushOptions(
  command: string,
  { alternatives, required }: OptionGroup,
  options: CheckedOptions,
  args: Argument[],
): void {
  let chosen: Option | undefined;
  for (const option of alternatives) {
    const value = options[option.name];
    if (!isGiven(value)) continue;
    if (chosen !== undefined) {
      throw refusedCall(
        command,
        `${chosen.name} and ${option.name} exclude each other`,
      );
    }
    chosen = option;
    pushOption(command, option, value, args);
  }
  if (chosen !== undefined) return;
  if (required) {
    const names = alternatives.map(({ name }) => name).join(' or ');
    throw refusedCall(command, `needs the option ${names}`);
  }
  const fallback = alternatives[0]?.fallback;
  if (fallback !== undefined) args.push(fallback);
}

function pushOption(
  command: string,
  option: Option,
  value: unknown,
  args: Argument[],
): void {
  const { name, token, form, fields, counted } = option;
  if (form === 'flag') {
    if (value !== true) {
      throw refusedCall(
        command,
        `${name} must be true or false, got ${describe(value)}`,
      );
    }
    args.push(token);
    return;
  }
  if (token !== '' && form !== 'repeated') args.push(token);
  if (form === 'block') {
    pushBlock(command, name, fields!, value, args);
    return;
  }
  if (option.pairs !== undefined) {
    pushPairs(command, option.pairs, name, value, args);
    return;
  }
  const slot = option.slots[0]!;
  if (form === 'value') {
    pushValue(command, slot, name, value, args);
    return;
  }
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (values.length === 0) {
    throw refusedCall(command, `${name} needs at least one value`);
  }
  if (counted) args.push(values.length);
  for (const [index, one] of values.entries()) {
    if (form === 'repeated') args.push(token);
    pushValue(command, slot, `${name}[${index}]`, one, args);
  }
}

/** An object, or the value of its one field that has to be given. */
function pushBlock(
  command: string,
  name: string,
  fields: readonly SignaturePart[],
  value: unknown,
  args: Argument[],
): void {
  const single = singleField(fields);
  const plain = typeof value !== 'object' || Buffer.isBuffer(value);
  if (single !== undefined && plain && value !== true) {
    pushObject(command, fields, name, { [single.name]: value }, args);
  } else if (value === true && !fields.some(isNeeded)) {
    pushObject(command, fields, name, {}, args);
  } else {
    pushObject(command, fields, name, value, args);
  }
}

const isNeeded = (part: SignaturePart): boolean =>
  part.type === 'options'
    ? part.required
    : part.type === 'parameter' && !part.optional;

/** The one field of an object that has to be given, if it is a plain value. */
export function singleField(
  fields: readonly SignaturePart[],
): Parameter | undefined {
  const needed = fields.filter(isNeeded);
  const [only] = needed;
  return needed.length === 1 &&
    // what has no other field is no abbreviation
    fields.length > 1 &&
    only?.type === 'parameter' &&
    only.form === 'one' &&
    only.fields === undefined
    ? only
    : undefined;
}

/** One value as it goes on the wire. */
export function checkedSlot(
  command: string,
  slot: Slot,
  name: string,
  value: unknown,
): Argument {
  if (slot.choices !== undefined) {
    const word = typeof value === 'string' ? value.toLowerCase() : undefined;
    if (word === undefined || !slot.choices.includes(word)) {
      throw refusedCall(
        command,
        `${name} must be ${slot.choices.map((choice) => `"${choice}"`).join(' or ')}`,
      );
    }
    return word.toUpperCase();
  }
  if (slot.kind === 'json') {
    const text = jsonText(command, name, value);
    const large = tooLarge(command, name, text);
    if (large !== undefined) throw large;
    return text;
  }
  if (!accepts(slot.kind, value)) {
    throw wrongArgument(command, name, slot.kind, value);
  }
  return onWire(value);
}
