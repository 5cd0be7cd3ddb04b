import { refusedCall } from './argument-checks.js';
import type { Argument } from './command-spec.js';
import { checkOptions, optionNames } from './option-checks.js';
import type { Parameter, SignaturePart } from './signature.js';
import { pushOptions, pushParameter } from './value-builder.js';

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

const NO_OPTIONS = {};

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
      ? NO_OPTIONS
      : checkOptions(command, names, options);
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
        part.name,
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
