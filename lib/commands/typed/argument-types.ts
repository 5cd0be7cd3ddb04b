import type { Value } from '../command-spec.js';

/** A whole number. @publicApi */
export type Integer = number | bigint;

/**
 * A number with decimals, such as a score. Infinity is allowed; text is for
 * digits that a JavaScript number would lose.
 *
 * @publicApi
 */
export type Double = number | bigint | string;

/**
 * One end of a range of a sorted set: a rank, a score (`5`, `'(5'`,
 * `-Infinity`) or a bound of the alphabet (`'[a'`, `'(b'`, `'+'`).
 *
 * @publicApi
 */
export type Bound = Value;

/**
 * A JSON document. Strings and Buffers are JSON text and go as they are (the
 * JSON string `a` is `'"a"'`); anything else becomes text by `JSON.stringify`.
 *
 * @publicApi
 */
export type Json = Value | boolean | object | null;

/** A word of the server, in lower or upper case. @publicApi */
export type Choice<Word extends string> = Word | Uppercase<Word>;

/** Many arguments, or one array of them. @publicApi */
export type Many<Item> = Item[] | [items: readonly Item[]];

/** One argument or an array of them. @publicApi */
export type OneOrMany<Item> = Item | readonly Item[];

/** Names with values: an object, a Map or an array of pairs. @publicApi */
export type Pairs<Name, Item> =
  | { readonly [name: string]: Item }
  | ReadonlyMap<Name, Item>
  | readonly (readonly [name: Name, value: Item])[];

/** Options of which at most one may be given. @publicApi */
export type Exclusive<Options> = {
  [Chosen in keyof Options]: {
    [Name in Chosen]?: Options[Name] | undefined;
  } & { [Other in Exclude<keyof Options, Chosen>]?: undefined };
}[keyof Options];

/** Options of which exactly one must be given. @publicApi */
export type OneOf<Options> = {
  [Chosen in keyof Options]: {
    [Name in Chosen]: Options[Name];
  } & { [Other in Exclude<keyof Options, Chosen>]?: undefined };
}[keyof Options];
