import type { Argument } from '../command-spec.js';

/** A string of a reply: text, or bytes where Buffers were asked for. */
export type ReplyText = string | Buffer;

/** A name inside a reply as text, also where Buffers were asked for. */
export function textOf(value: unknown): string {
  return Buffer.isBuffer(value) ? value.toString() : String(value);
}

/**
 * A score. RESP3 sends a double, RESP2 its text, with `inf` for infinity.
 */
export function scoreOf(value: unknown): number {
  if (typeof value === 'number') return value;
  const text = textOf(value);
  if (text === 'inf' || text === '+inf') return Infinity;
  if (text === '-inf') return -Infinity;
  return Number(text);
}

/** Whether an argument is this upper-case token, in any case. */
export function isToken(
  argument: Argument | undefined,
  token: string,
): boolean {
  if (typeof argument === 'string') {
    return argument.length === token.length && argument.toUpperCase() === token;
  }
  return (
    Buffer.isBuffer(argument) &&
    argument.length === token.length &&
    argument.toString('latin1').toUpperCase() === token
  );
}

/** Whether a token stands among the arguments at or behind `from`. */
export function hasToken(
  args: readonly Argument[],
  from: number,
  token: string,
): boolean {
  for (let at = from; at < args.length; at += 1) {
    if (isToken(args[at], token)) return true;
  }
  return false;
}
