import {
  accepts,
  describe,
  onWire,
  refusedCall,
  wrongArgument,
} from './argument-checks.js';
import type { Argument } from './command-spec.js';
import type { Option, OptionGroup, SignaturePart, Slot } from './signature.js';

/** The trailing object of a call, checked against what the command knows. */
export type CheckedOptions = Readonly<Record<string, unknown>>;

/** Whether an option is given: `undefined` and `false` are not. */
const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== false;

/** The names of all options of a command. */
export function optionNames(parts: readonly SignaturePart[]): Set<string> {
  return new Set(
    parts.flatMap((part) =>
      part.type === 'options'
        ? part.alternatives.map((option) => option.name)
        : [],
    ),
  );
}

/** Refuses anything but an object with names of options the command has. */
export function checkOptions(
  command: string,
  names: ReadonlySet<string>,
  options: unknown,
): CheckedOptions {
  if (
    typeof options !== 'object' ||
    options === null ||
    Array.isArray(options) ||
    Buffer.isBuffer(options)
  ) {
    const [example] = names;
    throw refusedCall(
      command,
      `options must be an object such as { ${example}: ... }, got ${
        typeof options === 'string' ? 'a string' : describe(options)
      }`,
    );
  }
  for (const name of Object.keys(options)) {
    if (!names.has(name)) throw unknownOption(command, name, [...names]);
  }
  return options as CheckedOptions;
}

/**
 * Appends what the given option of a group puts on the wire. Refuses options
 * of the group beside it.
 */
export function pushOptions(
  command: string,
  { alternatives }: OptionGroup,
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
}

function pushOption(
  command: string,
  option: Option,
  value: unknown,
  args: Argument[],
): void {
  const { name, token, slots } = option;
  const slot = slots[0];
  if (slot === undefined) {
    if (value !== true) {
      throw refusedCall(
        command,
        `${name} must be true or false, got ${describe(value)}`,
      );
    }
    args.push(token);
    return;
  }
  if (option.form === 'block') {
    args.push(token);
    pushBlock(command, option, value, args);
    return;
  }
  if (option.form === 'value') {
    args.push(token, checkedSlot(command, slot, name, value));
    return;
  }
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (values.length === 0) {
    throw refusedCall(command, `${name} needs at least one value`);
  }
  if (option.form === 'list') args.push(token);
  for (const [index, one] of values.entries()) {
    if (option.form === 'repeated') args.push(token);
    args.push(checkedSlot(command, slot, `${name}[${index}]`, one));
  }
}

function pushBlock(
  command: string,
  { name, slots }: Option,
  value: unknown,
  args: Argument[],
): void {
  if (typeof value !== 'object' || value === null) {
    const fields = slots.map((slot) => slot.name).join(', ');
    throw refusedCall(
      command,
      `${name} must be an object { ${fields} }, got ${describe(value)}`,
    );
  }
  const known = slots.map((slot) => slot.name);
  for (const field of Object.keys(value)) {
    if (!known.includes(field)) {
      throw unknownOption(command, `${name}.${field}`, known);
    }
  }
  for (const slot of slots) {
    const field = (value as CheckedOptions)[slot.name];
    args.push(checkedSlot(command, slot, `${name}.${slot.name}`, field));
  }
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
  if (!accepts(slot.kind, value)) {
    throw wrongArgument(command, name, slot.kind, value);
  }
  return onWire(value);
}

function unknownOption(
  command: string,
  name: string,
  known: readonly string[],
): Error {
  const bare = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  let nearest = '';
  let least = Infinity;
  for (const candidate of known) {
    // of two that are as near, the one that begins the same is meant
    const begins = candidate.startsWith(bare.charAt(0)) ? 0 : 0.5;
    const distance = editDistance(bare, candidate.toLowerCase()) + begins;
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return refusedCall(
    command,
    `there is no option ${JSON.stringify(name)}; the nearest is "${nearest}"`,
  );
}

/** How many letters must be inserted, dropped or replaced. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_zero, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      next.push(
        Math.min(
          (next[j - 1] ?? 0) + 1,
          (row[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1),
        ),
      );
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
