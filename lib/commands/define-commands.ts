import { buildArguments, callForm, type CallForm } from './argument-builder.js';
import { isPlain } from './argument-checks.js';
import { EXECUTE, refuseCall, type CommandHost } from './command-host.js';
import type { ConfigurationError } from '../errors/configuration-error.js';
import type { Argument, CommandSpec } from './command-spec.js';
import { commandSpec } from './command-table.js';
import {
  methodNameOf,
  parseSignature,
  type Kind,
  type Parameter,
  type SignaturePart,
} from './signature.js';
import { SIGNATURES } from './typed/signatures.generated.js';

/** A command's method, as it stands on the prototype. */
type CommandMethod = (
  this: CommandHost,
  ...given: unknown[]
) => Promise<unknown>;

/** Second names of methods, for words that read better. */
const ALIASES: Readonly<Record<string, string>> = { del: 'delete' };

/**
 * Puts one method per typed command on a prototype.
 *
 * A method checks its arguments, lays them out as they stand on the wire and
 * hands them to `this[EXECUTE]`. It never throws, unless its host does: what is
 * wrong with a call is a rejected promise, and nothing is sent.
 *
 * The plain forms (`get(key)`, `set(key, value)`, `lpush(key, element)`) have
 * functions of their own, which do nothing but that; what has options, counts
 * or many elements goes through the general builder.
 *
 * A method is made when it is first called: an application calls a few of the
 * hundreds, and making them all took 15 ms of every import.
 *
 * @param prototype the prototype of a class that is a {@link CommandHost}
 */
export function defineCommands(prototype: object): void {
  for (const line of SIGNATURES.trim().split('\n')) {
    const bar = line.indexOf('|');
    const command = line.slice(0, bar);
    const name = methodNameOf(command);
    const alias = ALIASES[name];
    const names = alias === undefined ? [name] : [name, alias];
    const make = (): CommandMethod => {
      const parts = parseSignature(line.slice(bar + 1));
      return methodFor(commandSpec(command), parts);
    };
    defineLazily(prototype, names, make);
  }
}

/** Puts a method on the prototype that becomes the real one on its first call. */
function defineLazily(
  prototype: object,
  names: readonly string[],
  make: () => CommandMethod,
): void {
  const name = names[0]!;
  let made: CommandMethod | undefined;
  const first = function (
    this: CommandHost,
    ...given: unknown[]
  ): Promise<unknown> {
    if (made === undefined) {
      made = make();
      Object.defineProperty(made, 'name', { value: name, configurable: true });
      const methods = prototype as Record<string, unknown>;
      for (const own of names) {
        // a method replaced by somebody stays replaced
        if (methods[own] === first) define(prototype, own, made);
      }
    }
    return made.apply(this, given);
  };
  Object.defineProperty(first, 'name', { value: name, configurable: true });
  for (const own of names) define(prototype, own, first);
}

function define(prototype: object, name: string, value: CommandMethod): void {
  Object.defineProperty(prototype, name, {
    value,
    configurable: true,
    enumerable: false,
    writable: true,
  });
}

function methodFor(
  spec: CommandSpec,
  parts: readonly SignaturePart[],
): CommandMethod {
  const form = callForm(spec.name, parts);
  const [first, second, third] = form.parameters;
  const fixed = parts.some(
    (part) => part.type === 'word' || alwaysStands(part),
  );
  if (fixed || first === undefined) return general(spec, form);
  if (form.parameters.every(isSingle)) {
    if (third !== undefined) {
      return form.parameters.length === 3
        ? three(spec, form, first.kind, second!.kind, third.kind)
        : general(spec, form);
    }
    return second === undefined
      ? one(spec, form, first.kind)
      : two(spec, form, first.kind, second.kind);
  }
  const last = form.parameters.at(-1)!;
  // a list behind its count is no plain list
  const simple =
    last.choices === undefined && last.fields === undefined && !last.counted;
  const spread = form.spread && simple;
  if (spread && second === undefined) return one(spec, form, first.kind);
  if (spread && third === undefined && isSingle(first)) {
    return two(spec, form, first.kind, second!.kind);
  }
  if (isSingle(first) && second?.form === 'pairs' && parts.length === 2) {
    return pair(spec, form, first.kind, second);
  }
  return general(spec, form);
}

/** Options that put something on the wire, or refuse, also where none is given. */
const alwaysStands = (part: SignaturePart): boolean =>
  part.type === 'options' &&
  (part.required ||
    part.alternatives.some(({ fallback }) => fallback !== undefined));

/** Exactly one argument, always there, of a kind. */
const isSingle = (parameter: Parameter): boolean =>
  parameter.form === 'one' &&
  !parameter.optional &&
  parameter.choices === undefined &&
  parameter.fields === undefined;

/** `get(key)`; also `del(key)`, the list of one. */
function one(spec: CommandSpec, form: CallForm, kind: Kind): CommandMethod {
  return function (this: CommandHost, first: unknown): Promise<unknown> {
    return arguments.length === 1 && isPlain(kind, first)
      ? this[EXECUTE](spec, [first])
      : build(this, spec, form, arguments);
  };
}

/** `set(key, value)`; also `lpush(key, element)`, the list of one. */
function two(
  spec: CommandSpec,
  form: CallForm,
  firstKind: Kind,
  secondKind: Kind,
): CommandMethod {
  return function (
    this: CommandHost,
    first: unknown,
    second: unknown,
  ): Promise<unknown> {
    return arguments.length === 2 &&
      isPlain(firstKind, first) &&
      isPlain(secondKind, second)
      ? this[EXECUTE](spec, [first, second])
      : build(this, spec, form, arguments);
  };
}

/** `hincrby(key, field, increment)`. */
function three(
  spec: CommandSpec,
  form: CallForm,
  firstKind: Kind,
  secondKind: Kind,
  thirdKind: Kind,
): CommandMethod {
  return function (
    this: CommandHost,
    first: unknown,
    second: unknown,
    third: unknown,
  ): Promise<unknown> {
    return arguments.length === 3 &&
      isPlain(firstKind, first) &&
      isPlain(secondKind, second) &&
      isPlain(thirdKind, third)
      ? this[EXECUTE](spec, [first, second, third])
      : build(this, spec, form, arguments);
  };
}

/** `hset(key, field, value)` beside `hset(key, entries)`. */
function pair(
  spec: CommandSpec,
  form: CallForm,
  kind: Kind,
  entries: Parameter,
): CommandMethod {
  const single = callForm(spec.name, [
    { ...PLAIN, name: form.parameters[0]!.name, kind },
    { ...PLAIN, name: 'field', kind: entries.kind },
    { ...PLAIN, name: 'value', kind: entries.secondKind },
  ]);
  const alone = three(spec, single, kind, entries.kind, entries.secondKind);
  return function (
    this: CommandHost,
    first: unknown,
    second: unknown,
    third: unknown,
  ): Promise<unknown> {
    return arguments.length === 3
      ? alone.call(this, first, second, third)
      : build(this, spec, form, arguments);
  };
}

const PLAIN: Parameter = {
  type: 'parameter',
  name: '',
  kind: 'value',
  choices: undefined,
  fields: undefined,
  form: 'one',
  secondKind: 'value',
  counted: false,
  countsWords: false,
  optional: false,
  fallback: undefined,
};

/** Every other form. */
function general(spec: CommandSpec, form: CallForm): CommandMethod {
  return function (this: CommandHost): Promise<unknown> {
    return build(this, spec, form, arguments);
  };
}

function build(
  host: CommandHost,
  spec: CommandSpec,
  form: CallForm,
  given: ArrayLike<unknown>,
): Promise<unknown> {
  let args: Argument[];
  try {
    args = buildArguments(form, given);
  } catch (error) {
    return refuseCall(host, error as ConfigurationError);
  }
  return host[EXECUTE](spec, args);
}
