import { ConfigurationError } from '../errors/configuration-error.js';

/** `#!lua name=stock`, as the first line of every library. */
const SHEBANG = /^#!\S+[^\n]*?\sname=(\w+)/;

/** A version at the end of the code, as {@link withVersion} writes it. */
const VERSION = /\n-- version (\d+)\s*$/;

/**
 * The name a library's code gives it.
 *
 * @throws {ConfigurationError} where it gives none
 */
export function nameOfLibrary(code: unknown): string {
  const name = typeof code === 'string' ? SHEBANG.exec(code)?.[1] : undefined;
  if (name === undefined) {
    throw new ConfigurationError(
      "functionLibrary: code must begin with a line such as '#!lua name=mylib'",
    );
  }
  return name;
}

/**
 * The code with its version: servers keep no version of a library, but they
 * give its code back as it was loaded. At the end, so that the line numbers in
 * errors stay.
 *
 * @throws {ConfigurationError} for what is no version
 */
export function withVersion(code: string, version: number | undefined): string {
  if (version === undefined) return code;
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new ConfigurationError(
      'functionLibrary: version must be a whole number from 1',
    );
  }
  return `${code}\n-- version ${version}\n`;
}

/** The version of loaded code; 0 where it has none. */
function versionOf(code: string): number {
  return Number(VERSION.exec(code)?.[1] ?? 0);
}

/**
 * What a node has of a library.
 *
 * - `current`: exactly its code
 * - `missing`: no library of its name
 * - `older`, `newer`: another version
 * - `other`: other code, and nothing says which is newer
 *
 * @publicApi
 */
export type LibraryState = 'current' | 'missing' | 'older' | 'newer' | 'other';

/** How what a node has loaded stands to the code it should have. */
export function stateOf(
  loaded: string | undefined,
  wanted: string,
): LibraryState {
  if (loaded === undefined) return 'missing';
  if (loaded === wanted) return 'current';
  const [theirs, ours] = [versionOf(loaded), versionOf(wanted)];
  if (ours === 0 || theirs === ours) return 'other';
  return theirs < ours ? 'older' : 'newer';
}
