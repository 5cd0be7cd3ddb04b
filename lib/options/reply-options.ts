import { ConfigurationError } from '../errors/configuration-error.js';
import { nearestName } from './nearest-name.js';

/**
 * What the values of replies are. Replies with fields of their own
 * (`{ member, score }`, `xrange`, `scan`) keep them: there only `strings` counts.
 *
 * @publicApi
 */
export interface ReplyOptions {
  /** `'buffers'` gives every string as a Buffer; names of objects stay text. @default 'strings' */
  readonly strings?: 'strings' | 'buffers' | undefined;
  /**
   * `'bigint'` gives every integer as a bigint; `'number'` only those that a
   * number would not hold exactly (beyond 2^53). @default 'number'
   */
  readonly integers?: 'number' | 'bigint' | undefined;
  /**
   * What `hgetall`, `configGet` and maps of commands without a method (RESP3)
   * become: `'object'` has no prototype; the keys of a `'map'` are what
   * `strings` says, so that also names which are no text are kept.
   * @default 'object'
   */
  readonly maps?: 'object' | 'map' | undefined;
  /** What `smembers`, `sinter`, `sunion`, `sdiff` and `spop` with a count become. @default 'array' */
  readonly sets?: 'array' | 'set' | undefined;
}

/** The same with nothing left open. */
export type ResolvedReplies = {
  readonly [Name in keyof ReplyOptions]-?: NonNullable<ReplyOptions[Name]>;
};

const CHOICES: {
  readonly [Name in keyof ReplyOptions]-?: readonly [
    ResolvedReplies[Name],
    ResolvedReplies[Name],
  ];
} = {
  strings: ['strings', 'buffers'],
  integers: ['number', 'bigint'],
  maps: ['object', 'map'],
  sets: ['array', 'set'],
};

/** What replies are where nobody says otherwise. */
export const DEFAULT_REPLIES: ResolvedReplies = {
  strings: 'strings',
  integers: 'number',
  maps: 'object',
  sets: 'array',
};

/**
 * Checks the option `replies` and lays it over what is in force.
 *
 * @throws {ConfigurationError} for what is no option or no choice
 */
export function resolveReplies(
  given: 'strings' | 'buffers' | ReplyOptions | undefined,
  inForce: ResolvedReplies,
): ResolvedReplies {
  if (given === undefined) return inForce;
  const options = typeof given === 'object' ? given : { strings: given };
  if (options === null) throw wrong('replies', 'an object');
  const resolved: Record<string, unknown> = { ...inForce };
  for (const [name, value] of Object.entries(options)) {
    const choices = Object.hasOwn(CHOICES, name)
      ? CHOICES[name as keyof ReplyOptions]
      : undefined;
    if (choices === undefined) {
      const nearest = nearestName(name, Object.keys(CHOICES));
      throw new ConfigurationError(
        `replies: unknown option '${name}'` +
          (nearest === undefined ? '' : `; did you mean '${nearest}'?`),
      );
    }
    if (value === undefined) continue;
    if (!(choices as readonly unknown[]).includes(value)) {
      const what = choices.map((choice) => `'${choice}'`).join(' or ');
      throw wrong(
        typeof given === 'object' ? `replies.${name}` : 'replies',
        what,
      );
    }
    resolved[name] = value;
  }
  return resolved as ResolvedReplies;
}

function wrong(option: string, expected: string): ConfigurationError {
  return new ConfigurationError(`${option}: expected ${expected}`);
}
