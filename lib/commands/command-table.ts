import { specOf } from './command-facts.js';
import { parseKeySpec } from './key-spec-text.js';
import { COMMAND_ROWS, KEY_SPECS } from './command-table.generated.js';
import type {
  Argument,
  CommandSpec,
  KeySpec,
  RequestPolicy,
  ResponsePolicy,
} from './command-spec.js';

/** A command found in the table, with the arguments behind its words. */
export interface FoundCommand {
  readonly spec: CommandSpec;
  readonly args: Argument[];
}

// `.` is no tip
const REQUEST_POLICIES: Record<string, RequestPolicy> = {
  m: 'multi_shard',
  s: 'all_shards',
  n: 'all_nodes',
  x: 'special',
};

const RESPONSE_POLICIES: Record<string, ResponsePolicy> = {
  o: 'one_succeeded',
  s: 'all_succeeded',
  a: 'agg_logical_and',
  r: 'agg_logical_or',
  '-': 'agg_min',
  '+': 'agg_max',
  '=': 'agg_sum',
  x: 'special',
};

// Rows are split once, when the first command is looked up, and parsed one by
// one when they are asked for: importing the package pays for none of them.
let rows: Map<string, string> | undefined;
const containers = new Set<string>();
const specs = new Map<string, CommandSpec>();
const keySpecs: KeySpec[] = [];

function tableRows(): Map<string, string> {
  if (rows !== undefined) return rows;
  rows = new Map();
  for (const row of COMMAND_ROWS.trim().split('\n')) {
    const name = row.slice(0, row.indexOf('|'));
    rows.set(name, row);
    const space = name.indexOf(' ');
    if (space > 0) containers.add(name.slice(0, space));
  }
  return rows;
}

/**
 * Finds the command that `words` begin with, whatever their case.
 *
 * A container command (`SCRIPT`) takes its second word along (`SCRIPT LOAD`).
 *
 * @param words the command as it is to stand on the wire
 * @returns the command and the arguments behind its words; undefined for a
 *   command or subcommand that no known server has
 */
export function findCommand(
  words: readonly Argument[],
): FoundCommand | undefined {
  const first = words[0];
  if (first === undefined) return undefined;
  const name = nameOf(first);
  const table = tableRows();
  const second = words[1];
  if (second !== undefined && containers.has(name)) {
    const full = `${name} ${nameOf(second)}`;
    return table.has(full)
      ? { spec: commandSpec(full), args: words.slice(2) }
      : undefined;
  }
  // no name has a space of its own: `call('SCRIPT LOAD')` is no command
  return table.has(name) && !name.includes(' ')
    ? { spec: commandSpec(name), args: words.slice(1) }
    : undefined;
}

function nameOf(word: Argument): string {
  return typeof word === 'string'
    ? word.toUpperCase()
    : Buffer.isBuffer(word)
      ? word.toString('latin1').toUpperCase()
      : String(word);
}

/**
 * @param name the full name, in upper case: `GET`, `SCRIPT LOAD`
 * @throws RangeError for a name that is not in the table
 */
export function commandSpec(name: string): CommandSpec {
  const known = specs.get(name);
  if (known !== undefined) return known;
  const row = tableRows().get(name);
  if (row === undefined) {
    throw new RangeError(`No command ${name} in the command table`);
  }
  const spec = parseRow(row);
  specs.set(name, spec);
  return spec;
}

/** The full names of all commands and subcommands of the table, sorted. */
export function commandNames(): string[] {
  return [...tableRows().keys()];
}

function parseRow(row: string): CommandSpec {
  const [name = '', arity, bits, specIndexes = '', policy = '..'] =
    row.split('|');
  return specOf(
    {
      name,
      arity: Number(arity),
      flags: Number(bits),
      keySpecs: specIndexes
        .split(',')
        .filter((index) => index !== '')
        .map((index) => keySpecAt(Number(index))),
      request: REQUEST_POLICIES[policy.charAt(0)],
      response: RESPONSE_POLICIES[policy.charAt(1)],
    },
    'table',
  );
}

function keySpecAt(index: number): KeySpec {
  return (keySpecs[index] ??= parseKeySpec(KEY_SPECS[index] ?? '/?/?'));
}
