import { describe, refusedCall } from './argument-checks.js';
import type { SignaturePart } from './signature.js';

/** The trailing object of a call, or one of its blocks, checked against what the command knows. */
export type CheckedOptions = Readonly<Record<string, unknown>>;

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

/** The fields of the object that some parts are given as, in their order. */
const fieldNames = new WeakMap<readonly SignaturePart[], readonly string[]>();

function fieldsOf(parts: readonly SignaturePart[]): readonly string[] {
  const known = fieldNames.get(parts);
  if (known !== undefined) return known;
  const names = parts.flatMap((part) =>
    part.type === 'parameter'
      ? [part.name]
      : part.type === 'options'
        ? part.alternatives.map((option) => option.name)
        : [],
  );
  fieldNames.set(parts, names);
  return names;
}

/** Refuses anything but an object with the fields that some parts have. */
export function checkFields(
  command: string,
  parts: readonly SignaturePart[],
  name: string,
  value: unknown,
): CheckedOptions {
  const known = fieldsOf(parts);
  if (
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    Buffer.isBuffer(value)
  ) {
    throw refusedCall(
      command,
      `${name} must be an object { ${known.join(', ')} }, got ${
        typeof value === 'string' ? 'a string' : describe(value)
      }`,
    );
  }
  for (const field of Object.keys(value)) {
    if (!known.includes(field)) {
      throw unknownOption(command, `${name}.${field}`, known);
    }
  }
  return value as CheckedOptions;
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
