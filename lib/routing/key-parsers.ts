import type { Argument } from '../commands/command-spec.js';

/**
 * Commands whose key specifications are incomplete: servers parse them with
 * functions of their own (`sortGetKeys`, `migrateGetKeys`), and so it is here.
 */
export const KEY_PARSERS: Readonly<
  Record<string, ((args: readonly Argument[]) => number[]) | undefined>
> = Object.assign(Object.create(null) as object, {
  SORT: sortKeys,
  MIGRATE: migrateKeys,
});

/** `key [BY pattern] [LIMIT offset count] [GET pattern ...] [STORE destination]`; the last STORE counts. */
function sortKeys(args: readonly Argument[]): number[] {
  if (args.length === 0) return [];
  const values: Record<string, number> = { BY: 1, GET: 1, LIMIT: 2 };
  let destination = -1;
  for (let index = 1; index < args.length; index++) {
    const word = String(args[index]).toUpperCase();
    if (word === 'STORE' && index + 1 < args.length) destination = ++index;
    else index += values[word] ?? 0;
  }
  return destination === -1 ? [0] : [0, destination];
}

/** `host port key db timeout [options] [KEYS key ...]`: with KEYS, the key in front is empty and none. */
function migrateKeys(args: readonly Argument[]): number[] {
  const values: Record<string, number> = { AUTH: 1, AUTH2: 2 };
  for (let index = 5; index < args.length; index++) {
    const word = String(args[index]).toUpperCase();
    if (word === 'KEYS') {
      // a key in front as well is an error, and the server's to refuse
      if (String(args[2]) !== '') break;
      return Array.from(
        { length: args.length - index - 1 },
        (_, nth) => index + 1 + nth,
      );
    }
    index += values[word] ?? 0;
  }
  return args.length > 2 ? [2] : [];
}
