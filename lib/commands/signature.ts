// The form of a typed command, as one line of text. The generator writes these
// lines from COMMAND DOCS; types and run time are both made from them.
//
//   key:key value:value ?(nx|xx) ?get ?(ex:integer|px:integer|keepttl)
//
//   name:kind          a parameter; kinds: see Kind
//   name:kind?         it may be left out
//   name:kind~text     left out, it is `text`
//   name:a/b           one of these words
//   name:kind[]        one or more; name:kind[]? none or more
//   name:#kind[]       the same behind their number
//   name:kind=kind     pairs, as an object, a Map or an array of pairs; #: as above
//   name:scored        members with their scores
//   'WORD'             a word that always stands there
//   ?(...|...)         options of which at most one may be given; ?x: one alone
//     x                WORD
//     x:kind           WORD value
//     x:kind[]         WORD value value ...
//     x:kind+          WORD value WORD value ...
//     x:{a:kind,b:kind} WORD value value
//
// An option's word is its name in upper case, or what stands behind `@`.

/** What an argument may be. */
export type Kind =
  | 'key'
  /** Data: members, fields, elements. */
  | 'value'
  /** Patterns, cursors, names. */
  | 'text'
  | 'integer'
  /** A score or another number with decimals. */
  | 'double'
  /** An end of a range: a rank, a score, or a bound of the alphabet. */
  | 'bound';

/** One value of an option or a parameter: a kind, or one of some words. */
export interface Slot {
  readonly name: string;
  readonly kind: Kind;
  /** In lower case; undefined where any value of the kind will do. */
  readonly choices: readonly string[] | undefined;
}

export interface Parameter extends Slot {
  readonly type: 'parameter';
  readonly form: 'one' | 'list' | 'pairs' | 'scored';
  /** The kind of the second of each pair. */
  readonly secondKind: Kind;
  /** Whether the number of its elements stands before it. */
  readonly counted: boolean;
  /** May be left out; a list may be empty. */
  readonly optional: boolean;
  /** What stands there when it is left out. */
  readonly fallback: string | undefined;
}

export interface Option {
  readonly name: string;
  /** Its word on the wire. */
  readonly token: string;
  readonly form: 'flag' | 'value' | 'list' | 'repeated' | 'block';
  readonly slots: readonly Slot[];
}

export interface OptionGroup {
  readonly type: 'options';
  /** At most one of them may be given. */
  readonly alternatives: readonly Option[];
}

export interface Word {
  readonly type: 'word';
  readonly word: string;
}

export type SignaturePart = Parameter | OptionGroup | Word;

/** `SCRIPT LOAD` -> `scriptLoad`, `EVAL_RO` -> `evalRo`. */
export function methodNameOf(command: string): string {
  return command
    .toLowerCase()
    .replace(/[ _.-](.)/g, (_separator, letter: string) =>
      letter.toUpperCase(),
    );
}

/** Reads one signature. */
export function parseSignature(signature: string): SignaturePart[] {
  if (signature === '') return [];
  return signature.split(' ').map((part): SignaturePart => {
    if (part.startsWith("'")) return { type: 'word', word: part.slice(1, -1) };
    if (!part.startsWith('?')) return parseParameter(part);
    const inner = part.startsWith('?(') ? part.slice(2, -1) : part.slice(1);
    return { type: 'options', alternatives: inner.split('|').map(parseOption) };
  });
}

function parseParameter(text: string): Parameter {
  const colon = text.indexOf(':');
  const name = text.slice(0, colon);
  let rest = text.slice(colon + 1);
  const counted = rest.startsWith('#');
  if (counted) rest = rest.slice(1);
  const [body = '', fallback]: (string | undefined)[] = rest.split('~');
  rest = body;
  const optional = rest.endsWith('?');
  if (optional) rest = rest.slice(0, -1);
  const list = rest.endsWith('[]');
  if (list) rest = rest.slice(0, -2);
  const [first = '', second]: (string | undefined)[] = rest.split('=');
  return {
    type: 'parameter',
    ...parseSlot(name, first === 'scored' ? 'value' : first),
    form: list
      ? 'list'
      : second !== undefined
        ? 'pairs'
        : first === 'scored'
          ? 'scored'
          : 'one',
    secondKind: (second ?? 'value') as Kind,
    counted,
    optional: optional || fallback !== undefined,
    fallback,
  };
}

function parseSlot(name: string, kind: string): Slot {
  return kind.includes('/')
    ? { name, kind: 'text', choices: kind.split('/') }
    : { name, kind: kind as Kind, choices: undefined };
}

function parseOption(text: string): Option {
  const colon = text.indexOf(':');
  const [name = '', token = name.toUpperCase()] = (
    colon < 0 ? text : text.slice(0, colon)
  ).split('@');
  if (colon < 0) return { name, token, form: 'flag', slots: [] };
  const rest = text.slice(colon + 1);
  if (rest.startsWith('{')) {
    const slots = rest
      .slice(1, -1)
      .split(',')
      .map((slot) => {
        const [slotName = '', kind = ''] = slot.split(':');
        return parseSlot(slotName, kind);
      });
    return { name, token, form: 'block', slots };
  }
  const form = rest.endsWith('[]')
    ? 'list'
    : rest.endsWith('+')
      ? 'repeated'
      : 'value';
  const kind =
    form === 'list'
      ? rest.slice(0, -2)
      : form === 'repeated'
        ? rest.slice(0, -1)
        : rest;
  return { name, token, form, slots: [parseSlot(name, kind)] };
}
