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
//   name:kind=kind     pairs, as an object, a Map or an array of pairs; #: as above,
//                      ##: behind the number of their words
//   name:kind&kind     pairs too, all first ones before all second ones
//   name:{part,part}   an object: its parameters and options are its fields
//   'WORD'             a word that always stands there
//   ?(...|...)         options of which at most one may be given; ?x: one alone
//   !(...|...)         options of which exactly one must be given; !x: one alone
//     x                WORD
//     x:kind           WORD value
//     x:kind[]         WORD value value ...; #: behind their number
//     x:kind+          WORD value WORD value ...
//     x:kind=kind      WORD and the pairs; # and ##: as above
//     x:kind~text      left out, it is `text`
//     x:{part,part}    WORD and what the object's fields put there. Where only
//                      one field has to be given, its value alone will do
//
// An option's word is its name in upper case, or what stands behind `@`; `x@`
// has none.

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
  | 'bound'
  /** JSON text, or what becomes it. */
  | 'json';

/** One value of an option or a parameter: a kind, one of some words, or an object. */
export interface Slot {
  readonly name: string;
  readonly kind: Kind;
  /** In lower case; undefined where any value of the kind will do. */
  readonly choices: readonly string[] | undefined;
  /** What the fields of the object are; undefined where it is none. */
  readonly fields: readonly SignaturePart[] | undefined;
}

export interface Parameter extends Slot {
  readonly type: 'parameter';
  readonly form: 'one' | 'list' | 'pairs' | 'columns';
  /** The kind of the second of each pair. */
  readonly secondKind: Kind;
  /** Whether the number of its elements stands before it. */
  readonly counted: boolean;
  /** Whether that number is the one of its words: two of each pair. */
  readonly countsWords: boolean;
  /** May be left out; a list may be empty. */
  readonly optional: boolean;
  /** What stands there when it is left out. */
  readonly fallback: string | undefined;
}

export interface Option {
  readonly name: string;
  /** Its word on the wire; empty where it has none. */
  readonly token: string;
  readonly form: 'flag' | 'value' | 'list' | 'repeated' | 'block' | 'pairs';
  /** Its value; of a block, what its fields are. */
  readonly slots: readonly Slot[];
  /** Of a block: the parts its fields are for. */
  readonly fields: readonly SignaturePart[] | undefined;
  readonly counted: boolean;
  /** Of pairs: how they are given. */
  readonly pairs: Parameter | undefined;
  /** What stands there when it is left out. */
  readonly fallback: string | undefined;
}

export interface OptionGroup {
  readonly type: 'options';
  /** At most one of them may be given. */
  readonly alternatives: readonly Option[];
  /** One of them must be. */
  readonly required: boolean;
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
    .replace(/[ _.-]+(.)/g, (_separator, letter: string) =>
      letter.toUpperCase(),
    );
}

/** Reads one signature. */
export function parseSignature(signature: string): SignaturePart[] {
  return signature === '' ? [] : signature.split(' ').map(parsePart);
}

function parsePart(text: string): SignaturePart {
  const mark = text.charAt(0);
  if (mark === "'") return { type: 'word', word: text.slice(1, -1) };
  if (mark !== '?' && mark !== '!') return parseParameter(text);
  const inner = text.charAt(1) === '(' ? text.slice(2, -1) : text.slice(1);
  return {
    type: 'options',
    alternatives: splitOutside(inner, '|').map(parseOption),
    required: mark === '!',
  };
}

function parseParameter(text: string): Parameter {
  const colon = text.indexOf(':');
  return parameterOf(parseShape(text.slice(0, colon), text.slice(colon + 1)));
}

function parameterOf(shape: Shape): Parameter {
  return {
    type: 'parameter',
    ...shape.slot,
    form: shape.form === 'repeated' ? 'list' : shape.form,
    secondKind: shape.secondKind,
    counted: shape.counted,
    countsWords: shape.countsWords,
    optional: shape.optional || shape.fallback !== undefined,
    fallback: shape.fallback,
  };
}

function parseOption(text: string): Option {
  const colon = text.indexOf(':');
  const [name = '', token = name.toUpperCase()] = (
    colon < 0 ? text : text.slice(0, colon)
  ).split('@');
  if (colon < 0) {
    return {
      name,
      token,
      form: 'flag',
      slots: [],
      fields: undefined,
      counted: false,
      pairs: undefined,
      fallback: undefined,
    };
  }
  const shape = parseShape(name, text.slice(colon + 1));
  const { slot, form, counted, fallback } = shape;
  const { fields } = slot;
  const block = fields !== undefined && form === 'one';
  return {
    name,
    token,
    form: block
      ? 'block'
      : form === 'list' || form === 'repeated' || form === 'pairs'
        ? form
        : 'value',
    slots: block ? fields.filter((part) => part.type === 'parameter') : [slot],
    fields,
    counted,
    pairs: form === 'pairs' ? parameterOf(shape) : undefined,
    fallback,
  };
}

interface Shape {
  readonly slot: Slot;
  readonly form: Parameter['form'] | 'repeated';
  readonly secondKind: Kind;
  readonly counted: boolean;
  readonly countsWords: boolean;
  readonly optional: boolean;
  readonly fallback: string | undefined;
}

function parseShape(name: string, text: string): Shape {
  const countsWords = text.startsWith('##');
  const counted = text.startsWith('#');
  const [body = '', fallback]: (string | undefined)[] = splitOutside(
    text.slice(countsWords ? 2 : counted ? 1 : 0),
    '~',
  );
  let rest = body;
  const optional = rest.endsWith('?');
  if (optional) rest = rest.slice(0, -1);
  const list = rest.endsWith('[]');
  const repeated = rest.endsWith('+');
  if (list) rest = rest.slice(0, -2);
  if (repeated) rest = rest.slice(0, -1);
  const [pairFirst = '', pairSecond]: (string | undefined)[] = splitOutside(
    rest,
    '=',
  );
  const [first = '', columnSecond]: (string | undefined)[] = splitOutside(
    pairFirst,
    '&',
  );
  return {
    slot: parseSlot(name, first),
    form: list
      ? 'list'
      : repeated
        ? 'repeated'
        : pairSecond !== undefined
          ? 'pairs'
          : columnSecond !== undefined
            ? 'columns'
            : 'one',
    secondKind: (pairSecond ?? columnSecond ?? 'value') as Kind,
    counted,
    countsWords,
    optional,
    fallback,
  };
}

function parseSlot(name: string, kind: string): Slot {
  if (kind.startsWith('{')) {
    const fields = splitOutside(kind.slice(1, -1), ',').map(parsePart);
    return { name, kind: 'value', choices: undefined, fields };
  }
  return kind.includes('/')
    ? { name, kind: 'text', choices: kind.split('/'), fields: undefined }
    : { name, kind: kind as Kind, choices: undefined, fields: undefined };
}

/** Splits at a separator that stands in no brackets. */
function splitOutside(text: string, separator: string): string[] {
  if (!text.includes(separator)) return [text];
  const pieces: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charAt(at);
    if (letter === '{' || letter === '(') depth += 1;
    else if (letter === '}' || letter === ')') depth -= 1;
    else if (letter === separator && depth === 0) {
      pieces.push(text.slice(start, at));
      start = at + 1;
    }
  }
  pieces.push(text.slice(start));
  return pieces;
}
